"""Where `session-holds-secret` fires, and where it must not."""

from __future__ import annotations

import pytest

RULE = "session-holds-secret"
HEAD = """
from flask import Flask, request, session, make_response, redirect
from flask_login import LoginManager, current_user, login_user
app = Flask(__name__)
login_manager = LoginManager(app)
import random
import secrets
class User(Model):
    password_hash = Column(String(255))
"""


@pytest.mark.parametrize(
    "body",
    [
        pytest.param(
            """
            def login():
                session["password"] = request.form["password"]  # here
            """,
            id="the typed password",
        ),
        pytest.param(
            """
            def login():
                typed = request.form["password"]
                session["pw"] = typed  # here
            """,
            id="the typed password in a variable",
        ),
        pytest.param(
            """
            def login(user):
                session["auth"] = user.password_hash  # here
            """,
            id="the hash",
        ),
        pytest.param(
            """
            def send():
                session["otp"] = str(secrets.randbelow(10))  # here
            """,
            id="a code",
        ),
        pytest.param(
            """
            def send():
                code = make()
                session.update(verification_code=code)  # here
            """,
            id="a code by update",
        ),
        pytest.param(
            """
            def forgot():
                session["reset_token"] = secrets.token_hex()  # here
            """,
            id="a reset token",
        ),
        pytest.param(
            """
            def show():
                session["captcha"] = draw()  # here
            """,
            id="a captcha",
        ),
        pytest.param(
            """
            def callback(token):
                session["access_token"] = token  # here
            """,
            id="the token of another service",
        ),
    ],
)
def test_found(marked, body):
    """Each spelling is found, at its line, once."""
    assert marked(RULE, HEAD, body)


@pytest.mark.parametrize(
    "body",
    [
        pytest.param(
            """
            def login(user):
                session["user_id"] = user.id
            """,
            id="the id",
        ),
        pytest.param(
            """
            def show():
                session["csrf_token"] = secrets.token_hex()
            """,
            id="a token against cross-site requests",
        ),
        pytest.param(
            """
            def login():
                session["otp_verified"] = True
                session["has_password"] = bool(request.form["password"])
            """,
            id="a truth value",
        ),
        pytest.param(
            """
            def go():
                session["oauth_state"] = secrets.token_hex()
            """,
            id="OAuth's state",
        ),
        pytest.param(
            """
            def save(db):
                db.session["otp"] = make()
            """,
            id="a database session",
        ),
        pytest.param(
            """
            def send():
                session["otp_sent_at"] = now()
            """,
            id="a time",
        ),
        pytest.param(
            """
            def step(token):
                session["invite_code"] = request.args["code"]
            """,
            id="what the client sent itself",
        ),
        pytest.param(
            """
            @app.get("/invite/<invite_code>")
            def invite(invite_code):
                session["invite_code"] = invite_code
            """,
            id="a part of the address",
        ),
    ],
)
def test_near_miss(marked, body):
    """What looks alike and is safe is not reported."""
    assert marked(RULE, HEAD, body) == []


@pytest.mark.parametrize(
    ("name", "taken", "audience"),
    [
        ("setup_totp", "session.pop('totp_secret')", "strict"),
        ("enable_2fa", "session.pop('totp_secret', None)", "strict"),
        ("setup_totp", "session['totp_secret']", "default"),
        ("log_in", "session.pop('totp_secret')", "default"),
    ],
)
def test_secret_that_is_being_set_up(audit, name, taken, audience):
    """Who sets a second factor up is shown its secret, and has it in the session for that long."""
    (finding,) = audit(
        RULE,
        "import pyotp\nfrom flask import Flask, session\napp = Flask(__name__)\n"
        f"@app.post('/x')\ndef {name}():\n    secret = pyotp.random_base32()\n"
        "    session['totp_secret'] = secret\n                             ^^^^^^\n"
        f"    keep({taken})\n    return ''\n",
    )

    assert finding.audience == audience
