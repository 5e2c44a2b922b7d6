"""Protections that the environment switches, and what they are where nobody sets anything."""

from __future__ import annotations

import pytest

HEAD = """\
import os
from flask import Flask, session
app = Flask(__name__)
app.secret_key = os.environ["KEY"]
@app.get("/")
def home():
    session["n"] = 1
    return "x"
"""
OFF = [
    'os.getenv("SECURE", "False") == "True"',
    'os.environ.get("SECURE", "False").lower() == "true"',
    'os.environ.get("SECURE", "no") in ("yes", "true")',
    'os.environ.get("SECURE") == "1"',
    'os.environ.get("SECURE") is not None',
    'bool(int(os.environ.get("SECURE", 0)))',
    'bool(int(os.environ.get("SECURE", "0")))',
    'strtobool(os.environ.get("SECURE", "off"))',
    'str_to_bool(os.getenv("SECURE", "false"))',
    'env_bool("SECURE", False)',
    'True if os.environ.get("SECURE", "0") == "1" else False',
    'not os.environ.get("SECURE", "insecure") == "insecure"',
    "settings.SECURE",
]
ON = [
    'os.getenv("SECURE", "True") == "True"',
    'os.environ.get("SECURE", "yes") not in ("no", "off")',
    'os.environ.get("INSECURE") != "1"',
    'strtobool(os.environ.get("SECURE", "on"))',
    'env_bool("SECURE", True)',
    'os.environ.get("SECURE", "False")',  # any text is true
    'os.environ["SECURE"] == "True"',
    'os.environ["SECURE"].lower() == "true"',
    'compute("SECURE")',
    'os.environ.get("FLASK_ENV") == "production"',
    'not strtobool(os.environ.get("DEBUG", "1"))',
    'os.getenv("APP_MODE", "dev") != "dev"',
]
SETTINGS = (
    'import os\nfrom help import parse_bool\nSECURE = parse_bool(os.environ.get("SECURE", "0"))\n'
)
FILES = {"settings.py": SETTINGS, "help.py": "def parse_bool(text):\n    return text == '1'\n"}


def secure(value):
    """Return an app whose cookie is secure if `value` is true, and its carets."""
    start = 'app.config["SESSION_COOKIE_SECURE"] = '
    head = f"import settings\n{HEAD}app.config['SESSION_COOKIE_SAMESITE'] = 'Lax'\n"
    return f"{head}{start}{value}\n", " " * len(start) + "^" * len(value) + "\n"


@pytest.mark.parametrize("value", OFF)
def test_secure_is_off_by_default(audit, value):
    """A cookie whose Secure only a variable turns on is told of, with the variable's name."""
    code, carets = secure(value)
    named = "is not None" not in value
    message = f"{carets[:-1]} SESSION_COOKIE_SECURE is off unless SECURE is set\n"

    (finding,) = audit(
        "session-cookie-insecure", {**FILES, "app.py": code + (message if named else carets)}
    )

    assert finding.confidence == "medium"


@pytest.mark.parametrize("value", ON)
def test_secure_is_on_by_default(audit, value):
    """Where Secure is on unless somebody turns it off, or it is not known, nothing is told."""
    code, _ = secure(value)

    audit("session-cookie-insecure", {**FILES, "app.py": code})


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("docker-compose.yml", "services:\n  web:\n    environment:\n      SECURE: 'true'\n"),
        (".env.example", "SECURE=1\n"),
        ("Dockerfile", "FROM python\nENV SECURE=True\n"),
    ],
)
def test_a_deployment_turns_it_on(audit, name, text):
    """What a deployment file, or the sample of one, sets is what the app gets."""
    code, _ = secure(OFF[0])

    audit("session-cookie-insecure", {"app.py": code, "settings.py": "", name: text})


def test_a_deployment_leaves_it_off(audit):
    """A deployment file that turns it off changes nothing."""
    code, carets = secure(OFF[1])

    audit(
        "session-cookie-insecure",
        {"app.py": code + carets, "settings.py": "", ".env.example": "SECURE=False\n"},
    )


@pytest.mark.parametrize(
    ("value", "on"),
    [
        ('os.environ.get("DEBUG", "True") == "True"', True),
        ('os.environ.get("NO_DEBUG") is None', True),
        ('strtobool(os.getenv("DEBUG", "1"))', True),
        ('os.environ.get("DEBUG", "False") == "True"', False),
        ('os.environ.get("DEBUG") == "1"', False),
    ],
)
def test_debug(audit, value, on):
    """Debugging that is on unless a variable turns it off is told of."""
    start = 'app.config["DEBUG"] = '
    carets = f"{' ' * len(start)}{'^' * len(value)} Debug mode is on unless\n" if on else ""

    audit("debug-enabled", f"{HEAD}{start}{value}\n{carets}")


def https(config, test):
    """Return an app whose SSLify stands behind a condition."""
    return (
        "import os\nfrom flask import Flask, session\nfrom flask_sslify import SSLify\n"
        f"class Config:\n    {config}\n"
        f"def create():\n    app = Flask(__name__)\n%s    app.config.from_object(Config)\n"
        f"    if {test}:\n        SSLify(app)\n    return app\n"
        "def view():\n    session['n'] = 1\n"
    )


@pytest.mark.parametrize(
    ("config", "test"),
    [
        (
            'SSL_DISABLE = os.environ.get("SSL_DISABLE", "True") == "True"',
            'not app.debug and not app.config["SSL_DISABLE"]',
        ),
        ('SSL = os.environ.get("SSL") == "1"', 'app.config["SSL"]'),
        ('SSL = os.environ.get("SSL") == "1"', 'app.config.get("SSL")'),
        ("SSL = False", 'app.config["SSL"]'),
        ("SSL_OFF = True", 'not app.config.get("SSL_OFF")'),
        ("X = 1", 'os.environ.get("SSL", "0") == "1"'),
    ],
)
def test_https_off_by_default(audit, config, test):
    """A protection that nobody gets without a variable makes nothing mandatory."""
    audit("https-not-enforced", https(config, test) % f"{' ' * 10}{'^' * 15}\n")


@pytest.mark.parametrize(
    ("config", "test"),
    [
        (
            'SSL_DISABLE = os.environ.get("SSL_DISABLE", "False") == "True"',
            'not app.config["SSL_DISABLE"]',
        ),
        ("SSL = True", 'app.config["SSL"]'),
        ("SSL_OFF = False", 'not app.config.get("SSL_OFF")'),
        ("SSL = compute()", 'app.config["SSL"]'),
        ('SSL = bool(os.environ.get("DYNO"))', 'app.config["SSL"]'),  # set by the host
        ("X = 1", "not app.debug"),
        ("X = 1", 'os.environ.get("FLASK_ENV") == "production"'),
        ('SSL = os.environ.get("STAGE") == "prod"', 'app.config["SSL"]'),
        ('SSL = os.environ.get("SSL") == "1"', 'app.config["SSL"] or not app.debug'),
    ],
)
def test_https_on_by_default(audit, config, test):
    """A protection that a variable only turns off, or that is not known, counts."""
    audit("https-not-enforced", https(config, test) % "")


CSRF = """\
import os
from flask import Flask, request
from flask_wtf import CSRFProtect
app = Flask(__name__)
csrf = CSRFProtect(app)
app.config["WTF_CSRF_CHECK_DEFAULT"] = False
{}
ENFORCE = os.environ.get("ENFORCE", "{}") == "1"
if ENFORCE:
    @app.before_request
    def check():
        csrf.protect()
@app.post("/x")
def change():
    db.session.add(request.form["x"])
    return "x"
"""


def test_check_behind_a_switch(audit):
    """A check that a variable must turn on is none; one that is on by default is one."""
    audit("csrf-disabled", CSRF.format(" " * 39 + "^" * 5, "0"))
    audit("csrf-disabled", CSRF.format("", "1"))


TALISMAN = """\
import os
from flask import Flask, session
from flask_talisman import Talisman
app = Flask(__name__)
{mark}
app.config["SSL"] = os.environ.get("SSL", "{default}") == "1"
if app.config["SSL"]:
    Talisman(app)
@app.get("/")
def home():
    session["n"] = 1
    return "x"
"""


def test_talisman_behind_a_switch(audit, outcome):
    """Talisman that a variable must turn on gives the cookie nothing; the report says so."""
    audit("session-cookie-insecure", TALISMAN.format(default="0", mark="      ^^^^^^^^^^^^^^^"))
    audit("session-cookie-insecure", TALISMAN.format(default="1", mark=""))
    for default, state in (("0", "absent"), ("1", "present")):
        found = outcome({"app.py": TALISMAN.format(default=default, mark="")})
        rows = {row.name: row.state for row in found.posture}
        assert (rows["https"], rows["session-cookie"]) == (state, state)
