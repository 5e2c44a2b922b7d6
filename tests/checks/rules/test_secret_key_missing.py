"""Where `secret-key-missing` fires, and where it must not."""

from __future__ import annotations

import pytest

RULE = "secret-key-missing"
VIEW = "@app.get('/')\ndef home():\n    {}\n    return ''\n"
APP = "app = Flask(__name__)\n"
CARETS = "      ^^^^^^^^^^^^^^^ The app uses"


@pytest.mark.parametrize(
    ("head", "line"),
    [
        ("from flask import Flask, session", "session['a'] = 1"),
        ("from flask import Flask, session as store", "store['a'] = 1"),
        ("from flask import Flask, flash", "flash('hello')"),
        ("import flask_login\nfrom flask import Flask\nfrom flask_login import LoginManager\n"
         "manager = LoginManager()", "pass"),
        ("from flask import Flask\nfrom flask_wtf import CSRFProtect\nc = CSRFProtect()", "pass"),
        ("from flask import Flask, session\nimport os", "session['home'] = os.environ['HOME']"),
        ("from flask import Flask, session\nknown = {}\nknown.update(a=1)", "session.clear()"),
    ],
)  # fmt: skip
def test_uses_without_a_key(audit, head, line):
    """Whatever needs a signature needs a key."""
    audit(RULE, f"{head}\n{APP}{CARETS}\n{VIEW.format(line)}")


def test_use_in_another_file(audit):
    """The use and the app may be in different files; the finding is where the app is made."""
    audit(
        RULE,
        {
            "app.py": f"from flask import Flask\nfrom views import pages\n{APP}{CARETS}\n"
            "app.register_blueprint(pages)\n",
            "views.py": "from flask import Blueprint, session\npages = Blueprint('p', __name__)\n"
            "@pages.get('/')\ndef home():\n    session['a'] = 1\n    return ''\n",
        },
    )


@pytest.mark.parametrize("value", ["None", "''"])
def test_empty(audit, value):
    """An empty key is none."""
    audit(
        RULE,
        f"from flask import Flask, session\n{APP}app.config['SECRET_KEY'] = {value}\n"
        f"                           {'^' * len(value)} The secret key is empty\n"
        + VIEW.format("session['a'] = 1"),
    )


@pytest.mark.parametrize(
    "line",
    [
        "app.secret_key = os.environ['K']",
        "app.config['SECRET_KEY'] = 'dev'",
        "app.config.from_object('somewhere.Config')",
        "app.config.from_pyfile('app.cfg')",
        "app.config.from_prefixed_env()",
        "app.config.from_envvar('SETTINGS')",
        "app.config.update(load())",
        "app.config.from_mapping(**load())",
        "configure(app, 'SECRET_KEY')",
    ],
)
def test_near_misses(audit, line):
    """A key, or a source that may hold one, satisfies the rule."""
    audit(RULE, f"import os\nfrom flask import Flask, session\n{APP}{line}\n"
          + VIEW.format("session['a'] = 1"))  # fmt: skip


def test_nothing_to_sign(audit):
    """An app without sessions needs no key."""
    audit(RULE, f"from flask import Flask\n{APP}{VIEW.format('pass')}")


def test_other_sessions(audit):
    """A session of requests or SQLAlchemy is none of Flask's."""
    audit(
        RULE,
        f"from flask import Flask\nimport requests\n{APP}"
        + VIEW.format("session = requests.Session()"),
    )


@pytest.mark.parametrize(
    "load",
    [
        "app.config.from_object(Config)",
        "app.config.from_object(Config())",
        "app.config.from_object('app.Config')",
    ],
)
def test_a_class_without_a_key(audit, load):
    """A configuration class that was read and holds no key brings none."""
    head = "from flask import Flask, session\nclass Config:\n    DEBUG = False\n"
    audit(RULE, f"{head}{APP}{CARETS}\n{load}\n{VIEW.format('session.clear()')}")

    key = head.replace("DEBUG = False", "SECRET_KEY = load()")
    audit(RULE, f"{key}{APP}{load}\n{VIEW.format('session.clear()')}")


FACTORY = """\
from flask import Flask, session
from elsewhere import Base
class Config:
    DEBUG = False
class Derived(Base):
    DEBUG = False
def create_app({parameter}):
    app = Flask(__name__)
{carets}    app.config.from_object(config)
    @app.get("/")
    def home():
        return session["name"]
    return app
"""


def test_a_class_by_default(audit):
    """A factory that takes the configuration is judged by its default if nobody gives another."""
    carets = f"          {'^' * 15} The app uses\n"
    audit(RULE, FACTORY.format(parameter="config=Config", carets=carets))
    audit(RULE, FACTORY.format(parameter="config=Config", carets=carets) + "app = create_app()\n")


@pytest.mark.parametrize(
    ("parameter", "call"),
    [
        ("config", ""),
        ("config=None", ""),
        ("config=Derived", ""),
        ("config=Config", "app = create_app(load())\n"),
        ("config=Config", "app = create_app(config=load())\n"),
    ],
)
def test_a_class_that_is_not_known(audit, parameter, call):
    """Without a default, with a base elsewhere, or another class from a caller, nothing is said."""
    audit(RULE, FACTORY.format(parameter=parameter, carets="") + call)
