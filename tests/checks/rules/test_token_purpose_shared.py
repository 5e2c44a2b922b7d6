"""Where `token-purpose-shared` fires, and where it must not."""

from __future__ import annotations

import pytest

RULE = "token-purpose-shared"
HEAD = """
from flask import Flask, request, session, make_response, redirect
from flask_login import LoginManager, current_user, login_user
app = Flask(__name__)
login_manager = LoginManager(app)
import jwt
from itsdangerous import URLSafeTimedSerializer
s = URLSafeTimedSerializer(app.secret_key)
def serializer():
    return URLSafeTimedSerializer(app.config["SECRET_KEY"])
"""


@pytest.mark.parametrize(
    "body",
    [
        pytest.param(
            """
            def confirmation_token(user):
                return s.dumps(user.email)  # here
            def reset_token(user):
                return s.dumps(user.email)
            """,
            id="no salt",
        ),
        pytest.param(
            """
            def confirmation_token(user):
                return s.dumps(user.email, salt="x")  # here
            def reset_token(user):
                return s.dumps(user.email, salt="x")
            """,
            id="one salt",
        ),
        pytest.param(
            """
            def confirmation_token(user):
                return s.dumps(user.id, salt=app.config["SALT"])  # here
            def reset_token(user):
                return s.dumps(user.id, salt=app.config["SALT"])
            """,
            id="one salt from the settings",
        ),
        pytest.param(
            """
            def confirmation_token(user):
                return s.dumps({"id": user.id})  # here
            def reset_token(user):
                return s.dumps({"id": user.id})
            """,
            id="the same dictionary",
        ),
        pytest.param(
            """
            def confirmation_token(email):
                return serializer().dumps(email)  # here
            def reset_token(email):
                return serializer().dumps(email)
            """,
            id="a serializer from a helper",
        ),
        pytest.param(
            """
            def sign(user_id):
                return s.dumps(user_id)  # here
            def reset_link(user):
                return sign(user.id)
            def invite_link(user):
                return sign(user.id)
            """,
            id="one helper for several links",
        ),
        pytest.param(
            """
            @app.post("/forgot")
            def forgot():
                mail(s.dumps(request.form["email"]))  # here
            @app.post("/register")
            def register():
                mail(s.dumps(request.form["email"]))
            """,
            id="views",
        ),
        pytest.param(
            """
            def confirmation_token(user, end):
                return jwt.encode({"id": user.id, "exp": end}, KEY)  # here
            def reset_token(user, end):
                return jwt.encode({"id": user.id, "exp": end}, KEY)
            """,
            id="claims of a JWT",
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
            def confirmation_token(user):
                return s.dumps(user.email, salt="confirm")
            def reset_token(user):
                return s.dumps(user.email, salt="reset")
            """,
            id="two salts",
        ),
        pytest.param(
            """
            a = URLSafeTimedSerializer(KEY, salt="a")
            b = URLSafeTimedSerializer(KEY, salt="b")
            def confirmation_token(user):
                return a.dumps(user.email)
            def reset_token(user):
                return b.dumps(user.email)
            """,
            id="salts of two serializers",
        ),
        pytest.param(
            """
            def confirmation_token(user):
                return s.dumps({"confirm": user.id})
            def reset_token(user):
                return s.dumps({"reset": user.id})
            """,
            id="keys that differ",
        ),
        pytest.param(
            """
            def confirmation_token(user):
                return s.dumps({"id": user.id, "for": "confirm"})
            def reset_token(user):
                return s.dumps({"id": user.id, "for": "reset"})
            """,
            id="an entry that says what for",
        ),
        pytest.param(
            """
            def reset_token(user):
                return s.dumps(user.id)
            def forgot_password(user):
                return s.dumps(user.id)
            """,
            id="one purpose in two places",
        ),
        pytest.param(
            """
            def sign(email, salt):
                return s.dumps(email, salt=salt)
            def reset_token(user):
                return sign(user.email, "r")
            def confirmation_token(user):
                return sign(user.email, "c")
            """,
            id="a salt that is given",
        ),
        pytest.param(
            """
            def sign(payload):
                return s.dumps(payload)
            def reset_token(user):
                return sign({"reset": user.id})
            def confirmation_token(user):
                return sign({"confirm": user.id})
            """,
            id="contents that callers give",
        ),
    ],
)
def test_near_miss(marked, body):
    """What looks alike and is safe is not reported."""
    assert marked(RULE, HEAD, body) == []
