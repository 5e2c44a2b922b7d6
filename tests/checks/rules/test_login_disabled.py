"""Where `login-disabled` fires, and where it must not."""

from __future__ import annotations

import pytest

RULE = "login-disabled"
HEAD = (
    "from flask import Flask\nfrom flask_login import LoginManager\n"
    "app = Flask(__name__)\nmanager = LoginManager(app)\n"
)


@pytest.mark.parametrize(
    "text",
    [
        "app.config['LOGIN_DISABLED'] = True\n                               ^^^^\n",
        "app.config.update(LOGIN_DISABLED=True)\n                                 ^^^^\n",
        "app.config.from_mapping(LOGIN_DISABLED=True)\n"
        "                                       ^^^^\n",
        "class Config:\n    LOGIN_DISABLED = True\n                     ^^^^\n"
        "app.config.from_object(Config)\n",
        "manager._login_disabled = True\n                          ^^^^\n",
        "OFF = True\napp.config['LOGIN_DISABLED'] = OFF\n                               ^^^\n",
    ],
)
def test_disabled(audit, text):
    """Every spelling that lets everybody in is reported."""
    audit(RULE, HEAD + text)


@pytest.mark.parametrize(
    ("text", "audience"),
    [
        (
            "def setup(app):\n    if app.config['AUTH'] == 'none':\n"
            "        app.config['LOGIN_DISABLED'] = True\n"
            "                                       ^^^^\n"
            "    else:\n        app.config['LOGIN_DISABLED'] = False\n",
            "strict",
        ),
        (
            "class Base:\n    LOGIN_DISABLED = False\nclass Config(Base):\n"
            "    LOGIN_DISABLED = True\n                     ^^^^\n"
            "app.config.from_object(Config)\n",
            "default",
        ),
    ],
)
def test_choice_of_who_runs_it(audit, text, audience):
    """An option that leaves them on otherwise is for careful shops; a default that is not, not."""
    (finding,) = audit(RULE, HEAD + text)

    assert finding.audience == audience


@pytest.mark.parametrize(
    "text",
    [
        "",
        "app.config['LOGIN_DISABLED'] = False\n",
        "app.config['LOGIN_DISABLED'] = os.environ.get('NO_LOGIN') == '1'\n",
        "class TestingConfig:\n    LOGIN_DISABLED = True\napp.config.from_object(TestingConfig)\n",
        "class DevConfig:\n    LOGIN_DISABLED = True\napp.config.from_object(DevConfig)\n",
        "manager._login_disabled = False\n",
    ],
)
def test_near_misses(audit, text):
    """Values that are not True, and configuration for tests, are not reported."""
    audit(RULE, HEAD + text)
