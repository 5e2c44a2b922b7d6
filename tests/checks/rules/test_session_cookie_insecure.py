"""Where `session-cookie-insecure` fires, and where it must not."""

from __future__ import annotations

import pytest

RULE = "session-cookie-insecure"
HEAD = "import os\nfrom flask import Flask\napp = Flask(__name__)\n"
BOTH = "app.config.update(SESSION_COOKIE_SECURE=True, SESSION_COOKIE_SAMESITE='Lax')\n"


def test_defaults_are_one_finding(audit):
    """What nothing sets is one finding where the app is made."""
    audit(
        RULE,
        """
        from flask import Flask
        app = Flask(__name__)
              ^^^^^^^^^^^^^^^ Nothing sets SESSION_COOKIE_SECURE or SESSION_COOKIE_SAMESITE
        """,
    )


def test_one_finding_for_each_app(audit):
    """Two apps in one folder are judged apart."""
    made = "from flask import Flask\napp = Flask(__name__)\n"
    audit(RULE, {"a/app.py": made + "      ^^^^^^^^^^^^^^^\n", "b/app.py": made + BOTH})


def test_only_same_site_missing(audit):
    """The message names only what is missing."""
    audit(
        RULE,
        """
        from flask import Flask
        app = Flask(__name__)
              ^^^^^^^^^^^^^^^ Nothing sets SESSION_COOKIE_SAMESITE for
        app.config["SESSION_COOKIE_SECURE"] = True
        """,
    )


def test_bad_values_where_they_are_written(audit):
    """Unsafe values are reported at the value, and nothing is reported as missing."""
    audit(
        RULE,
        """
        from flask import Flask
        app = Flask(__name__)
        app.config["SESSION_COOKIE_SECURE"] = False
                                              ^^^^^ SESSION_COOKIE_SECURE is off
        app.config["SESSION_COOKIE_HTTPONLY"] = False
                                                ^^^^^ SESSION_COOKIE_HTTPONLY is off
        app.config["SESSION_COOKIE_SAMESITE"] = "Loose"
                                                ^^^^^^^ SESSION_COOKIE_SAMESITE is none of
        """,
    )


def test_only_development_sets_it(audit):
    """A setting of the development class does not reach production."""
    audit(
        RULE,
        {
            "app.py": HEAD + "      ^^^^^^^^^^^^^^^\n",
            "config.py": """
            class DevelopmentConfig:
                SESSION_COOKIE_SECURE = True
                SESSION_COOKIE_SAMESITE = "Lax"
            """,
        },
    )


def test_same_site_none(audit):
    """SameSite=None without Secure is for everybody, with Secure only for careful shops."""
    line = "app.config['SESSION_COOKIE_SAMESITE'] = 'None'\n" + " " * 40 + "^^^^^^\n"
    secure = "app.config['SESSION_COOKIE_SECURE'] = True\n"

    found = audit(RULE, HEAD + line + secure)

    assert [f.audience for f in found] == ["strict"]


def test_unknown_source_lowers_confidence(audit):
    """Where a file that was not seen is loaded, the absence is less sure."""
    found = audit(RULE, HEAD + "      ^^^^^^^^^^^^^^^\napp.config.from_envvar('SETTINGS')\n")

    assert [f.confidence for f in found] == ["medium"]


@pytest.mark.parametrize(
    "text",
    [
        HEAD + BOTH,
        HEAD + "app.config['SESSION_COOKIE_SECURE'] = os.environ.get('S')\n"
        "app.config['SESSION_COOKIE_SAMESITE'] = 'Strict'\n",
        HEAD + "from flask_talisman import Talisman\nTalisman(app)\n",
        HEAD + "from flask_talisman import Talisman\nt = Talisman()\nt.init_app(app)\n",
        HEAD + "from hardening import harden\nharden(app)\n",
        HEAD + "from hardening import Hardening\nh = Hardening()\nh.init_app(app)\n",
        "import os\n",
    ],
)
def test_near_misses(audit, text):
    """Settings, Talisman and the wrapper satisfy the rule; without an app there is nothing."""
    audit(RULE, text)


@pytest.mark.parametrize(
    "call",
    [
        "harden(app, mode='observe')",
        "harden(app, mode='off')",
        "harden(app, policy=Policy(guards={'cookies': False}))",
        "harden(app)\napp.config['HARDENING_MODE'] = 'observe'",
    ],
)
def test_wrapper_that_does_not_enforce(audit, call):
    """A wrapper that only looks on, or leaves cookies alone, satisfies nothing."""
    text = HEAD + "      ^^^^^^^^^^^^^^^\nfrom hardening import harden, Policy\n" + call + "\n"

    audit(RULE, text)


def test_talisman_that_leaves_the_cookie_alone(audit):
    """Talisman told not to set Secure satisfies nothing."""
    text = "from flask_talisman import Talisman\nTalisman(app, session_cookie_secure=False)\n"

    audit(RULE, HEAD + "      ^^^^^^^^^^^^^^^\n" + text)


@pytest.mark.parametrize(
    "options",
    [
        "session_cookie_secure=False",
        "session_cookie_samesite='Strict', session_cookie_secure=False",
    ],
)
def test_talisman_sets_samesite_without_secure(audit, options):
    """Talisman sets SameSite also where Secure is left to the configuration."""
    text = f"from flask_talisman import Talisman\nTalisman(app, {options})\n"

    audit(RULE, HEAD + text + "app.config['SESSION_COOKIE_SECURE'] = True\n")


@pytest.mark.parametrize("value", ["None", "''"])
def test_talisman_that_leaves_samesite_out(audit, value):
    """Talisman told to set no SameSite satisfies only the other half."""
    text = f"from flask_talisman import Talisman\nTalisman(app, session_cookie_samesite={value})\n"

    (finding,) = audit(RULE, HEAD + "      ^^^^^^^^^^^^^^^\n" + text)

    assert "SESSION_COOKIE_SAMESITE" in finding.message
    assert "SESSION_COOKIE_SECURE" not in finding.message


def test_configuration_without_an_app(audit):
    """Unsafe values are reported where no app is among the files; nothing is missing then."""
    line = "    SESSION_COOKIE_SECURE = False\n                            ^^^^^\n"
    audit(RULE, {"config.py": "class ProductionConfig:\n" + line})


VIEW = "@app.route('/')\ndef index():\n    return 'ready'\n"


@pytest.mark.parametrize(
    "text",
    [
        VIEW,
        "from sqlalchemy.orm import Session\n" + VIEW + "db.session.add(1)\n",
        "from flask_principal import Principal\nPrincipal(use_sessions=False)\n" + VIEW,
        "from flask_jwt_extended import JWTManager\nJWTManager(app)\n" + VIEW,
        "from flask_restful import Api\n" + VIEW,
        "from flask import session\n" + VIEW + "db.session.add(1)\n",
        "from flask import (\n    flash,\n    request,\n)\n" + VIEW,
        "import requests\nsession = requests.Session()\n" + VIEW,
        "from authlib.jose import JsonWebToken\n" + VIEW,
        "# As authlib/integrations/base_client does it.\n" + VIEW,
        "from authlib.integrations.requests_client import OAuth2Session\n" + VIEW,
        "from authlib.integrations.flask_oauth2 import AuthorizationServer\n" + VIEW,
        "from authlib.oauth2.rfc6750 import BearerTokenValidator\n" + VIEW,
    ],
)
def test_app_without_sessions(audit, text):
    """An app with known views that never uses the session, imported or not, writes no cookie."""
    audit(RULE, "from flask import Flask\napp = Flask(__name__)\n" + text)


@pytest.mark.parametrize(
    "text",
    [
        "from flask import session\n" + VIEW + "def put():\n    session['a'] = 1\n",
        "from flask import session as kept\n" + VIEW + "def put():\n    kept['a'] = 1\n",
        "from flask import (\n    flash,\n    request,\n)\n" + VIEW + "def f():\n    flash('a')\n",
        "import flask\n" + VIEW + "def get():\n    return flask.session\n",
        "from flask_login import LoginManager\n" + VIEW,
        "from flask_wtf import FlaskForm\n" + VIEW,
        "from authlib.integrations.flask_client import OAuth\n" + VIEW,
        "from authlib.flask.client import OAuth\n" + VIEW,
        "from flask_principal import Principal\nPrincipal(app)\n" + VIEW,
        "def get():\n    from flask import g, session\n    return session\n" + VIEW,
    ],
)
def test_app_with_sessions(audit, text):
    """Any use of the session, also by an extension, is enough for the defaults to count."""
    mark = "      ^^^^^^^^^^^^^^^\n"

    audit(RULE, "from flask import Flask\napp = Flask(__name__)\n" + mark + text)


@pytest.mark.parametrize("value", [".example.com", "example.com", ".Example.CO.UK", "shop.de"])
def test_whole_domain(audit, value):
    """A domain that every subdomain belongs to is too wide, and of low severity."""
    line = f"app.config['SESSION_COOKIE_DOMAIN'] = '{value}'"
    carets = " " * line.index(f"'{value}'") + "^" * (len(value) + 2)
    (finding,) = audit(
        RULE, f"{HEAD}{BOTH}{line}\n{carets} SESSION_COOKIE_DOMAIN hands the session cookie\n"
    )

    assert finding.severity == "low"


@pytest.mark.parametrize(
    "value",
    ["'app.example.com'", "'.app.example.com'", "None", "False", "'localhost'", "'10.0.0.1'",
     "'shop.local'", "os.environ['DOMAIN']"],
)  # fmt: skip
def test_narrow_domain(audit, value):
    """One host, none, and what the environment says are fine."""
    audit(RULE, f"{HEAD}{BOTH}app.config['SESSION_COOKIE_DOMAIN'] = {value}\n")


INTERFACE = """\
from flask import Flask, session
from flask.sessions import SessionInterface
class ByHeader(SessionInterface):
    def open_session(self, app, request):
        return load(request.{read}.get("x-session-id"))
    def save_session(self, app, session, response):
        response.{write}
app = Flask(__name__)
{mark}app.session_interface = ByHeader()
@app.get("/")
def home():
    session["seen"] = True
    return ""
"""


@pytest.mark.parametrize(
    ("read", "written", "found"),
    [
        ("headers", 'headers["x-session-id"] = session.id', False),
        ("cookies", 'set_cookie("id", session.id)', True),
        ("headers", 'set_cookie("id", session.id)', True),
    ],
)
def test_session_in_a_header(audit, read, written, found):
    """A session interface that takes its ids from a header of requests writes no cookie."""
    mark = "      ^^^^^^^^^^^^^^^\n" if found else ""
    audit(RULE, INTERFACE.format(read=read, write=written, mark=mark))
