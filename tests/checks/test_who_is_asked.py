"""What a rule has to know of the people and the accounts before it speaks."""

from __future__ import annotations

import pytest

HEAD = (
    "from flask import Flask, redirect, request\nfrom flask_login import (\n"
    "    LoginManager, UserMixin, current_user, login_required, login_user,\n)\n"
    "app = Flask(__name__)\nLoginManager(app)\n"
)


def _told(outcome, files, rule):
    return [f for f in outcome(files).findings if f.rule == rule and f.audience == "default"]


@pytest.mark.parametrize(
    ("model", "found"),
    [
        ("class User(UserMixin):\n    id = db.Column(db.Integer)\n", False),
        ("class User(UserMixin):\n    is_active = db.Column(db.Boolean)\n", True),
        (
            "class User(UserMixin):\n    @property\n    def is_active(self):\n        return 1\n",
            True,
        ),
        ("", True),
    ],
)
def test_accounts_that_are_always_active(outcome, model, found):
    """``force=True`` matters where an account may be inactive, or where none is seen."""
    text = f"{HEAD}{model}@app.post('/login')\ndef login():\n    login_user(find(), force=True)\n"
    assert bool(_told(outcome, {"app.py": text}, "login-forced")) is found


@pytest.mark.parametrize(
    ("more", "found"),
    [
        ("from rauth import OAuth2Service\n", False),
        ("", True),
        ("from rauth import OAuth2Service\nfrom forms import PasswordForm\n", True),
        ("def reset():\n    current_user.set_password(request.form['new'])\n", True),
    ],
)
def test_address_of_who_has_no_password(outcome, more, found):
    """A new address takes an account over where it has a password that a mail resets."""
    text = (
        f"{HEAD}{more}@app.post('/profile')\n@login_required\ndef profile():\n"
        "    current_user.email = request.form['email']\n    return redirect('/')\n"
    )
    assert bool(_told(outcome, {"app.py": text}, "fresh-login-not-required")) is found


MODEL = """\
class User(UserMixin):
    def __init__(self, name, password):
        self.name = name
        self.password = password
"""


@pytest.mark.parametrize(
    ("more", "found"),
    [
        ("from flask_security import Security\nSecurity(app, store)\n", False),
        ("", True),
        ("from flask_security import Security\nUser('a', request.form['password'])\n", True),
    ],
)
def test_accounts_that_a_library_makes(outcome, more, found):
    """Flask-Security hands a model what it has hashed; a call with what was typed counts."""
    text = f"{HEAD}{MODEL}{more}"
    assert bool(_told(outcome, {"app.py": text}, "password-stored-plaintext")) is found


CREDENTIALS = """\
class StolenCredentials:
    def __init__(self, name, password):
        self.name, self.password = name, password
    def to_dict(self):
        return {"name": self.name, "password": self.password}
"""


@pytest.mark.parametrize(
    ("text", "found"),
    [
        (CREDENTIALS, False),
        (CREDENTIALS.replace("StolenCredentials", "UserCredentials"), True),
        (
            CREDENTIALS.replace("StolenCredentials", "Credentials(db.Model)").replace(
                "    def __init__", "    password = db.Column(db.String(40))\n    def __init__"
            ),
            True,
        ),
    ],
)
def test_credentials_for_somewhere_else(outcome, text, found):
    """A plain class of credentials is what somebody logs in elsewhere with."""
    told = _told(outcome, {"app.py": f"{HEAD}from models import db\n{text}"}, "password-exposed")
    assert bool(told) is found


def test_one_sentence_for_one_answer(outcome):
    """A ``__repr__`` that shows two passwords is told of once."""
    text = (
        "class User(UserMixin):\n    def __repr__(self):\n"
        "        return f'{self.password} {self.password_hash}'\n"
    )
    assert len(_told(outcome, {"app.py": HEAD + text}, "password-exposed")) == 1


@pytest.mark.parametrize(
    ("name", "call", "found"),
    [
        ("devserver", "main", False),
        ("run_dev_server", "main", False),
        ("testserver", "main", False),
        ("server", "main", True),
        ("devserver_or_not", "main", True),
    ],
)
def test_servers_for_developers(outcome, name, call, found):
    """What is called a server for developers is one, whoever calls it."""
    text = f"{HEAD}def {name}():\n    app.run(debug=True)\ndef {call}(told):\n    {name}()\n"
    assert bool(_told(outcome, {"app.py": text}, "debug-enabled")) is found


IMAGE = "FROM python\nENV FLASK_ENV=development\nCMD flask run --host 0.0.0.0\n"
PUT_RIGHT = "services:\n  web:\n    command: gunicorn -b :80 app:app\n"


@pytest.mark.parametrize(
    ("files", "found"),
    [
        ({"docker-compose.production.yml": PUT_RIGHT}, False),
        ({"docker-compose-prod.override.yml": PUT_RIGHT}, False),
        ({"docker-compose.production.yml": "services:\n  web:\n    image: shop\n"}, True),
        ({"docker-compose.product.yml": PUT_RIGHT}, True),
        ({"docker-compose.staging.yml": PUT_RIGHT}, True),
    ],
)
def test_image_that_production_starts_otherwise(outcome, files, found):
    """Beside a compose file for production with gunicorn, what the image does is for developers."""
    files = {"app.py": HEAD, "Dockerfile": IMAGE, **files}
    assert bool(_told(outcome, files, "development-server")) is found
    assert bool(_told(outcome, files, "debug-enabled")) is found


def test_minimum_that_nobody_asks(outcome):
    """A length that only a function without a caller compares is nobody's."""
    judge = (
        "def judge(password):\n    if len(password) < 6:\n        return 'short'\n    return ''\n"
    )
    use = "@app.post('/register')\ndef register():\n    return judge(request.form['password'])\n"
    rule = "password-too-short-allowed"
    assert not _told(outcome, {"app.py": HEAD + judge}, rule)
    assert [f.line for f in _told(outcome, {"app.py": HEAD + judge + use}, rule)] == [8]
