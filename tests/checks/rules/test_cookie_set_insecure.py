"""Where `cookie-set-insecure` fires, and where it must not."""

from __future__ import annotations

import pytest

RULE = "cookie-set-insecure"
HEAD = """
from flask import Flask, request, session, make_response, redirect
from flask_login import LoginManager, current_user, login_user
app = Flask(__name__)
login_manager = LoginManager(app)
from flask_jwt_extended import set_access_cookies
"""


@pytest.mark.parametrize(
    "body",
    [
        pytest.param(
            """
            def go(response, token):
                response.set_cookie("auth_token", token)  # here
            """,
            id="nothing given",
        ),
        pytest.param(
            """
            def go(response, token):
                response.set_cookie("session_id", token, secure=False, httponly=True)  # here
            """,
            id="secure=False",
        ),
        pytest.param(
            """
            def go(response, token):
                response.set_cookie("jwt", token, secure=True)  # here
            """,
            id="no HttpOnly",
        ),
        pytest.param(
            """
            def go(response, user):
                response.set_cookie("user_id", str(user.id), max_age=3600)  # here
            """,
            id="a user",
        ),
        pytest.param(
            """
            def go(response, user):
                response.set_cookie(key="remember", value=user.token)  # here
            """,
            id="by names",
        ),
        pytest.param(
            """
            def go(response, user):
                response.set_cookie("x", user.session_id)  # here
            """,
            id="a value that tells",
        ),
        pytest.param(
            """
            def go(response):
                response.headers["Set-Cookie"] = "sid=" + new() + "; Path=/"  # here
            """,
            id="a header",
        ),
        pytest.param(
            """
            def go(response, token):
                response.set_cookie("token", token, secure=True, httponly=True)  # here
            """,
            id="no SameSite",
        ),
        pytest.param(
            """
            def go(response, token):
                set_access_cookies(response, token)  # here
            """,
            id="cookies of Flask-JWT-Extended",
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
            def go(response, token):
                response.set_cookie("auth_token", token, secure=True, httponly=True, samesite="Lax")
            """,
            id="all of them",
        ),
        pytest.param(
            """
            def go(response, token):
                on = app.config["S"]
                response.set_cookie("auth_token", token, secure=on, httponly=True, samesite="Lax")
            """,
            id="from the settings",
        ),
        pytest.param(
            """
            def go(response, token, options):
                response.set_cookie("auth_token", token, **options)
            """,
            id="options",
        ),
        pytest.param(
            """
            def go(response, lang):
                response.set_cookie("lang", lang)
            """,
            id="a language",
        ),
        pytest.param(
            """
            def go(response):
                response.set_cookie("auth_token", "", expires=0)
            """,
            id="a cookie that is deleted",
        ),
        pytest.param(
            """
            def go(response):
                response.set_cookie("user_notice", "1")
            """,
            id="the same for everybody",
        ),
        pytest.param(
            """
            def go(jar, cookie):
                jar.set_cookie(cookie)
            """,
            id="a jar's method",
        ),
        pytest.param(
            """
            def go(response):
                response.headers["Set-Cookie"] = "sid=" + new() + "; Secure; HttpOnly"
            """,
            id="a header with all of them",
        ),
        pytest.param(
            """
            app.config["JWT_COOKIE_SECURE"] = True
            def go(response, token):
                set_access_cookies(response, token)
            """,
            id="told in the settings",
        ),
    ],
)
def test_near_miss(marked, body):
    """What looks alike and is safe is not reported."""
    assert marked(RULE, HEAD, body) == []


@pytest.mark.parametrize(
    ("value", "reported"),
    [
        ("json.dumps(wanted)", False),
        ("orjson.dumps(wanted).decode()", False),
        ("signer.dumps(wanted)", True),
        ('json.dumps({"token": token})', True),
        ("json.dumps(token)", True),
    ],
)
def test_text_of_json(marked, value, reported):
    """JSON of what was chosen is no secret; what a serializer signs, and tokens in it, are."""
    mark = "  # here" if reported else ""

    marked(RULE, HEAD, f'def go(response):\n    response.set_cookie("chosen", {value}){mark}\n')
