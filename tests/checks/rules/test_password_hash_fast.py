"""`password-hash-fast`: fast hashes that a password reaches, and fast hashes of other things."""

# ruff: noqa: E501  # a line of carets underlines one whole line of source

from __future__ import annotations

import pytest

RULE = "password-hash-fast"
HEAD = """
import base64, binascii, bcrypt, hashlib, hmac, os, zlib
from flask import Flask, request
from werkzeug.security import generate_password_hash
app = Flask(__name__)
"""


def view(body):
    """Return a view with this body; carets keep their columns."""
    lines = "\n".join(f"    {line}" for line in body.strip("\n").split("\n"))
    return f'\n@app.post("/login")\ndef login(user):\n    password = request.form["password"]\n{lines}\n'


OFFENCES = {
    "again and again": '''
h = password.encode()
for _ in range(1000):
    h = hashlib.sha256(h).digest()
        ^^^^^^^^^^^^^^^^^
''',
    "function of the database": '''
user = User.query.filter(User.password == func.md5(password)).first()
                                          ^^^^^^^^^^^^^^^^^^ A password is hashed with MD5
''',
    "looked up by name": '''
h = getattr(hashlib, "sha1")(password.encode()).hexdigest()
    ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ A password is hashed with SHA-1
''',
    "cryptography": '''
from cryptography.hazmat.primitives import hashes
h = hashes.Hash(hashes.SHA256())
h.update(password.encode())
^^^^^^^^^^^^^^^^^^^^^^^^^^^
''',
    "md5": '''
h = hashlib.md5(password.encode()).hexdigest()
    ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ A password is hashed with MD5
''',
    "salted": '''
salt = os.urandom(16)
h = hashlib.sha256(salt + password.encode("utf-8")).digest()
    ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ A password is hashed with SHA-256
''',
    "formatted": '''
h = hashlib.sha512(f"{user.salt}{password}".encode()).hexdigest()
    ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
''',
    "new": '''
h = hashlib.new("md5", password.encode())
    ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ A password is hashed with MD5
''',
    "update": '''
h = hashlib.sha1()
h.update(password.encode())
^^^^^^^^^^^^^^^^^^^^^^^^^^^ A password is hashed with SHA-1
''',
    "blake": '''
h = hashlib.blake2b(password.encode(), key=b"x")
    ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
''',
    "crc": '''
h = zlib.crc32(password.encode())
    ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ A password is hashed with CRC-32
''',
    "keyed": '''
h = hmac.new(app.secret_key, password.encode(), "sha256").hexdigest()
    ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ A password is hashed with HMAC
''',
    "by the database": '''
cur.execute("SELECT id FROM users WHERE name = %s AND password = MD5(%s)", ("x", password))
^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ A password is hashed by the database
''',
}  # fmt: skip


@pytest.mark.parametrize("body", OFFENCES.values(), ids=OFFENCES)
def test_fast_hashes(audit, body):
    """Fast hashes are found by any spelling, with or without a salt."""
    audit(RULE, HEAD + view(body))


def test_helper_in_another_file(audit):
    """The project's own helper is where the hash is reported, and the view is named beside it."""
    (finding,) = audit(
        RULE,
        {
            "tools.py": """
            import hashlib

            def digest(text):
                return hashlib.sha1(text.encode()).hexdigest()
                       ^^^^^^^^^^^^^^^^^^^^^^^^^^^
            """,
            "app.py": """
            from flask import Flask, request
            from tools import digest
            app = Flask(__name__)

            @app.post("/login")
            def login():
                return digest(request.form["password"])
            """,
        },
    )

    assert [(place.path, place.line) for place in finding.related] == [("app.py", 7)]


def test_by_the_parameter_name(audit):
    """A helper that says what it hashes needs no caller."""
    audit(
        RULE,
        """
        from hashlib import sha256

        def hash_password(password):
            return sha256(password.encode()).hexdigest()
                   ^^^^^^^^^^^^^^^^^^^^^^^^^
        """,
    )


NEAR_MISSES = {
    "old hashes beside new ones": '''
from werkzeug.security import check_password_hash
if user.method == "sha256":
    return hmac.compare_digest(hmac.new(user.salt, password.encode(), "sha256").hexdigest(), user.old)
return check_password_hash(user.password_hash, password)
''',
    "label of a few characters": 'h = hmac.new(app.key, password.encode(), "sha256").hexdigest()[:6]',
    "what another service asks for": '''
import requests
requests.post("https://x", data={"p": hashlib.md5(password.encode()).hexdigest()})
''',
    "slow": "h = generate_password_hash(password)",
    "gravatar": 'h = hashlib.md5(request.form["email"].encode()).hexdigest()',
    "etag": "h = hashlib.sha1(user.body.encode()).hexdigest()",
    "stored hash": "h = hashlib.sha256(user.password_hash.encode()).hexdigest()",
    "token": 'h = hashlib.sha256(request.form["reset_token"].encode()).hexdigest()',
    "before bcrypt": "h = bcrypt.hashpw(base64.b64encode(hashlib.sha256(password.encode()).digest()), bcrypt.gensalt())",
    "before bcrypt, in names": "d = hashlib.sha512(password.encode()).digest()\ne = base64.b64encode(d)\nh = bcrypt.hashpw(e, bcrypt.gensalt())",
    "before bcrypt's check": "ok = bcrypt.checkpw(hashlib.sha256(password.encode()).digest(), user.pw)",
    "leak look-up": 'h = hashlib.sha1(password.encode()).hexdigest().upper()\nget("https://api.pwnedpasswords.com/range/" + h[:5])',
    "key of an HMAC": 'h = hmac.new(password.encode(), b"challenge", "sha256").digest()',
    "pbkdf2": 'h = hashlib.pbkdf2_hmac("sha256", password.encode(), user.salt, 600000)',
    "SHA-512-crypt by hand": """
def sha512_crypt(password, salt, rounds=5000):
    digest = hashlib.sha512(password.encode() + salt).digest()
    for _ in range(rounds):
        digest = hashlib.sha512(digest + password.encode()).digest()
    return digest
h = sha512_crypt(password, os.urandom(16))
""",
    "old hashes beside those of bcrypt": """
if version == "2":
    made = bcrypt.hashpw(password.encode(), stored)
else:
    made = hashlib.sha512(password.encode()).hexdigest()
return constant_time.bytes_eq(made, stored)
""",
    "sent to a service by a helper": 'rc = api_request("login", password=hashlib.md5(password.encode()).hexdigest())',
    "sent as a field of a form": """
data = {"user": request.form["u"], "password": hashlib.sha256(password.encode()).hexdigest()}
html = load("https://api.example.com/login", post=data)
""",
    "kept in what is sent": """
data["hashed"] = hashlib.md5(password.encode()).hexdigest()
rc = client.post(LOGIN_URL, data)
""",
    "mail server": 'h = hashlib.md5(request.form["smtp_password"].encode())',
}  # fmt: skip


@pytest.mark.parametrize("body", NEAR_MISSES.values(), ids=NEAR_MISSES)
def test_near_misses(audit, body):
    """The same functions on something else, or before a slow hash, are left alone."""
    audit(RULE, HEAD + view(body))


def test_helper_for_something_else(audit):
    """A helper that no password reaches may hash as fast as it likes."""
    audit(
        RULE,
        """
        import hashlib
        from flask import request

        def etag(text):
            return hashlib.md5(text.encode()).hexdigest()

        def page(password):
            return etag(request.form["title"])
        """,
    )


def test_check_of_legacy_hashes(audit):
    """What still checks the hashes from before a better one came is how to get rid of them."""
    audit(
        RULE,
        """
        import hashlib

        def verify_legacy_hash(password, stored):
            return hashlib.sha1(password.encode()).hexdigest() == stored
        """,
    )


SETTER = """
from flask_login import UserMixin
class User(UserMixin):
    {decorator}
    def {name}(self, {parameter}):
        {line}
        self.hashed = {value}
"""


@pytest.mark.parametrize(
    ("decorator", "name", "parameter"),
    [
        ("# plain", "set_password", "raw"),
        ("# plain", "set_password", "plain: str"),
        ("# plain", "hash_password", "value"),
        ("@password.setter", "password", "plaintext"),
        ("# plain", "check_password", "candidate"),
    ],
)
def test_neutral_parameter(audit, decorator, name, parameter):
    """What a method for passwords is given is one, whatever neutral name it has."""
    word = parameter.partition(":")[0]
    value = f"hashlib.sha256({word}.encode()).hexdigest()"
    marked = f"{value}\n                      {'^' * len(value.removesuffix('.hexdigest()'))}"
    text = SETTER.format(
        decorator=decorator, name=name, parameter=parameter, line="pass", value=marked
    )
    audit(RULE, HEAD + text)


@pytest.mark.parametrize(
    ("decorator", "name", "parameter"),
    [
        ("# plain", "set_avatar", "raw"),
        ("# plain", "set_password", "email"),
        ("# plain", "set_password", "raw, other"),
        ("@etag.setter", "etag", "value"),
    ],
)
def test_other_parameters(audit, decorator, name, parameter):
    """Other methods, other parameters and one of several are no passwords."""
    word = parameter.partition(",")[0]
    value = f"hashlib.sha256({word}.encode()).hexdigest()"
    text = SETTER.format(
        decorator=decorator, name=name, parameter=parameter, line="pass", value=value
    )
    audit(RULE, HEAD + text)


def test_neutral_parameter_that_is_hashed_well(audit):
    """The same method with a hash made for passwords is fine."""
    text = SETTER.format(
        decorator="# plain", name="set_password", parameter="raw", line="pass",
        value="generate_password_hash(raw)",
    )  # fmt: skip
    audit(RULE, HEAD + text)


@pytest.mark.parametrize(
    ("line", "call"),
    [
        ("from Crypto.Hash import SHA256", "SHA256.new(text.encode())"),
        ("from Cryptodome.Hash import MD5", "MD5.new(text.encode())"),
    ],
)
def test_long_helper_that_says_nothing_of_passwords(audit, line, call):
    """A long file with only a hash function in it is read."""
    marks = " " * 11 + "^" * len(call)
    helper = f"{line}\ndef slow(text):\n    return {call}.hexdigest()\n{marks}\n" + "# more\n" * 100
    app = HEAD + "from mixing import slow\n" + view("stored = slow(password)")

    audit(RULE, {"app.py": app, "mixing.py": helper})


@pytest.mark.parametrize(
    ("line", "call"),
    [
        ("hashing = Hashing(app)", "hashing.hash_value(password)"),
        (
            "hashing = Hashing()\nhashing.init_app(app)",
            "hashing.hash_value(password, salt=user.salt)",
        ),
    ],
)
def test_flask_hashing(audit, line, call):
    """Flask-Hashing hashes once with a fast hash, and without a salt unless it is given one."""
    marks = " " * 8 + "^" * len(call) + " A password is hashed with SHA-256"
    text = f"from flask_hashing import Hashing\n{line}\n"

    audit(RULE, HEAD + text + view(f"h = {call}\n{marks.removeprefix('    ')}"))


@pytest.mark.parametrize(
    ("line", "body"),
    [
        ("from flask_hashing import Hashing\nh = Hashing(app)", "e = h.hash_value(user.avatar)"),
        (
            "from flask_argon2 import Argon2\na = Argon2(app)",
            "h = a.generate_password_hash(password)",
        ),
        ("from flask_scrypt import generate_password_hash as g", "h = g(password, user.salt)"),
    ],
)
def test_flask_extensions_that_hash(audit, line, body):
    """Other extensions hash slowly, and Flask-Hashing is free to hash something else."""
    audit(RULE, HEAD + line + "\n" + view(body))


def test_flask_hashing_takes_no_time(audit):
    """A login that checks a fast hash for known users only takes no longer for them."""
    text = """
    from flask import Flask, redirect, request
    from flask_hashing import Hashing
    from flask_login import LoginManager, login_user
    app = Flask(__name__)
    hashing = Hashing(app)
    manager = LoginManager(app)

    @app.post("/login")
    def login():
        user = User.query.filter_by(name=request.form["name"]).first()
        if user and hashing.check_value(user.password, request.form["password"]):
            login_user(user)
            return redirect("/")
        return "wrong", 401
    """
    audit("login-timing", text)


LEGACY = """\
import hashlib, hmac
from werkzeug.security import check_password_hash

def check(password, stored):
    if len(stored) == 32:
        old = hashlib.md5(password.encode()).hexdigest()
{mark}        {use}
    return {new}
"""


@pytest.mark.parametrize(
    ("use", "new", "found"),
    [
        ("return hmac.compare_digest(old, stored)", "check_password_hash(stored, password)", False),
        ("return old == stored", "check_password_hash(stored, password)", False),
        ("save(old)", "check_password_hash(stored, password)", True),
        ("return hmac.compare_digest(old, stored)", "False", True),
    ],
)
def test_name_of_a_legacy_hash(audit, use, new, found):
    """A digest that is only compared, beside a check of better hashes, makes no new one."""
    mark = " " * 14 + "^" * 30 + "\n" if found else ""
    audit(RULE, LEGACY.format(use=use, new=new, mark=mark))


@pytest.mark.parametrize(
    ("name", "rounds"), [("hash_password", "rounds=5000"), ("sha512_crypt", "rounds=10")]
)
def test_repeated_by_a_scheme_of_its_own(audit, name, rounds):
    """What somebody made up, and few rounds of what is known, are as fast as before."""
    audit(
        RULE,
        f"""
        import hashlib
        from flask import request

        def {name}(password, {rounds}):
            digest = hashlib.sha512(password.encode()).digest()
                     ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
            for _ in range(rounds):
                digest = hashlib.sha512(digest).digest()
            return digest

        def register():
            user.password = {name}(request.form["password"])
        """,
    )


@pytest.mark.parametrize(
    ("address", "found"),
    [
        ('API_URL = "https://api.example.com"', False),
        ('API_URL = "http://localhost:8000"', True),
        ('HOME = "https://api.example.com"', True),
    ],
)
def test_class_that_knows_the_address_of_a_service(audit, address, found):
    """A client of another service hashes what that service asks for."""
    call = "hashlib.md5(password.encode()).hexdigest()"
    mark = " " * 22 + "^" * (len(call) - len(".hexdigest()")) + "\n" if found else ""
    text = f"class Account:\n    {address}\n    def sign_in(self, password):\n"
    text += f"        self.digest = {call}\n{mark}"
    audit(RULE, f"{HEAD}{text}def login():\n    Account().sign_in(request.form['password'])\n")


@pytest.mark.parametrize("base", ["db.Model", "UserMixin", "Document"])
def test_record_with_an_address(audit, base):
    """An account that knows where its pictures lie hashes for the app itself."""
    call = "hashlib.md5(password.encode()).hexdigest()"
    mark = " " * 22 + "^" * (len(call) - len(".hexdigest()")) + "\n"
    text = f"class Account({base}):\n    PICTURES_URL = 'https://pictures.example.com'\n"
    text += f"    def sign_up(self, password):\n        self.digest = {call}\n{mark}"
    audit(RULE, f"{HEAD}{text}def join():\n    Account().sign_up(request.form['password'])\n")


def test_pieces_of_one_digest(audit):
    """What is fed to one digest after another is one mistake."""
    audit(
        RULE,
        """
        import hashlib
        from flask import request

        def register():
            password = request.form["password"].encode()
            digest = hashlib.sha256(b"salt")
            digest.update(password)
            ^^^^^^^^^^^^^^^^^^^^^^^
            digest.update(password * 2)
            user.password = digest.hexdigest()
        """,
    )


SENT = """\
from requests import Session
client = Session()
def log_in_elsewhere(user, password):
    sha = hashlib.sha1(password.encode())
{mark}    params = {{"user": user, "pass": sha.hexdigest()}}
    return {call}
"""


@pytest.mark.parametrize(
    ("call", "found"),
    [
        ("requests.get(URL, params=params)", False),
        ("requests_session.post(URL, data=params)", False),
        ("User(**params)", True),
    ],
)
def test_digest_that_another_service_asks_for(audit, call, found):
    """What another service compares is made as it wants it."""
    mark = " " * 10 + "^" * len("hashlib.sha1(password.encode())") + "\n" if found else ""
    audit(RULE, HEAD + SENT.format(call=call, mark=mark))


def test_client_of_another_program(audit):
    """A file that only talks to another program makes what that one asks for."""
    text = "import hashlib\nimport requests\nclass Client:\n    def __init__(self, password):\n"
    text += "        self.token = hashlib.sha256(password.encode()).hexdigest()\n"
    audit(RULE, {"app.py": HEAD, "hole.py": text})


@pytest.mark.parametrize(
    ("end", "found"),
    [("AES.new(h, AES.MODE_CBC, iv)", False), ("Fernet(h)", False), ("keep(h)", True)],
)
def test_key_that_is_made_of_it(audit, end, found):
    """What a cipher is given is a key, and no stored hash."""
    head = "from Crypto.Cipher import AES\nfrom cryptography.fernet import Fernet\n"
    call = "hashlib.md5(password.encode()).digest()"
    mark = "\n    " + "^" * call.index(".digest") if found else ""
    audit(RULE, HEAD + head + view(f"h = {call}{mark}\n{end}"))


@pytest.mark.parametrize(
    ("name", "audience"),
    [
        ("create_key_from_password", "strict"),
        ("get_fernet_key", "strict"),
        ("derive_encryption_key", "strict"),
        ("password_to_key", "strict"),
        ("make_hash", "default"),
        ("create_api_key", "default"),
    ],
)
def test_key_that_is_made_of_a_password(audit, name, audience):
    """What encrypts something, and is stored nowhere, is for careful shops."""
    call = "hashlib.sha256(password.encode())"
    text = f"def {name}(password):\n    return {call}.digest()\n{' ' * 11}{'^' * len(call)}\n"
    use = f"def register():\n    keep({name}(request.form['password']))\n"

    (finding,) = audit(RULE, HEAD + text + use, strict=True)

    assert finding.audience == audience
