"""Apps that a library's `init_app` is given, with their settings and extensions."""

from __future__ import annotations

import pytest

CONFIG = """\
class Config:
    SECRET_KEY = None
    SESSION_COOKIE_SECURE = True
    SESSION_COOKIE_SAMESITE = "Lax"
    RESET_PASSWORD_SALT = "ResetPasswordSalt"
class Live(Config):
    DEBUG = False
configs = {"live": Live}
"""
APP = """\
from flask import Flask, session
from flask_login import LoginManager
from shoputils import init_app
from config import configs
login_manager = LoginManager()
def create_app(name):
    app = Flask(__name__)
    init_app(app, configs[name]{given})
    return app
"""


@pytest.mark.parametrize(("given", "found"), [(", login_manager=login_manager", False), ("", True)])
def test_extension(outcome, given, found):
    """What goes to the library by keyword is in its hands."""
    told = rules(outcome({"app.py": APP.format(given=given), "config.py": CONFIG}))

    assert ("protection-not-initialised" in told) is found


def test_settings(outcome):
    """The class that a table holds is loaded; the library may set more than that."""
    told = rules(outcome({"app.py": APP.format(given=""), "config.py": CONFIG}))

    assert not told & {"session-cookie-insecure", "secret-key-missing", "credentials-hardcoded"}


def test_other_arguments(outcome):
    """Without such a table nothing tells what the library sets."""
    app = APP.format(given="").replace("configs[name]", "name")
    told = rules(outcome({"app.py": app, "other.py": CONFIG.replace("Config", "Base")}))

    assert "session-cookie-insecure" in told


@pytest.mark.parametrize(("path", "found"), [("runtestserver.py", False), ("runserver.py", True)])
def test_account_of_a_test_server(outcome, path, found):
    """A file that runs a server for tests makes accounts for them."""
    account = 'User(name="gustav", password="w3lcome!Q")'
    text = f"from models import User, db\ndb.session.add({account})\n"
    model = """\
from flask import Flask
from flask_login import LoginManager, UserMixin
from flask_sqlalchemy import SQLAlchemy
app = Flask(__name__)
db = SQLAlchemy(app)
login = LoginManager(app)
class User(UserMixin, db.Model):
    name = db.Column(db.Text)
    password = db.Column(db.Text)
"""
    told = rules(outcome({path: text, "models.py": model}))

    assert ("credentials-hardcoded" in told) is found


def test_view_called_like_a_helper(outcome):
    """A view `login_user()` that takes JSON and gives a token asks no cookie."""
    text = """\
from flask import Flask, jsonify, request, session
app = Flask(__name__)
app.secret_key = load()
@app.get("/admin")
def overview():
    return render_template("admin.html", admin=session["admin"])
@app.post("/enter/<provider>")
def login_user(provider):
    person = find(request.args["code"])
    db.session.add(Visit(person))
    db.session.commit()
    return jsonify(access=make_access(person))
"""
    assert "csrf-missing" not in rules(outcome({"app.py": text}))


@pytest.mark.parametrize("name", ["alipay_return_uri", "omise_charge"])
def test_view_for_a_payment_service(outcome, name):
    """Whoever pays comes back from the service, or it calls itself."""
    text = f"""\
from flask import Flask, request
from flask_login import LoginManager, login_required
app = Flask(__name__)
login = LoginManager(app)
@app.post("/notes")
@login_required
def add_note():
    db.session.add(Note(request.form["text"]))
    db.session.commit()
    return ""
@app.post("/orders")
def {name}():
    db.session.add(Payment(request.form["charge"]))
    db.session.commit()
    return ""
"""
    assert "view-unprotected" not in rules(outcome({"app.py": text}))


def rules(outcome):
    """Return which rules say something."""
    return {finding.rule for finding in outcome.findings}
