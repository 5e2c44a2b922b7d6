"""Where `token-empty-accepted` fires, and where it must not."""

from __future__ import annotations

import pytest

RULE = "token-empty-accepted"
HEAD = """
from flask import Flask, request, session, make_response, redirect
from flask_login import LoginManager, current_user, login_user
app = Flask(__name__)
login_manager = LoginManager(app)
from flask_httpauth import HTTPTokenAuth
token_auth = HTTPTokenAuth()
"""


@pytest.mark.parametrize(
    "body",
    [
        pytest.param(
            """
            @app.post("/x")
            def x():
                data = request.get_json()
                if data.get("email") is None:
                    return "no", 400
                token = data.get("token")
                return User.query.filter_by(reset_token=token).first()  # here
            """,
            id="another field is asked for",
        ),
        pytest.param(
            """
            @token_auth.verify_token
            def verify_token(token):
                return User.query.filter_by(token=token).first()  # here
            """,
            id="Flask-HTTPAuth's callback",
        ),
        pytest.param(
            """
            @app.get("/x")
            def x():
                token = request.args.get("token")
                return User.query.filter_by(reset_token=token).first()  # here
            """,
            id="the query",
        ),
        pytest.param(
            """
            @app.get("/x")
            def x():
                token = request.args.get("token")
                return User.query.filter(User.reset_token == token).first()  # here
            """,
            id="a comparison of a column",
        ),
        pytest.param(
            """
            @app.post("/x")
            def x():
                return db.users.find_one({"api_key": request.headers.get("X-Key")})  # here
            """,
            id="a document",
        ),
        pytest.param(
            """
            @app.post("/x")
            def x():
                data = request.get_json()
                key = data.get("key")
                return User.query.filter_by(api_key=key).first()  # here
            """,
            id="JSON",
        ),
        pytest.param(
            """
            class User(Model):
                @classmethod
                def by_token(cls, token):
                    return cls.query.filter_by(token=token).first()  # here
            @app.post("/x")
            def x():
                return User.by_token(request.form.get("token"))
            """,
            id="a method of the model",
        ),
        pytest.param(
            """
            @login_manager.request_loader
            def load(req):
                return User.query.filter_by(api_key=req.headers.get("Key")).first()  # here
            """,
            id="a request loader's parameter",
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
            @app.post("/x")
            def x():
                data = request.get_json()
                if not data or data.get("token") is None:
                    return "no", 400
                token = data.get("token")
                return User.query.filter_by(reset_token=token).first()
            """,
            id="asked for before it has a name",
        ),
        pytest.param(
            """
            @app.get("/x")
            def x():
                token = request.args.get("token")
                if not token:
                    return "no", 401
                return User.query.filter_by(token=token).first()
            """,
            id="asked for before",
        ),
        pytest.param(
            """
            @token_auth.verify_token
            def verify_token(token):
                return User.query.filter_by(token=token).first() if token else None
            """,
            id="asked for in the callback",
        ),
        pytest.param(
            """
            @app.get("/x")
            def x():
                token = request.args.get("token")
                if token is None:
                    return "no", 401
                return User.query.filter_by(token=token).first()
            """,
            id="compared with None",
        ),
        pytest.param(
            """
            @app.get("/reset/<token>")
            def x(token):
                return User.query.filter_by(reset_token=token).first()
            """,
            id="a part of the address",
        ),
        pytest.param(
            """
            @app.post("/x")
            def x():
                return User.query.filter_by(token=request.form["token"]).first()
            """,
            id="a key that must be there",
        ),
        pytest.param(
            """
            @app.get("/x")
            def x():
                return User.query.filter_by(token_hash=digest(request.args.get("token"))).first()
            """,
            id="a hash of it",
        ),
        pytest.param(
            """
            class User(Model):
                token = Column(String, nullable=False)
            @app.get("/x")
            def x():
                return User.query.filter_by(token=request.args.get("token")).first()
            """,
            id="a column that always holds something",
        ),
        pytest.param(
            """
            @app.get("/x")
            def x():
                return User.query.filter_by(country_code=request.args.get("c")).first()
            """,
            id="no token",
        ),
    ],
)
def test_near_miss(marked, body):
    """What looks alike and is safe is not reported."""
    assert marked(RULE, HEAD, body) == []


LOADER = """
@login_manager.request_loader
def load(req):
    key = req.headers.get("Authorization", ""){cut}
    {line}
"""
FIND = "return User.query.filter_by(api_key=key).first()"


@pytest.mark.parametrize(
    "cut", ['.replace("Bearer ", "", 1)', ".strip()", '.removeprefix("Token ").strip()', ".lower()"]
)
def test_cut_text(marked, cut):
    """What is left of an empty text is empty, unless somebody asks."""
    assert marked(RULE, HEAD, LOADER.format(cut=cut, line=f"{FIND}  # here"))

    assert not marked(RULE, HEAD, LOADER.format(cut=cut, line=f"if key: {FIND}"))
    none = LOADER.format(cut=cut, line=FIND).replace(', ""', "", 1)
    assert not marked(RULE, HEAD, none)  # None has no such method


@pytest.mark.parametrize(
    ("test", "found"),
    [
        ("'code' in request.args", False),
        ("'code' in request.args and current_user.is_authenticated", False),
        ("'code' in request.args or current_user.is_authenticated", True),
        ("'other' in request.args", True),
        ("'code' in request.form", True),
    ],
)
def test_key_that_is_there(outcome, test, found):
    """What stands under ``if "code" in request.args`` is sent; ``or`` tells nothing."""
    text = (
        f"{HEAD}@app.get('/x')\ndef x():\n    if {test}:\n        code = request.args.get('code')\n"
        "        return User.query.filter_by(invite_token=code).first()\n"
    )
    told = [f.rule for f in outcome({"app.py": text}).findings]
    assert (RULE in told) is found
