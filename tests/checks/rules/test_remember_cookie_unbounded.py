"""Where `remember-cookie-unbounded` fires, and where it must not."""

from __future__ import annotations

import pytest

RULE = "remember-cookie-unbounded"
HEAD = """\
from datetime import timedelta
from flask import Flask, session
from flask_login import LoginManager, login_user
app = Flask(__name__)
manager = LoginManager(app)
"""
WRAPPED = "from hardening import harden\nharden(app)\n"
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
        "from flask_security import Security\nSecurity(app, store)\nlogin_user(user)\n"
        "app.config['REMEMBER_COOKIE_DURATION'] = timedelta(days=365)\n"
        "                                         ^^^^^^^^^^^^^^^^^^^\n",
        "login_user(user, remember=flag, duration=timedelta(days=90))\n"
        "                                         ^^^^^^^^^^^^^^^^^^\n",
    ],
)
def test_remembered_for_long(audit, text):
    """More than 30 days is reported where it is written."""
    audit(RULE, HEAD + text + REMEMBERS)


def test_default_of_a_year(audit):
    """The default that nothing changes is one finding for an app that remembers."""
    head = HEAD.replace("app = Flask(__name__)\n", "app = Flask(__name__)\n      ^^^^^^^^^^^^^^^\n")
    audit(RULE, head + REMEMBERS)


@pytest.mark.parametrize(
    "text",
    [
        "login_user(user)\n",
        "app.config['REMEMBER_COOKIE_DURATION'] = timedelta(days=30)\n" + REMEMBERS,
        "app.config['REMEMBER_COOKIE_DURATION'] = timedelta(hours=24 * 14)\n" + REMEMBERS,
        "app.config['REMEMBER_COOKIE_DURATION'] = days()\n" + REMEMBERS,
        "app.config['REMEMBER_COOKIE_DURATION'] = timedelta(days=365)\nlogin_user(user)\n",
        "app.config['REMEMBER_COOKIE_REFRESH_EACH_REQUEST'] = True\nlogin_user(user, False)\n",
        "login_user(user, remember=True, duration=timedelta(days=7))\n",
        REMEMBERS + WRAPPED,
    ],
)
def test_remembered_near_misses(audit, text):
    """Short durations, apps that remember nobody and wrapped apps are not reported."""
    audit(RULE, HEAD + text)


@pytest.mark.parametrize(
    ("duration", "found"),
    [
        ("10 * 52 * timedelta(weeks=1)", True),
        ("timedelta(days=31) * 12", True),
        ("timedelta(days=365) + timedelta(days=1)", True),
        ("1.5 * timedelta(days=30)", True),
        ("2 * timedelta(weeks=1)", False),
        ("timedelta(days=7) + timedelta(days=7)", False),
        ("timedelta(hours=1) * 8", False),
        ("timedelta(days=999999999) * 9", False),
    ],
)
def test_durations_that_are_worked_out(outcome, duration, found):
    """A duration is what operators make of its parts."""
    text = (
        "from datetime import timedelta\nfrom flask import Flask\n"
        "from flask_login import LoginManager, login_user\napp = Flask(__name__)\n"
        f"LoginManager(app)\napp.config['REMEMBER_COOKIE_DURATION'] = {duration}\n"
        "@app.post('/login')\ndef login():\n    login_user(who(), remember=asked())\n"
    )

    assert bool(outcome({"app.py": text}, select=(RULE,)).findings) is found
