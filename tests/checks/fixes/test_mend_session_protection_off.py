"""What `--fix` does about `session-protection-off`, and what it leaves."""

from __future__ import annotations

import pytest

RULE = "session-protection-off"
HEAD = (
    "from flask import Flask\nfrom flask_login import LoginManager\n\n"
    "app = Flask(__name__)\nmanager = LoginManager(app)\n"
)


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("manager.session_protection = None\n", 'manager.session_protection = "basic"\n'),
        (
            "manager.session_protection = ''  # off\n",
            'manager.session_protection = "basic"  # off\n',
        ),
        (
            "app.config['SESSION_PROTECTION'] = None\n",
            "app.config['SESSION_PROTECTION'] = \"basic\"\n",
        ),
        ("manager.session_protection = 'Strong'\n", "manager.session_protection = 'strong'\n"),
        ('manager.session_protection = "BASIC"\n', 'manager.session_protection = "basic"\n'),
        (
            "app.config.update(SESSION_PROTECTION=None, X=1)\n",
            'app.config.update(SESSION_PROTECTION="basic", X=1)\n',
        ),
    ],
)
def test_protection_is_switched_on(holds, before, after):
    """Nothing becomes Flask-Login's default, a misspelt value what it means."""
    holds(RULE, HEAD + before, HEAD + after)


@pytest.mark.parametrize(
    "text",
    [
        "manager.session_protection = 'medium'\n",
        "OFF = None\nmanager.session_protection = OFF\n",
    ],
)
def test_what_is_meant_must_be_known(holds, text):
    """A value that names nothing, and one from elsewhere, are left."""
    holds(RULE, HEAD + text, None)
