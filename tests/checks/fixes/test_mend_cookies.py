"""What `--fix` does about both cookies, and what it leaves."""

from __future__ import annotations

import pytest

SESSION, REMEMBER = "session-cookie-insecure", "remember-cookie-insecure"
HEAD = (
    "import os\n\nfrom flask import Flask\nfrom flask_login import LoginManager, login_user\n\n"
    "app = Flask(__name__)\napp.secret_key = os.environ['KEY']\nmanager = LoginManager(app)\n"
    "app.config.update(SESSION_COOKIE_SAMESITE='Lax', REMEMBER_COOKIE_SAMESITE='Lax')\n"
    "app.config.update(SESSION_COOKIE_NAME='s')\n\n\n"
    "@app.post('/login')\ndef login():\n    login_user(find(), remember=True)\n    return ''\n\n\n"
)
HTTPS = HEAD.replace(
    "from flask_login", "from flask_talisman import Talisman\nfrom flask_login"
).replace("manager =", "Talisman(app)\nmanager =")
CLASS = "class {name}:\n    {key} = {value}\n\n\napp.config.from_object({name})\n"


@pytest.mark.parametrize(
    ("rule", "before", "after"),
    [
        (SESSION, "app.config['SESSION_COOKIE_HTTPONLY'] = False\n", "True"),
        (SESSION, "app.config.update(SESSION_COOKIE_HTTPONLY=False)  # why\n", "True"),
        (REMEMBER, "app.config['REMEMBER_COOKIE_HTTPONLY'] = False\n", "True"),
        (SESSION, CLASS.format(name="C", key="SESSION_COOKIE_HTTPONLY", value="False"), "True"),
        (
            SESSION,
            CLASS.format(name="C", key="SESSION_COOKIE_HTTPONLY", value="False")
            + "\n\nclass DevelopmentConfig(C):\n    X = 1\n",
            "True",
        ),
    ],
)
def test_scripts_may_not_read_them(holds, rule, before, after):
    """HttpOnly is switched on wherever it is off."""
    secure = HEAD + "app.config.update(SESSION_COOKIE_SECURE=True, REMEMBER_COOKIE_SECURE=True)\n"

    holds(rule, secure + before, secure + before.replace("False", after))


@pytest.mark.parametrize(
    ("rule", "key"), [(SESSION, "SESSION_COOKIE_SECURE"), (REMEMBER, "REMEMBER_COOKIE_SECURE")]
)
def test_secure_in_production(holds, rule, key):
    """Secure is switched on in a class for production that is served over https."""
    text = CLASS.format(name="ProductionConfig", key=key, value="False")
    text += "app.config['PREFERRED_URL_SCHEME'] = 'https'\n"

    holds(rule, HEAD + text, HEAD + text.replace("False", "True"))


def test_secure_where_https_is_mandatory(holds):
    """Secure is switched on where nobody can use the app over http."""
    line = "app.config['REMEMBER_COOKIE_SECURE'] = False\n"

    holds(REMEMBER, HTTPS + line, HTTPS + line.replace("False", "True"))


@pytest.mark.parametrize(
    "text",
    [
        "app.config['SESSION_COOKIE_SECURE'] = False\n",
        CLASS.format(name="Config", key="SESSION_COOKIE_SECURE", value="False"),
        CLASS.format(name="ProductionConfig", key="SESSION_COOKIE_SECURE", value="False"),
        "OFF = False\napp.config['SESSION_COOKIE_HTTPONLY'] = OFF\n",
        "class ProductionConfig:\n    SESSION_COOKIE_SECURE = False\n\n\n"
        "class LocalConfig(ProductionConfig):\n    DEBUG = True\n\n\n"
        "app.config.from_object(ProductionConfig)\nPREFERRED_URL_SCHEME = 'https'\n",
    ],
)
def test_http_goes_on_working(holds, text):
    """Secure is left off where people may use the app over http, and what is set elsewhere too."""
    holds(SESSION, HEAD + text, None)


def test_an_heir_in_another_file(holds):
    """A class for development in another file may inherit the setting too."""
    text = (
        "class ProductionConfig:\n    SESSION_COOKIE_SECURE = False\n\n\n"
        "app.config.from_object(ProductionConfig)\napp.config['PREFERRED_URL_SCHEME'] = 'https'\n"
    )
    other = "from app import ProductionConfig\n\n\nclass DevConfig(ProductionConfig):\n    X = 1\n"

    holds(SESSION, HEAD + text, HEAD + text.replace("False", "True"))
    holds(SESSION, HEAD + text, None, others={"development.py": other})


def test_an_heir_with_its_own_value_does_not_matter(holds):
    """A class for development that sets the key itself is no reason to leave the base."""
    text = (
        "class ProductionConfig:\n    SESSION_COOKIE_SECURE = False\n\n\n"
        "class DevelopmentConfig(ProductionConfig):\n    SESSION_COOKIE_SECURE = False\n\n\n"
        "app.config.from_object(ProductionConfig)\napp.config['PREFERRED_URL_SCHEME'] = 'https'\n"
    )

    holds(SESSION, HEAD + text, HEAD + text.replace("False", "True", 1))


def test_settings_files_keep_their_form(holds):
    """A value of a JSON or TOML file is replaced where it stands."""
    app = HEAD + "import json\napp.config.from_file('config.json', load=json.load)\n"
    before = '{\r\n\t"SESSION_COOKIE_SECURE": true,\r\n\t"SESSION_COOKIE_HTTPONLY" : false\r\n}'

    holds(
        SESSION, before, before.replace("false", "true"), path="config.json", others={"app.py": app}
    )
