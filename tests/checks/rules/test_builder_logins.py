"""The login page of Flask-AppBuilder, which counts its tries only if it is told to."""

from __future__ import annotations

import pytest

RULE = "login-not-limited"
APP = """
from flask import Flask
from flask_appbuilder import AppBuilder, SQLA
app = Flask(__name__)
app.config.from_object("config")
db = SQLA(app)
appbuilder = AppBuilder(app, db.session)
{marks}
"""
MARKS = " " * 13 + "^" * 27 + " Nothing limits how often the login of Flask-AppBuilder"
TYPES = "from flask_appbuilder.security.manager import AUTH_DB, AUTH_LDAP, AUTH_OAUTH\n"


@pytest.mark.parametrize(
    "settings",
    [
        "AUTH_RATE_LIMITED = False\n",
        "AUTH_TYPE = AUTH_DB\n",
        "AUTH_TYPE = AUTH_LDAP\nAUTH_RATE_LIMITED = False\n",
        "AUTH_TYPE = 1\n",
        "DEBUG = False\n",
    ],
)
def test_not_limited(audit, settings):
    """The library's default is off, and so is what says so."""
    audit(RULE, {"app.py": APP.format(marks=MARKS), "config.py": TYPES + settings})


@pytest.mark.parametrize(
    "settings",
    [
        "AUTH_RATE_LIMITED = True\n",
        "import os\nAUTH_RATE_LIMITED = bool(os.environ.get('LIMITED', '1'))\n",
        "AUTH_TYPE = AUTH_OAUTH\n",
        "AUTH_TYPE = 4\n",
        "RATELIMIT_DEFAULT = '5/minute'\nfrom flask_limiter import Limiter\n",
    ],
)
def test_limited_or_elsewhere(audit, settings):
    """Switched on, by the environment, too; other services; a limiter for everything."""
    audit(RULE, {"app.py": APP.format(marks=""), "config.py": TYPES + settings})


def test_settings_that_cannot_be_read(audit):
    """What a file that is not there says is not known."""
    app = APP.format(marks="").replace('from_object("config")', 'from_envvar("SETTINGS")')

    audit(RULE, app)
