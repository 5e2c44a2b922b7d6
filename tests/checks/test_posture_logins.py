"""The rows of the posture about login limits and cross-site requests."""

from __future__ import annotations

import pytest

from checks.posture import posture

HEAD = """\
from flask import Flask, redirect, request
from flask_limiter import Limiter
from flask_limiter.util import get_remote_address
from flask_login import LoginManager, login_user
from flask_wtf import CSRFProtect
from werkzeug.security import check_password_hash
app = Flask(__name__)
login_manager = LoginManager(app)
"""
LOGIN = """\
def login():
    user = find_user(request.form["email"])
    if user and check_password_hash(user.password_hash, request.form["password"]):
        login_user(user)
        return redirect("/")
    return "Wrong", 401
"""
ROUTE = '@app.post("/login")\n'
LIMITER = 'limiter = Limiter(get_remote_address, app=app, storage_uri="redis://db")\n'


@pytest.fixture
def row(project):
    """Return a function that gives state and evidence of one row for a source."""

    def row(name, source):
        rows = {row.name: row for row in posture(project({"app.py": source}))}
        return rows[name].state, rows[name].evidence

    return row


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        (HEAD + ROUTE + LOGIN, ("absent", "nothing limits login, app.py:10")),
        (
            HEAD + LIMITER + ROUTE + '@limiter.limit("5/minute")\n' + LOGIN,
            ("present", "a limit of Flask-Limiter, app.py:12"),
        ),
        (
            HEAD + LIMITER + ROUTE + LOGIN,
            ("absent", "nothing limits login, app.py:11"),
        ),
        (
            HEAD
            + "limiter = Limiter(get_remote_address)\n"
            + ROUTE
            + '@limiter.limit("5/minute")\n'
            + LOGIN,
            (
                "absent",
                "nothing limits login, app.py:12; "
                "there is a Limiter that is built and never initialised",
            ),
        ),
        (
            HEAD + "from hardening import harden\nharden(app)\n" + ROUTE + LOGIN,
            ("present", "harden, app.py:10"),
        ),
        (HEAD, ("undecided", "no login view was found, nor harden or Flask-Limiter")),
        (HEAD + LIMITER, ("undecided", "no login view was found; limiter, app.py:9")),
    ],
)
def test_login_limit(row, source, expected):
    """The row says what limits the login view itself, not whether a limiter exists."""
    assert row("login-limit", source) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", ("absent", "looked for harden, CSRFProtect and SeaSurf")),
        ("CSRFProtect(app)\n", ("present", "csrf, app.py:9")),
        ("csrf = CSRFProtect()\n", ("absent", "built and never initialised, app.py:9")),
        (
            'CSRFProtect(app)\napp.config["WTF_CSRF_ENABLED"] = False\n',
            ("absent", "WTF_CSRF_ENABLED is off, app.py:10"),
        ),
        (
            "from flask_wtf import FlaskForm\nclass LoginForm(FlaskForm):\n    pass\n",
            ("undecided", "Flask-WTF forms carry tokens; other views have no protection"),
        ),
        ("from hardening import harden\nharden(app)\n", ("present", "harden, app.py:10")),
    ],
)
def test_csrf(row, text, expected):
    """Protection that is built and not initialised, or switched off, is none."""
    assert row("csrf", HEAD + text) == expected


HTTPS = """\
from flask_sslify import SSLify
app.config["SSL"] = {}
if app.config["SSL"]:
    SSLify(app)
"""


@pytest.mark.parametrize(
    ("switch", "state", "words"),
    [
        ("True", "present", "sslify, app.py"),
        ("compute()", "present", "sslify, app.py"),
        ("False", "absent", "off by default: sslify, app.py"),
        ('os.environ.get("SSL") == "1"', "absent", "off by default: sslify, app.py"),
    ],
)
def test_https_behind_a_switch(row, switch, state, words):
    """A protection that somebody must know of and turn on is none."""
    found, told = row("https", "import os\n" + HEAD + HTTPS.format(switch))

    assert found == state
    assert told.startswith(words)
