"""Where `secret-generated-weakly` fires, and where it must not."""

from __future__ import annotations

import pytest

RULE = "secret-generated-weakly"
HEAD = (
    "import base64, hashlib, os, random, secrets, string, time, uuid\nimport numpy as np\n"
    "from flask import Flask\napp = Flask(__name__)\n"
)


def under(line: str, part: str) -> str:
    """Return `line` and carets under the last place of `part`."""
    return f"{line}\n{' ' * line.rindex(part)}{'^' * len(part)}\n"


@pytest.mark.parametrize(
    "value",
    [
        "str(random.random())",
        "''.join(random.choice(string.ascii_letters) for _ in range(32))",
        "''.join(random.choices('abc', k=40))",
        "''.join(random.sample(string.ascii_letters, 20))",
        "str(random.randint(0, 10 ** 9))",
        "'%x' % random.getrandbits(128)",
        "hashlib.sha256(str(random.random()).encode()).hexdigest()",
        "''.join(np.random.choice(list('abcdef'), 10))",
        "str(uuid.uuid1())",
        "uuid.uuid1().hex",
        "str(time.time())",
        "hashlib.md5(str(time.time()).encode()).hexdigest()",
    ],
)
@pytest.mark.parametrize("target", ["api_key", "app.secret_key", "user.password", "session_token"])
def test_weak_sources(audit, value, target):
    """Everything that can be worked out is reported where it becomes a secret."""
    audit(RULE, HEAD + "user = object()\n" + under(f"{target} = {value}", value))


@pytest.mark.parametrize(
    ("line", "part"),
    [
        ("user.set_password(str(random.random()))", "str(random.random())"),
        ("user = dict(password=str(random.random()))", "str(random.random())"),
        ("def generate_password():\n    return str(random.random())", "str(random.random())"),
        ("config = {}\nconfig['API_KEY'] = str(random.random())", "str(random.random())"),
    ],
)
def test_other_places(audit, line, part):
    """Arguments, return values and entries count like variables."""
    head, _, last = line.rpartition("\n")
    audit(RULE, HEAD + "user = object()\n" + (f"{head}\n" if head else "") + under(last, part))


@pytest.mark.parametrize(
    ("value", "audience"),
    [
        ("secrets.token_hex(4)", "default"),
        ("os.urandom(6)", "default"),
        ("uuid.uuid4().hex[:8]", "default"),
        ("''.join(secrets.choice(string.digits) for _ in range(8))", "default"),
        ("base64.b32encode(os.urandom(10)).decode()", "strict"),
        ("secrets.token_urlsafe(8)", "strict"),
        ("''.join(secrets.choice(string.ascii_letters + string.digits) for _ in range(16))",
         "strict"),
    ],
)  # fmt: skip
def test_too_few_bits(audit, value, audience):
    """A good source does not help if little is taken from it."""
    (finding,) = audit(RULE, HEAD + under(f"api_token = {value}", value))

    assert finding.audience == audience


@pytest.mark.parametrize(
    "line",
    [
        "api_key = secrets.token_hex(16)",
        "api_key = secrets.token_urlsafe()",
        "api_key = str(uuid.uuid4())",
        "api_key = os.urandom(24).hex()",
        "password = ''.join(secrets.choice(string.ascii_letters) for _ in range(12))",
        "password = ''.join(random.SystemRandom().choice('abc') for _ in range(12))",
        "rng = random.SystemRandom()\npassword = ''.join(rng.choice('abcd') for _ in range(12))",
        "token_expires = time.time() + 3600",
        "delay = random.random()",
        "winner = random.choice(['a', 'b'])",
        "token = secrets.token_hex(16) + str(time.time())",
        "token = sign(str(time.time()))",
        "pin = secrets.token_hex(2)",
        "password_length = random.randint(8, 12)",
        "reset_token = str(random.random())",
        "def fake_user():\n    password = str(random.random())\n    return password",
    ],
)
def test_near_misses(audit, line):
    """Good sources, other random values, data for trials and mailed tokens are not reported."""
    audit(RULE, HEAD + "from elsewhere import sign\n" + line + "\n")


@pytest.mark.parametrize(
    "name",
    ["temp_password", "initial_password", "password_generator", "rand_password",
     "tempPassword", "api_key_generator"],
)  # fmt: skip
def test_makers_by_name(audit, name):
    """A function whose name says what it returns makes one, and a good source is fine."""
    text = f"def {name}(n=12):\n    return "
    weak = "''.join(random.choice(string.ascii_letters) for _ in range(n))"
    audit(RULE, f"{HEAD}{text}{weak}\n           {'^' * len(weak)}\n")

    audit(RULE, HEAD + text + weak.replace("random.choice", "secrets.choice") + "\n")


@pytest.mark.parametrize("name", ["temp_name", "password_label", "shuffle_passwords", "new_game"])
def test_functions_about_something_else(audit, name):
    """Other functions may draw what they like."""
    audit(RULE, f"{HEAD}def {name}(n):\n    return ''.join(random.choices('abc', k=n))\n")


@pytest.mark.parametrize(
    "use",
    [
        "make_user(password=hash_it(password.encode()).decode())",
        "user.set_password(password.strip())",
        "make_user(user_password=bcrypt.generate_password_hash(password.encode('utf8')))",
    ],
)
def test_one_finding_for_one_secret(audit, use):
    """What is made of a secret that is reported already is the same mistake."""
    line = under(
        "    password = ''.join(random.choices('abc', k=40))",
        "''.join(random.choices('abc', k=40))",
    )

    audit(RULE, HEAD + "def create():\n" + line + f"    {use}\n")


DRAWN = "def word(n):\n    return ''.join(random.sample('abcdef', n))\n"


@pytest.mark.parametrize(
    ("name", "found"), [("word(9)", False), ("request.form['name']", True), ("str(n)", True)]
)
def test_account_that_is_made_up(audit, name, found):
    """An account whose name is drawn as well is there to fill pages: nobody logs in to it."""
    line = f"    store(User(username={name}, password=word(12)))"
    text = under(line, "word(12)") if found else f"{line}\n"
    audit(RULE, HEAD + DRAWN + "def fill(n):\n    n = random.randint(1, n)\n" + text)


WEAK = "str(random.getrandbits(128))"


@pytest.mark.parametrize(
    "line",
    [
        f"session['state'] = {WEAK}",
        f"session['oauth_state'] = {WEAK}",
        f"flask.session['oidc_nonce'] = {WEAK}",
        f"user.facebook_login_hash = {WEAK}",
        f"report.public_link = {WEAK}",
        f"def generate_share_link():\n    return {WEAK}",
        f"def new_public_slug():\n    return {WEAK}",
    ],
)
def test_states_and_links(audit, line):
    """What a provider sends back, and links that stand for an account, are secrets too."""
    head, _, last = line.rpartition("\n")

    audit(RULE, HEAD + (f"{head}\n" if head else "") + under(last, WEAK))


@pytest.mark.parametrize(
    "line",
    [
        f"order['state'] = {WEAK}",
        f"session['colour'] = {WEAK}",
        f"state = {WEAK}",
        f"content_hash = {WEAK}",
        f"page.link = {WEAK}",
        f"commit_hash = {WEAK}",
        "session['state'] = secrets.token_urlsafe()",
    ],
)
def test_other_states_and_links(audit, line):
    """States of orders, hashes of contents and links of pages are no secrets."""
    audit(RULE, HEAD + line + "\n")


@pytest.mark.parametrize(
    "value",
    [
        "{'user': user, 'exp': int(time.time() + 60)}",
        "{'user': user, 'iat': time.time(), 'expires_at': time.time() + 60}",
    ],
)
def test_claims(audit, value):
    """When a token ends is no part of what makes it secret."""
    audit(RULE, HEAD + f"def make(user):\n    token = {value}\n    return sign(token)\n")


@pytest.mark.parametrize(
    ("name", "found"), [("api_key", True), ("session_token", True), ("colour", False)]
)
def test_variable_that_is_given_away(audit, name, found):
    """A key may have a plain name before it is stored as what it is."""
    line = f"    made = {WEAK}"
    text = under(line, WEAK) if found else f"{line}\n"
    audit(RULE, HEAD + f"def make(user):\n{text}    return Row(user=user, {name}=made)\n")


MAKER = (
    "import random\ndef make_token():\n    return ''.join(random.choice(L) for _ in range(20))\n"
)
VIEW = "def view(user):\n    user.seen = time.time()\n"


@pytest.mark.parametrize(
    ("other", "lines"),
    [
        ("token = make_token()\n", [3]),
        (VIEW + "    user.api_key = make_token()\n", [3]),
        (VIEW + "    user.api_key = str(random.random())\n", [3, 6]),
        (VIEW + "    user.api_key = draw()\ndef draw():\n    return random.random()\n", [3, 6]),
    ],
)  # fmt: skip
def test_helper_that_is_told_of(outcome, other, lines):
    """What a helper makes is told at the helper, and not again where it is called."""
    found = outcome({"app.py": MAKER + other}, select=("secret-generated-weakly",)).findings

    assert sorted(finding.line for finding in found) == lines


HASHED = (
    "import random\nfrom hashes import generate_password_hash\ndef make(user):\n    password = "
)


@pytest.mark.parametrize(
    ("use", "audience"),
    [
        ("user.password_hash = generate_password_hash(password)", "strict"),
        ("user.set_password(password)", "strict"),
        ("user.hash = generate_password_hash(password.encode())", "strict"),
        ("user.set_password(password)\n    mail(user, password)", "default"),
        ("user.set_password(password)\n    return password", "default"),
        ("user.set_password(password)\n    flash(f'New: {password}')", "default"),
        ("return password", "default"),
        ("user.password = password", "default"),
    ],
)
def test_password_that_nobody_is_told(outcome, use, audience):
    """A password that only a hash is made of opens nothing to anybody; one that is sent does."""
    text = f"{HASHED}''.join(random.choice(L) for _ in range(12))\n    {use}\n"
    found = outcome({"app.py": text}, select=("secret-generated-weakly",), strict=True).findings

    assert [f.audience for f in found if "random" in f.message] == [audience]


DRAWING = """\
class Crypto:
    @classmethod
    def {name}(cls):
        return {made}
class WebConfig:
    def load(self):
"""


@pytest.mark.parametrize(
    ("name", "made", "target", "found"),
    [
        ("generate_key", WEAK, "self.__secret_key", True),
        ("new_value", WEAK, "config['SECRET_KEY']", True),
        ("generate_key", "secrets.token_hex(32)", "self.__secret_key", False),
        ("generate_key", WEAK, "self.colour", False),
        ("weather", WEAK, "self.__secret_key", False),
    ],
)
def test_key_that_a_function_draws_for_others(audit, name, made, target, found):
    """What a function makes is a secret where it is kept as one."""
    call = f"Crypto.{name}()"
    line = f"        {target} = {call}"
    text = under(line, call) if found else f"{line}\n"
    audit(RULE, HEAD + DRAWING.format(name=name, made=made) + text)


@pytest.mark.parametrize(
    ("line", "part"),
    [
        ("SECRET_KEY = settings.get('secret_key', str(date.today()))", "str(date.today())"),
        ("app.secret_key = os.getenv('KEY', str(random.random()))", "str(random.random())"),
        ("SECRET_KEY = settings.get('secret_key', DEFAULT)", ""),
        ("SECRET_KEY = settings.get('secret_key', secrets.token_hex(32))", ""),
        ("token = tokens.get(str(time.time()), other)", ""),
    ],
)
def test_where_nothing_is_set(audit, line, part):
    """What a setting falls back on is the key wherever nobody sets it."""
    head = HEAD + "from datetime import date\nsettings = {}\n"

    audit(RULE, head + (under(line, part) if part else line + "\n"))
