"""Where `session-protection-off` fires, and where it must not."""

from __future__ import annotations

import pytest

RULE = "session-protection-off"
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
    (finding,) = audit(RULE, HEAD + text)
    assert message in finding.message


def test_protection_off_in_a_class(audit):
    """A configuration class that the app loads is followed."""
    audit(
        RULE,
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
    audit(RULE, HEAD + text)


def test_basic_is_for_careful_shops(audit):
    """Without --strict, basic protection is not reported."""
    audit(RULE, HEAD + "manager.session_protection = 'basic'\n", strict=False)
