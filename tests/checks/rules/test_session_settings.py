"""Where the rules about session and remember settings fire, and where they must not."""

from __future__ import annotations

import pytest

HEAD = """\
from datetime import timedelta
from flask import Flask, session
from flask_login import LoginManager, login_user
app = Flask(__name__)
manager = LoginManager(app)
"""
WRAPPED = "from hardening import harden\nharden(app)\n"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("manager.session_protection = None\n                             ^^^^\n", "switched off"),
        ("manager.session_protection = ''\n                             ^^\n", "switched off"),
        ("manager.session_protection = False\n                             ^^^^^\n", "off"),
        (
            "manager.session_protection = 'Strong'\n                             ^^^^^^^^\n",
            "neither",
        ),
        ("manager.session_protection = 'basic'\n                             ^^^^^^^\n", "Basic"),
        (
            "app.config['SESSION_PROTECTION'] = None\n                                   ^^^^\n",
            "switched off",
        ),
        (
            "app.config.update(SESSION_PROTECTION='high')\n"
            "                                     ^^^^^^\n",
            "neither",
        ),
    ],
)
def test_protection_off(audit, text, message):
    """None, an empty text and anything but the two known words are reported."""
    (finding,) = audit("session-protection-off", HEAD + text)
    assert message in finding.message


def test_protection_off_in_a_class(audit):
    """A configuration class that the app loads is followed."""
    audit(
        "session-protection-off",
        HEAD
        + "class Config:\n    SESSION_PROTECTION = None\n                         ^^^^\n"
        + "app.config.from_object(Config)\n",
    )


@pytest.mark.parametrize(
    "text",
    [
        "",
        "manager.session_protection = 'strong'\n",
        "manager.session_protection = choose()\n",
        "other.session_protection = None\n",
        "app.config['SESSION_PROTECTION'] = 'strong'\n",
        "manager.session_protection = None\n" + WRAPPED,
        "class TestConfig:\n    SESSION_PROTECTION = None\napp.config.from_object(TestConfig)\n",
    ],
)
def test_protection_near_misses(audit, text):
    """Strong protection, unknown values, other objects and wrapped apps are not reported."""
    audit("session-protection-off", HEAD + text)


def test_basic_is_for_careful_shops(audit):
    """Without --strict, basic protection is not reported."""
    audit("session-protection-off", HEAD + "manager.session_protection = 'basic'\n", strict=False)


REMEMBERS = "login_user(user, remember=flag)\n"


@pytest.mark.parametrize(
    "text",
    [
        "app.config['REMEMBER_COOKIE_DURATION'] = timedelta(days=365)\n"
        "                                         ^^^^^^^^^^^^^^^^^^^\n",
        "app.config['REMEMBER_COOKIE_DURATION'] = timedelta(weeks=8)\n"
        "                                         ^^^^^^^^^^^^^^^^^^\n",
        "app.config['REMEMBER_COOKIE_DURATION'] = 60 * 60 * 24 * 90\n"
        "                                         ^^^^^^^^^^^^^^^^^\n",
        "app.config.update(REMEMBER_COOKIE_DURATION=timedelta(31))\n"
        "                                           ^^^^^^^^^^^^^\n",
        "YEAR = timedelta(days=365)\napp.config['REMEMBER_COOKIE_DURATION'] = YEAR * 10\n"
        "                                         ^^^^^^^^^\n",
        "app.config['REMEMBER_COOKIE_DURATION'] = 3600\n"
        "app.config['REMEMBER_COOKIE_REFRESH_EACH_REQUEST'] = True\n"
        "                                                     ^^^^\n",
        "login_user(user, remember=flag, duration=timedelta(days=90))\n"
        "                                         ^^^^^^^^^^^^^^^^^^\n",
    ],
)
def test_remembered_for_long(audit, text):
    """More than 30 days is reported where it is written."""
    audit("remember-cookie-unbounded", HEAD + text + REMEMBERS)


def test_default_of_a_year(audit):
    """The default that nothing changes is one finding for an app that remembers."""
    head = HEAD.replace("app = Flask(__name__)\n", "app = Flask(__name__)\n      ^^^^^^^^^^^^^^^\n")
    audit("remember-cookie-unbounded", head + REMEMBERS)


@pytest.mark.parametrize(
    "text",
    [
        "login_user(user)\n",
        "app.config['REMEMBER_COOKIE_DURATION'] = timedelta(days=30)\n" + REMEMBERS,
        "app.config['REMEMBER_COOKIE_DURATION'] = timedelta(hours=24 * 14)\n" + REMEMBERS,
        "app.config['REMEMBER_COOKIE_DURATION'] = days()\n" + REMEMBERS,
        "login_user(user, remember=True, duration=timedelta(days=7))\n",
        REMEMBERS + WRAPPED,
    ],
)
def test_remembered_near_misses(audit, text):
    """Short durations, apps that remember nobody and wrapped apps are not reported."""
    audit("remember-cookie-unbounded", HEAD + text)


@pytest.mark.parametrize(
    "text",
    [
        "login_user(user, remember=True)\n                          ^^^^\n",
        "login_user(user, True)\n                 ^^^^\n",
        "import flask_login as fl\nfl.login_user(user, remember=True)\n"
        "                             ^^^^\n",
        "ALWAYS = True\nlogin_user(user, remember=ALWAYS)\n                          ^^^^^^\n",
        "if user.is_admin:\n    login_user(user, remember=True)\n"
        "                              ^^^^\n",
        "from flask_login import login_user as enter\nenter(user, remember=True)\n"
        "                     ^^^^\n",
    ],
)
def test_always_remembered(audit, text):
    """A literal True is reported, whatever the call is written like."""
    audit("remember-always", HEAD + text)


@pytest.mark.parametrize(
    "text",
    [
        "login_user(user)\n",
        "login_user(user, remember=False)\n",
        "login_user(user, remember=form.remember.data)\n",
        "login_user(user, remember='remember' in request.form)\n",
        "if form.remember_me.data:\n    login_user(user, remember=True)\n",
        "other(user, remember=True)\n",
        "remember = True if request.form.get('remember') else False\n"
        "login_user(user, remember=remember)\n",
    ],
)
def test_remembered_on_request(audit, text):
    """What the user decides is not reported."""
    audit("remember-always", HEAD + text)


PERMANENT = "@app.before_request\ndef stay():\n    session.permanent = True\n"


@pytest.mark.parametrize(
    "text",
    [
        "app.config['PERMANENT_SESSION_LIFETIME'] = timedelta(days=365)\n"
        "                                           ^^^^^^^^^^^^^^^^^^^\n",
        "app.permanent_session_lifetime = timedelta(days=90)\n"
        "                                 ^^^^^^^^^^^^^^^^^^\n",
        "app.config.from_mapping(PERMANENT_SESSION_LIFETIME=86400 * 32)\n"
        "                                                   ^^^^^^^^^^\n",
    ],
)
def test_sessions_for_months(audit, text):
    """More than 31 days are reported where sessions are permanent."""
    audit("session-lifetime-unbounded", HEAD + text + PERMANENT)


def test_server_side_sessions_for_months(audit):
    """Flask-Session keeps sessions for this long without being told."""
    audit(
        "session-lifetime-unbounded",
        HEAD
        + "from flask_session import Session\nSession(app)\n"
        + "app.config['PERMANENT_SESSION_LIFETIME'] = timedelta(days=60)\n"
        + "                                           ^^^^^^^^^^^^^^^^^^\n",
    )


@pytest.mark.parametrize(
    "text",
    [
        PERMANENT,
        "app.config['PERMANENT_SESSION_LIFETIME'] = timedelta(days=365)\n",
        "app.config['PERMANENT_SESSION_LIFETIME'] = timedelta(days=31)\n" + PERMANENT,
        "app.config['PERMANENT_SESSION_LIFETIME'] = hours()\n" + PERMANENT,
    ],
)
def test_lifetime_near_misses(audit, text):
    """The default, short lifetimes and sessions that end with the browser are not reported."""
    audit("session-lifetime-unbounded", HEAD + text)


MODEL = """\
from flask_login import UserMixin
class User(UserMixin, db.Model):
    active = db.Column(db.Boolean)
    @property
    def is_active(self):
        return self.active
"""


@pytest.mark.parametrize(
    "text",
    [
        "login_user(user, force=True)\n                       ^^^^\n",
        "login_user(user, False, None, True)\n                              ^^^^\n",
        MODEL + "login_user(user)\n^^^^^^^^^^^^^^^^\n",
        MODEL + "def f():\n    login_user(user, remember=x)\n    ^^^^^^^^^^^^^^^^^^^^^^^^^^^^\n",
    ],
)
def test_forced(audit, text):
    """Forced logins, and refusals that nobody looks at, are reported."""
    audit("login-forced", HEAD + text)


@pytest.mark.parametrize(
    "text",
    [
        "login_user(user)\n",
        "login_user(user, force=False)\n",
        "login_user(user, force=flag)\n",
        MODEL + "if not login_user(user):\n    abort(403)\n",
        MODEL + "ok = login_user(user)\n",
    ],
)
def test_forced_near_misses(audit, text):
    """Logins that ask, and users who are always active, are not reported."""
    audit("login-forced", HEAD + text)


def test_unseen_refusal_is_for_careful_shops(audit):
    """Without --strict only force=True is reported."""
    audit("login-forced", HEAD + MODEL + "login_user(user)\n", strict=False)
