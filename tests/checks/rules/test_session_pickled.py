"""Where `session-pickled` fires, and where it must not."""

from __future__ import annotations

import pytest

RULE = "session-pickled"
HEAD = """
from flask import Flask, request, session, make_response, redirect
from flask_login import LoginManager, current_user, login_user
app = Flask(__name__)
login_manager = LoginManager(app)
import base64, json, pickle
from flask.sessions import SecureCookieSessionInterface, SessionInterface
from flask_session import Session
from itsdangerous import URLSafeSerializer
"""


@pytest.mark.parametrize(
    "body",
    [
        pytest.param(
            """
            class Redis(SessionInterface):
                def open_session(self, app, request):
                    return pickle.loads(redis.get("x"))  # here
            """,
            id="an interface",
        ),
        pytest.param(
            """
            class Redis(SessionInterface):
                serializer = pickle  # here
            """,
            id="a serializer in the class",
        ),
        pytest.param(
            """
            app.session_interface.serializer = pickle  # here
            """,
            id="an interface's attribute",
        ),
        pytest.param(
            """
            @app.get("/")
            def index():
                return pickle.loads(base64.b64decode(request.cookies["cart"]))  # here
            """,
            id="a cookie",
        ),
        pytest.param(
            """
            @app.get("/")
            def index():
                raw = request.cookies.get("cart")
                return pickle.loads(base64.b64decode(raw))  # here
            """,
            id="a cookie in a variable",
        ),
        pytest.param(
            """
            signer = URLSafeSerializer(KEY, serializer=pickle)  # here
            """,
            id="itsdangerous",
        ),
        pytest.param(
            """
            @app.post("/")
            def index():
                return pickle.loads(request.form["state"].encode())  # here
            """,
            id="a form field",
        ),
        pytest.param(
            """
            Session(app)
            app.config["SESSION_TYPE"] = "filesystem"  # here
            """,
            id="files of Flask-Session",
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
            class Redis(SessionInterface):
                def open_session(self, app, request):
                    return json.loads(redis.get("x"))
            """,
            id="JSON",
        ),
        pytest.param(
            """
            def model():
                with open("model.bin", "rb") as file:
                    return pickle.load(file)
            """,
            id="a model from a file",
        ),
        pytest.param(
            """
            class Cache:
                def get(self, key):
                    return pickle.loads(self.redis.get(key))
            """,
            id="a cache",
        ),
        pytest.param(
            """
            signer = URLSafeSerializer(KEY, serializer=json)
            """,
            id="a JSON serializer",
        ),
        pytest.param(
            """
            Session(app)
            app.config["SESSION_TYPE"] = "redis"
            """,
            id="Redis of Flask-Session",
        ),
        pytest.param(
            """
            def keep(result):
                return pickle.dumps(result)
            """,
            id="writing",
        ),
        pytest.param(
            """
            class Queue:
                serializer = pickle
            """,
            id="a serializer of something else",
        ),
    ],
)
def test_near_miss(marked, body):
    """What looks alike and is safe is not reported."""
    assert marked(RULE, HEAD, body) == []


@pytest.mark.parametrize(
    ("before", "audience"),
    [
        ("", "default"),
        ("text = cipher.decrypt(text)", "strict"),
        ("if not hmac.compare_digest(seal, sign(text)): return None", "strict"),
        ("text = signer.unsign(text)", "strict"),
        ("text = zlib.decompress(text)", "default"),
    ],
)
def test_sealed_before(audit, before, audience):
    """Where a seal is looked at first, only who has the key gets anything unpickled."""
    loads = "        return pickle.loads(text)"
    carets = " " * 15 + "^" * len("pickle.loads(text)")
    line = f"        {before}\n" if before else ""
    (finding,) = audit(
        RULE,
        f"{HEAD}class Files(SessionInterface):\n    def open_session(self, app, request):\n"
        f"        text = read(request)\n{line}{loads}\n{carets}\n",
    )

    assert finding.audience == audience
