"""Where `jwt-never-expires` fires, and where it must not."""

from __future__ import annotations

import pytest

RULE = "jwt-never-expires"
HEAD = """
from flask import Flask, request, session, make_response, redirect
from flask_login import LoginManager, current_user, login_user
app = Flask(__name__)
login_manager = LoginManager(app)
import jwt
from authlib.jose import jwt as authlib_jwt
from flask_jwt_extended import create_access_token
"""


@pytest.mark.parametrize(
    "body",
    [
        pytest.param(
            """
            def make(user):
                return jwt.encode({"user_id": user.id}, KEY)  # here
            """,
            id="claims in the call",
        ),
        pytest.param(
            """
            def make(user):
                claims = {"sub": user.id}
                claims["role"] = user.role
                return jwt.encode(claims, KEY, algorithm="HS256")  # here
            """,
            id="claims in a variable",
        ),
        pytest.param(
            """
            def make(user):
                return jwt.encode(dict(username=user.name), KEY)  # here
            """,
            id="dict()",
        ),
        pytest.param(
            """
            def make(user):
                return jwt.encode(key=KEY, payload={"email": user.email})  # here
            """,
            id="by name",
        ),
        pytest.param(
            """
            def sign(payload):
                return jwt.encode(payload, KEY)  # here
            def make(user):
                return sign({"id": user.id})
            """,
            id="claims from the caller",
        ),
        pytest.param(
            """
            def make(user):
                return authlib_jwt.encode({"alg": "HS256"}, {"sub": user.id}, KEY)  # here
            """,
            id="Authlib",
        ),
        pytest.param(
            """
            def read(token):
                options = {"verify_exp": False}
                return jwt.decode(token, KEY, ["HS256"], options=options)  # here
            """,
            id="verify_exp off",
        ),
        pytest.param(
            """
            def make(user):
                return create_access_token(user.id, expires_delta=False)  # here
            """,
            id="expires_delta=False",
        ),
        pytest.param(
            """
            app.config["JWT_ACCESS_TOKEN_EXPIRES"] = False  # here
            """,
            id="the setting",
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
            def make(user, end):
                return jwt.encode({"sub": user.id, "exp": end}, KEY)
            """,
            id="exp",
        ),
        pytest.param(
            """
            def make(user, end):
                claims = {"sub": user.id}
                claims["exp"] = end
                return jwt.encode(claims, KEY)
            """,
            id="exp added",
        ),
        pytest.param(
            """
            def make(user, end):
                claims = {"sub": user.id}
                claims.update(exp=end)
                return jwt.encode(claims, KEY)
            """,
            id="exp by update",
        ),
        pytest.param(
            """
            def make(claims):
                return jwt.encode(claims, KEY)
            """,
            id="claims that are not seen",
        ),
        pytest.param(
            """
            def make(user, more):
                return jwt.encode({"sub": user.id, **more}, KEY)
            """,
            id="merged with what is not seen",
        ),
        pytest.param(
            """
            def sign(payload, end):
                payload["exp"] = end
                return jwt.encode(payload, KEY)
            def make(user):
                return sign({"id": user.id}, 5)
            """,
            id="exp in a helper",
        ),
        pytest.param(
            """
            def read(token):
                claims = authlib_jwt.decode(token, KEY)
                claims.validate()
                return claims["sub"]
            """,
            id="validated claims",
        ),
        pytest.param(
            """
            def make(user):
                return user.name.encode("utf-8")
            """,
            id="text",
        ),
    ],
)
def test_near_miss(marked, body):
    """What looks alike and is safe is not reported."""
    assert marked(RULE, HEAD, body) == []
