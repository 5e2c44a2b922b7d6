"""Files that say by what they hold that nobody deploys them: for a desk, for tests, to fill in."""

from __future__ import annotations

import pytest

from checks.local_only import is_called_after_development

APP = "from flask import Flask\napp = Flask(__name__)\n"
LOADS = f"{APP}app.config.from_object('shop.settings')\n"
COMPOSE = """\
services:
  web:
    image: shop
    command: flask run -h 0.0.0.0
    environment:
      - FLASK_DEBUG=1
      - DB_PASSWORD=hunter2
"""
RULES = {"debug-enabled", "development-server", "secret-in-deployment"}


def _told(outcome, files):
    return {f.rule for f in outcome(files).findings if f.audience == "default"} & RULES


@pytest.mark.parametrize(
    "line",
    [
        "      - SHOP_DEV_MODE=True\n",
        "      - DEVELOPER_LOGGING=yes\n",
        "      - SHOP_VERSION=local-dev\n",
        "      - INSTANCE_NAME=LOCAL_DEVELOPMENT\n",
        "  mail:\n    image: sj26/mailcatcher:latest\n",
        "    volumes:\n      - .:/code\n",
    ],
)
def test_composed_at_a_desk(outcome, line):
    """A variable that tells of development, or a catcher of mail, takes a file out of the view."""
    assert not _told(outcome, {"app.py": APP, "docker-compose.yml": COMPOSE + line})


@pytest.mark.parametrize(
    "line",
    [
        "",
        "      - SHOP_DEV_MODE=False\n",
        "      - DEVICE_MODE=on\n",
        "      - SHOP_VERSION=locale-device\n",
        "  mail:\n    image: postfix\n",
    ],
)
def test_composed_for_a_deployment(outcome, line):
    """What says nothing of the kind is judged as it stands."""
    assert _told(outcome, {"app.py": APP, "docker-compose.yml": COMPOSE + line}) == RULES


@pytest.mark.parametrize(
    ("name", "found"),
    [
        ("development_settings", False),
        ("dev_settings", False),
        ("settings_debug", False),
        ("testing_settings", False),
        ("local_settings", True),
        ("devices", True),
        ("base_settings", True),
    ],
)
def test_settings_that_are_handed_on(outcome, name, found):
    """``from .development_settings import *`` hands on what its name says it is for."""
    files = {
        "shop/__init__.py": "",
        "app.py": LOADS,
        "shop/settings.py": f"import os\nif os.environ['X']:\n    from .{name} import *\n",
        f"shop/{name}.py": "DEBUG = True\n",
    }
    assert ("debug-enabled" in _told(outcome, files)) is found


SWITCHED = """\
from flask import Flask
app = Flask(__name__)
app.config.from_object('settings')
def profile():
    app.debug = True
if app.config['PROFILING']:
    profile()
"""


@pytest.mark.parametrize(
    ("text", "value", "found"),
    [
        (SWITCHED, "parse_mode(os.getenv('PROFILING', 'False'))", False),
        (SWITCHED, "False", False),
        (SWITCHED, "True", True),
        (SWITCHED, "parse_mode(os.getenv('PROFILING', 'True'))", True),
        (SWITCHED + "profile()\n", "False", True),
        (
            SWITCHED.replace("def profile", "from cProfile import Profile\ndef profile")
            .replace("    app.debug", "    Profile()\n    app.debug"),
            "True",
            False,
        ),
    ],
)  # fmt: skip
def test_debugging_that_somebody_asks_for(outcome, text, value, found):
    """A switch that is off by default, or a profiler, is asked for on purpose."""
    settings = (
        f"import os\ndef parse_mode(text):\n    return text != 'False'\nPROFILING = {value}\n"
    )
    files = {"app.py": text, "settings.py": settings}
    assert ("debug-enabled" in _told(outcome, files)) is found


@pytest.mark.parametrize(
    ("path", "default"),
    [
        ("testing_config.py", False),
        ("settings_testing.py", False),
        ("blackbox/client.py", False),
        ("testing_ground.py", True),
        ("box/client.py", True),
    ],
)
def test_files_for_tests_by_their_names(outcome, path, default):
    """Settings for tests and folders of black-box tests are told of apart."""
    text = "import requests\nrequests.get(url, auth=pair, verify=False)\n"
    found = [f for f in outcome({path: text}).findings if f.rule == "tls-unverified"]
    assert any(f.context == "app" for f in found) is default


STAND_INS = """\
services:
  web:
    environment:
      - DB_PASSWORD=changeme
      - SECRET_KEY=REPLACE_ME_shop_key
      - MAIL_PASSWORD=your-mail-password
"""


def test_stand_ins_of_one_file(outcome):
    """What is to be replaced in one file is told of once, at the key that signs."""
    found = [
        f
        for f in outcome({"app.py": APP, "docker-compose.yml": STAND_INS}).findings
        if f.rule == "secret-in-deployment"
    ]
    assert [(f.line, f.severity, len(f.related)) for f in found] == [(5, "high", 2)]
    assert "SECRET_KEY" in found[0].message


def test_secrets_beside_a_stand_in(outcome):
    """A password that somebody made is told of by itself."""
    text = STAND_INS + "      - REDIS_PASSWORD=hunter2\n"
    found = [
        f
        for f in outcome({"app.py": APP, "docker-compose.yml": text}).findings
        if f.rule == "secret-in-deployment"
    ]
    assert sorted(f.line for f in found) == [5, 7]


@pytest.mark.parametrize(
    ("path", "called"),
    [
        ("config/development.py", True),
        ("dev/settings.py", True),
        ("settings_dev.py", True),
        ("app.devel.json", True),
        ("devices.py", False),
        ("local_settings.py", False),
        ("shop/developing.py", False),
    ],
)
def test_files_called_after_development(path, called):
    """A word of a path says so, and no beginning of one."""
    assert is_called_after_development(path) is called
