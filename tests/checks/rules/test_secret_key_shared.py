"""Where `secret-key-shared` fires, and where it must not."""

from __future__ import annotations

import pytest

RULE = "secret-key-shared"
HEAD = (
    "import hmac, os\nimport jwt\nfrom cryptography.fernet import Fernet\n"
    "from flask import Flask, current_app\n"
    "from flask_jwt_extended import JWTManager, create_access_token\n"
    "from itsdangerous import URLSafeTimedSerializer\nfrom itsdangerous import url_safe\n"
    "from itsdangerous import TimedJSONWebSignatureSerializer\n"
    "import joserfc.jwt\nfrom authlib.jose import JsonWebToken\n"
    "tokens = JsonWebToken('HS256')\n"
    "app = Flask(__name__)\napp.config['SECRET_KEY'] = os.environ['SECRET_KEY']\n"
)


def under(line: str, part: str) -> str:
    """Return `line` and carets under the last place of `part`."""
    return f"{line}\n{' ' * line.rindex(part)}{'^' * len(part)}\n"


@pytest.mark.parametrize(
    ("line", "part"),
    [
        ("t = jwt.encode({}, app.config['SECRET_KEY'], algorithm='HS256')",
         "app.config['SECRET_KEY']"),
        ("t = jwt.decode('', key=current_app.config['SECRET_KEY'], algorithms=['HS256'])",
         "current_app.config['SECRET_KEY']"),
        ("t = jwt.encode({}, app.secret_key)", "app.secret_key"),
        ("t = jwt.encode({}, os.environ['SECRET_KEY'])", "os.environ['SECRET_KEY']"),
        ("t = jwt.encode({}, current_app.config.get('SECRET_KEY'))",
         "current_app.config.get('SECRET_KEY')"),
        ("f = Fernet(app.config['SECRET_KEY'].encode())", "app.config['SECRET_KEY'].encode()"),
        ("m = hmac.new(app.secret_key.encode(), b'', 'sha256')", "app.secret_key.encode()"),
        ("m = hmac.new(app.secret_key.encode(), msg=token_of(u), digestmod='sha256')",
         "app.secret_key.encode()"),
        ("s = URLSafeTimedSerializer(app.config['SECRET_KEY'])", "app.config['SECRET_KEY']"),
        ("s = TimedJSONWebSignatureSerializer(app.secret_key, 3600)", "app.secret_key"),
        ("s = url_safe.URLSafeSerializer(secret_key=app.secret_key)", "app.secret_key"),
        ("app.config['JWT_SECRET_KEY'] = app.config['SECRET_KEY']", "app.config['SECRET_KEY']"),
        ("app.config['JWT_SECRET_KEY'] = os.environ['SECRET_KEY']", "os.environ['SECRET_KEY']"),
        ("manager = JWTManager(app)", "JWTManager(app)"),
        ("t = JsonWebToken('HS256').encode({}, {}, app.secret_key)", "app.secret_key"),
        ("t = tokens.encode({}, {}, app.config['SECRET_KEY'])", "app.config['SECRET_KEY']"),
        ("t = tokens.decode('', app.config['SECRET_KEY'])", "app.config['SECRET_KEY']"),
        ("t = joserfc.jwt.encode({}, {}, app.secret_key)", "app.secret_key"),
    ],
)  # fmt: skip
def test_spellings(audit, line, part):
    """Every other use is reported at the key."""
    audit(RULE, HEAD + under(line, part))


def test_a_name_of_the_key(audit):
    """A constant that becomes the key is the key, in other files too."""
    audit(
        RULE,
        {
            "conf.py": "import os\nKEY = os.environ['K']\n",
            "app.py": "from flask import Flask\nfrom conf import KEY\napp = Flask(__name__)\n"
            "app.secret_key = KEY\n",
            "tokens.py": "import jwt\nfrom conf import KEY\ndef make():\n"
            + under("    return jwt.encode({}, KEY)", "KEY"),
        },
    )


def test_class_constant(audit):
    """Two settings of a class that are one constant."""
    audit(
        RULE,
        HEAD
        + "class Config:\n    SECRET_KEY = os.environ['A']\n"
        + under("    JWT_SECRET_KEY = SECRET_KEY", "SECRET_KEY")
        + "app.config.from_object(Config)\n",
    )


@pytest.mark.parametrize(
    "line",
    [
        "t = jwt.encode({}, app.config['TOKEN_KEY'])",
        "t = jwt.encode({}, os.environ['TOKEN_KEY'])",
        "t = jwt.decode('', public_key, algorithms=['RS256'])",
        "s = URLSafeTimedSerializer(app.config['SECRET_KEY'], salt='reset')",
        "s = URLSafeTimedSerializer(app.secret_key, 'reset')",
        "s = URLSafeTimedSerializer(app.secret_key)\nt = s.dumps(1, salt='reset')",
        "f = Fernet(os.environ['FERNET_KEY'])",
        "app.config['JWT_SECRET_KEY'] = os.environ['JWT']\nmanager = JWTManager(app)",
        "app.config.from_envvar('X')\nmanager = JWTManager(app)",
        "def token_of(project):\n    return jwt.encode({}, project.secret_key)",
        "t = jwt.decode('', client.secret_key, algorithms=['HS256'])",
        "t = URLSafeTimedSerializer(app.secret_key).loads_unsafe(token)",
        "app.config.update(SECRET_KEY='<INSERT>', SECURITY_PASSWORD_SALT='<INSERT>')",
        "def sign(key):\n    return jwt.encode({}, key)",
        "m = hmac.new(b'x', b'', 'sha256')",
        "m = hmac.new(app.secret_key.encode(), os.urandom(32), 'sha256')",
        "def draw():\n    lot = str(uuid4()).encode()\n"
        "    return hmac.new(app.secret_key.encode(), msg=lot, digestmod='sha256').hexdigest()",
    ],
)
def test_near_misses(audit, line):
    """Keys and salts of their own are right."""
    audit(RULE, f"{HEAD}{line}\n")


def test_manager_without_tokens(audit):
    """A manager that nothing asks for a token signs none."""
    audit(
        RULE,
        "import os\nfrom flask import Flask\nfrom flask_jwt_extended import JWTManager\n"
        "app = Flask(__name__)\napp.config['SECRET_KEY'] = os.environ['SECRET_KEY']\n"
        "manager = JWTManager(app)\n",
    )


def test_once_for_each_file(audit):
    """Making and reading a token are one use."""
    (finding,) = audit(
        RULE,
        HEAD
        + under("a = jwt.encode({}, app.secret_key)", "app.secret_key")
        + "b = jwt.decode(a, app.secret_key, algorithms=['HS256'])\n",
    )

    assert len(finding.related) == 1


@pytest.mark.parametrize(
    "value",
    [
        "base64.urlsafe_b64encode(app.secret_key.encode()[:32])",
        "base64.urlsafe_b64encode(app.config['SECRET_KEY'][:32].encode())",
        "base64.b64encode(app.secret_key.ljust(32).encode())",
    ],
)
def test_cut_and_encoded(audit, value):
    """A part of the key, padded or encoded, is the key; a part of another is not."""
    text = f"import base64\n{HEAD}KEY = {{}}\ndef box():\n    key = {{}}\n    return Fernet(key)\n"
    audit(RULE, text.format("b''", value) + f"                  {'^' * 3}\n")

    other = value.replace("app.secret_key", "KEY").replace("app.config['SECRET_KEY']", "KEY")
    audit(RULE, text.format("os.environ['BOX']", other))


def test_flask_wtf_salts_its_tokens(audit):
    """The secret key is what Flask-WTF takes by itself, with a salt that names the purpose."""
    audit(RULE, HEAD + "app.config.update(WTF_CSRF_SECRET_KEY=app.secret_key)\n")


ASKED = """\
from flask import abort, request
KEY = os.environ['SECRET_KEY']
def check():
    token = request.args.get('token')
    if {test}:
{mark}        abort(403)
"""


@pytest.mark.parametrize(
    ("test", "part"),
    [
        ("token != app.config['SECRET_KEY']", "app.config['SECRET_KEY']"),
        ("request.headers['X-Key'] != current_app.secret_key", "current_app.secret_key"),
        ("not hmac.compare_digest(token, os.environ['SECRET_KEY'])", "os.environ['SECRET_KEY']"),
        ("token != app.config['TOKEN_KEY']", ""),
        ("app.config['SECRET_KEY'] == 'dev'", ""),
        ("app.config['SECRET_KEY'] != make_key()", ""),
    ],
)
def test_key_that_requests_bring(audit, test, part):
    """The key is no password: who may send it can sign sessions."""
    line = f"    if {test}:"
    mark = (
        " " * line.rindex(part) + "^" * len(part) + " The secret key also lets in\n" if part else ""
    )
    audit(RULE, HEAD + ASKED.format(test=test, mark=mark))


TOKENS = """\
import jwt
from flask import Flask, g, request
app = Flask(__name__)
app.config["SECRET_KEY"] = read()
@app.get("/things")
def things():
    token = request.headers["Authorization"]
    g.user = jwt.decode(token, app.config["SECRET_KEY"], algorithms=["HS256"])
{mark}    return {answer}
"""


@pytest.mark.parametrize(
    ("answer", "found"),
    [
        ("g.user", False),
        ("magic_cookie(g.user)", False),
        ("with_cookie(g.user)", True),
        ("flash(g.user)", False),
    ],
)
def test_app_whose_key_signs_tokens_alone(audit, answer, found):
    """Where no session and no cookie is, the key has one purpose."""
    mark = " " * 31 + "^" * 24 + "\n" if found else ""
    audit(RULE, TOKENS.format(answer=answer, mark=mark))


MADE = "from itsdangerous import URLSafeTimedSerializer\nfrom flask import Flask\n" + (
    "from flask_login import LoginManager\napp = Flask(__name__)\nlogin = LoginManager(app)\n"
    "app.secret_key = SETTINGS.key\nsigner = URLSafeTimedSerializer(app.config['SECRET_KEY'])\n"
)
USED = "from shop import signer\ndef make(email):\n    return signer.dumps(email{salt})\n"


@pytest.mark.parametrize(("salt", "found"), [("", 1), (", salt='confirm'", 0)])
def test_salt_in_another_file(outcome, salt, found):
    """A serializer that one file makes is salted by the calls of other files."""
    files = {"shop/__init__.py": MADE, "shop/mail.py": USED.format(salt=salt)}
    assert sum(f.rule == RULE for f in outcome(files).findings) == found


def test_salt_of_another_serializer(outcome):
    """What another object is told says nothing of this one."""
    other = "from shop import other\ndef make(email):\n    return other.dumps(email, salt='a')\n"
    found = outcome({"shop/__init__.py": MADE, "shop/mail.py": other}).findings
    assert sum(f.rule == RULE for f in found) == 1
