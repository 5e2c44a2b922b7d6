"""Where `session-lifetime-unbounded` fires, and where it must not."""

from __future__ import annotations

import pytest

RULE = "session-lifetime-unbounded"
HEAD = """\
from datetime import timedelta
from flask import Flask, session
from flask_login import LoginManager, login_user
app = Flask(__name__)
manager = LoginManager(app)
"""
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
    audit(RULE, HEAD + text + PERMANENT)


def test_server_side_sessions_for_months(audit):
    """Flask-Session keeps sessions for this long without being told."""
    audit(
        RULE,
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
    audit(RULE, HEAD + text)
