"""Files, keys and packages that the app does not run with; values that say what they are for."""

from __future__ import annotations

import pytest

APP = "import os\nfrom flask import Flask\napp = Flask(__name__)\n"
KEYS = {"secret-key-fallback", "secret-key-guessable", "secret-key-hardcoded"}


def _told(outcome, files):
    return {f.rule for f in outcome(files).findings if f.audience == "default"}


LEFT = "import os\nclass Config:\n    SECRET_KEY = os.environ.get('SECRET_KEY', 'devkey')\n"


@pytest.mark.parametrize(
    ("app", "found"),
    [
        ("app.config['SECRET_KEY'] = os.environ['SECRET_KEY']\n", False),
        ("from logging.config import dictConfig\napp.secret_key = os.environ['KEY']\n", False),
        ("app.secret_key = os.environ['KEY']\nNAMES = {'production': 'config.Config'}\n", True),
        ("import config\napp.secret_key = os.environ['KEY']\n", True),
        ("app.config.from_object('config.Config')\n", True),
        ("", True),
    ],
)
def test_configuration_that_nothing_speaks_of(outcome, app, found):
    """A class of settings counts unless the app sets its key itself and nothing names the file."""
    told = _told(outcome, {"app.py": APP + app, "config.py": LEFT})
    assert bool(KEYS & told) is found


@pytest.mark.parametrize(
    ("before", "found"),
    [
        ("    if os.path.exists('/data'):\n        raise RuntimeError('no key')\n", False),
        ("    if os.environ.get('PROD'):\n        sys.exit(1)\n", False),
        ("    if os.path.exists('/data'):\n        print('no key')\n", True),
        ("", True),
    ],
)
def test_key_that_production_does_not_fall_back_on(outcome, before, found):
    """What raises before the fallback where the app is deployed keeps it from there."""
    text = (
        f"{APP}key = os.environ.get('SECRET_KEY')\nif not key:\n{before}    key = 'dev-key'\n"
        "app.config['SECRET_KEY'] = key\n"
    )
    assert bool(KEYS & _told(outcome, {"app.py": "import sys\n" + text})) is found


SAVED = """\
import json
import secrets
def load():
    config = {}
    config['SECRET_KEY'] = secrets.token_hex(32)
    KEEP(config)
    return config
app.config.update(load())
"""


@pytest.mark.parametrize(
    ("keeps", "found"), [("save_config", False), ("_write", False), ("print", True)]
)
def test_keys_that_are_saved_with_others(outcome, keeps, found):
    """A dictionary that is saved keeps the key that was made for it."""
    told = _told(outcome, {"app.py": APP + SAVED.replace("KEEP", keeps)})
    assert ("secret-key-per-process" in told) is found


MODELS = """\
from flask_sqlalchemy import SQLAlchemy
from flask_login import UserMixin
db = SQLAlchemy()
class User(db.Model, UserMixin):
    password = db.Column(db.String(60))
"""


@pytest.mark.parametrize(
    ("app", "lines"),
    [("from shop.users import User\n", 1), ("from shop.users_old import User\n", 2)],
)
def test_models_left_behind(outcome, app, lines):
    """A file that nothing imports, and whose classes another has, is no longer the app's."""
    files = {
        "app.py": APP + app,
        "shop/__init__.py": "",
        "shop/users.py": MODELS,
        "shop/users_old.py": MODELS,
    }
    found = [f for f in outcome(files).findings if f.rule == "password-column-short"]
    assert len(found) == lines


@pytest.mark.parametrize(
    ("use", "found"),
    [
        ("import jwt\njwt.decode(token, key, ['RS256'])\n", True),
        ("import flask_jwt_extended\nALGORITHM = 'ES256'\n", True),
        ("import jwt\njwt.decode(token, key, ['HS256'])\n", False),
        ("", False),
    ],
)
def test_packages_that_others_brought_along(outcome, use, found):
    """A pinned PyJWT of which no file speaks is what another package needs.

    And its flaws are about pairs of keys, which not everybody has.
    """
    told = _told(outcome, {"app.py": APP + use, "requirements.txt": "pyjwt==1.7.1\n"})
    assert ("dependency-outdated" in told) is found


COMPOSE = "services:\n  web:\n    image: shop\n    env_file:{}\n    volumes:\n      - {}:/app\n"
ENV = "FLASK_SECRET_KEY={}\nFLASK_MAIL_PASSWORD=hunter2\n"
STRONG = "5f352379324c22463451387a0aec5d2f5f352379324c22463451387a0aec5d2f"


@pytest.mark.parametrize(
    ("named", "mounted", "key", "found"),
    [
        (" app.env", ".", "ONLY_FOR_DEVELOPMENT", set()),
        ("\n      - app.env", ".", "dev-key", set()),
        ("\n      - path: ./app.env", ".", "dev-key", set()),
        (" app.env", ".", STRONG, {"secret-in-deployment"}),
        (" app.env", "data", "ONLY_FOR_DEVELOPMENT", {"secret-in-deployment"}),
        (" other.env", ".", "ONLY_FOR_DEVELOPMENT", {"secret-in-deployment"}),
    ],
)
def test_variables_of_a_desk(outcome, named, mounted, key, found):
    """A file of variables is for development if only compose files that mount the project name it.

    A key that says nothing of the kind is told of all the same, once.
    """
    files = {
        "app.py": f"{APP}app.config.from_prefixed_env()\n",
        "app.env": ENV.format(key),
        "docker-compose.yml": COMPOSE.format(named, mounted),
    }
    told = {
        f.rule
        for f in outcome(files).findings
        if f.audience == "default" and f.severity != "low" and f.path == "app.env"
    }
    assert told - {"secret-key-guessable"} == found


def test_key_of_a_compose_file_at_a_desk(outcome):
    """A key that says that it is for development is, in a file that mounts the project."""
    text = "services:\n  web:\n    environment:\n      SECRET_KEY: ${{SECRET_KEY:-{}}}\n"
    text += "    volumes:\n      - .:/app\n"
    for key, found in (("dev-secret-key-change-me", False), ("shop-secret-key", True)):
        told = _told(outcome, {"app.py": APP, "docker-compose.yml": text.format(key)})
        assert ("secret-in-deployment" in told) is found


@pytest.mark.parametrize(
    ("address", "found"),
    [
        ("amqp://guest:guest@localhost:5672//", False),
        ("amqp://guest:guest@rabbit:5672//", True),
        ("amqp://shop:guest@localhost//", True),
    ],
)
def test_account_that_only_the_own_machine_has(outcome, address, found):
    """RabbitMQ lets its own guest in from its own machine only."""
    told = _told(outcome, {"app.py": f"{APP}app.config['BROKER_URL'] = '{address}'\n"})
    assert ("credentials-hardcoded" in told) is found


@pytest.mark.parametrize(
    ("given", "found"),
    [
        ("f'{self.code}{self.passkey}{stamp}'", False),
        ("f'{self.code}{self.secret_key}{stamp}'", False),
        ("f'{self.code}{self.name}{stamp}'", True),
    ],
)
def test_passwords_made_of_a_key_and_the_time(outcome, given, found):
    """What a key is part of can be guessed by nobody who does not have it."""
    text = (
        "import time\nclass Client:\n    def pay(self):\n        stamp = str(time.time())\n"
        f"        password = {given}\n        return send(password)\n"
    )
    assert ("secret-generated-weakly" in _told(outcome, {"pay.py": text})) is found


FORM = """\
from flask_security import RegisterForm
from wtforms import PasswordField
from wtforms.validators import DataRequired
class SignUpForm(RegisterForm):
    password = PasswordField('Password', validators=[DataRequired()])
"""


@pytest.mark.parametrize(
    ("pin", "found"),
    [
        ("Flask-Security-Too==5.4.0", False),
        ("Flask-Security==5.5.2", False),
        ("Flask-Security==3.0.0", True),
        ("Flask-Security", True),
    ],
)
def test_lengths_that_the_library_asks_for(outcome, pin, found):
    """Flask-Security-Too judges new passwords itself; its forerunner by the field alone."""
    told = _told(outcome, {"app.py": APP + FORM, "requirements.txt": f"{pin}\n"})
    assert ("password-too-short-allowed" in told) is found


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("Customer.query.filter_by(id=number, company_id=current_user.company_id).first()", False),
        ("Customer.query.filter_by(id=number, tenant=current_user.tenant).first()", False),
        ("User.query.filter_by(id=current_user.id).first()", True),
        ("User.query.filter_by(account_id=current_user.account_id).first()", True),
    ],
)
def test_what_many_have_alike(outcome, query, found):
    """A record of the same company is not the user's own account."""
    text = (
        f"{APP}from flask import request\nfrom flask_login import current_user, login_required\n"
        "@app.post('/profile/<int:number>')\n@login_required\ndef edit_profile(number):\n"
        f"    customer = {query}\n    customer.email = request.form['email']\n    return 'ok'\n"
    )
    assert ("fresh-login-not-required" in _told(outcome, {"app.py": text})) is found
