"""An identity provider, and a Flask-Login app whose users come from it, in every usual way."""

from __future__ import annotations

import base64
import secrets
import subprocess
import threading
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

from authlib.integrations.flask_client import OAuth
from flask import Flask, jsonify, redirect, request, session, url_for
from flask_login import LoginManager, UserMixin, current_user, login_required, login_user
from markupsafe import Markup
from werkzeug.serving import make_server

NAME = "ada"

_FORM = Markup(
    """<!doctype html><meta name="referrer" content="{referrer}">
<form method="post" action="{action}">{fields}</form>
<script>document.forms[0].submit()</script>"""
)
_FIELD = Markup('<input name="{}" value="{}">')
_OPENER = """<!doctype html><title>app</title><button onclick="child = open(this.value, 'child',
'width=300,height=300')" value="{}">Log in</button>
<script>heard = ""; addEventListener("message", event => heard = event.data)</script>"""
_TELLS = """<!doctype html><title>back</title>
<script>opener.postMessage("{}", location.origin); close()</script>"""


class User(UserMixin):
    """Whoever the provider names."""

    def __init__(self, name: str) -> None:
        self.id = name


def build_provider(referrer: str = "origin") -> Flask:
    """Return a provider that asks nobody anything.

    Args:
        referrer: the policy of its pages; with ``no-referrer`` their forms have no origin.
    """
    app = Flask("provider")

    @app.get("/authorize")
    def authorize() -> Any:
        back = request.args["redirect_uri"]
        fields = {"code": "the code", "state": request.args["state"]}
        if request.args.get("response_mode") != "form_post":
            return redirect(f"{back}?{urlencode(fields)}")
        return _post(back, fields, referrer)

    @app.post("/token")
    def token() -> Any:
        return jsonify(access_token="a", token_type="Bearer")

    @app.get("/people/me")
    def me() -> Any:
        return jsonify(name=NAME)

    @app.get("/saml")
    def saml() -> str:
        packed = base64.b64decode(request.args["SAMLRequest"])
        asked = zlib.decompress(packed, -15).decode().partition('ID="')[2].partition('"')[0]
        fields = {"SAMLResponse": saml_response(asked), "RelayState": "/me"}
        return _post(request.args["RelayState"], fields, referrer)

    return app


def saml_response(asked: str) -> str:
    """Return an answer to the request with the id `asked`, as a form has it."""
    text = (
        '<samlp:Response xmlns:samlp="urn:oasis:names:tc:SAML:2.0:protocol" ID="_1"'
        f' InResponseTo="{asked}"><saml:Subject>{NAME}</saml:Subject></samlp:Response>'
    )
    return base64.b64encode(text.encode()).decode()


def build_client(provider: str) -> Flask:
    """Return an unwrapped app.

    Args:
        provider: the provider's origin.
    """
    app = Flask("client")
    app.secret_key = secrets.token_hex(32)
    manager = LoginManager(app)
    manager.login_view = "start"
    manager.user_loader(User)
    oauth = OAuth(app)
    oauth.register(
        "idp",
        client_id="client",
        client_secret="of this test alone",
        access_token_url=f"{provider}/token",
        authorize_url=f"{provider}/authorize",
    )

    @app.get("/")
    def index() -> str:
        return _OPENER.format(url_for("start", **request.args))

    @app.get("/start")
    def start() -> Any:
        session["popup"] = "popup" in request.args
        mode = {"response_mode": "form_post"} if "post" in request.args else {}
        back = url_for("callback", _external=True)
        return oauth.idp.authorize_redirect(back, **mode)

    @app.route("/callback", methods=["GET", "POST"])
    def callback() -> Any:
        popup = session.get("popup")
        oauth.idp.authorize_access_token()
        name = oauth.idp.get(f"{provider}/people/me").json()["name"]
        login_user(User(name))
        return _TELLS.format(name) if popup else redirect(url_for("me"))

    @app.get("/saml/start")
    def saml_start() -> Any:
        session["AuthNRequestID"] = asked = "_" + secrets.token_hex(16)
        text = f'<samlp:AuthnRequest xmlns:samlp="urn:oasis:SAML" Version="2.0" ID="{asked}"/>'
        squeezed = zlib.compress(text.encode())[2:-4]
        query = {
            "SAMLRequest": base64.b64encode(squeezed).decode(),
            "RelayState": url_for("consume", _external=True),
        }
        return redirect(f"{provider}/saml?{urlencode(query)}")

    @app.post("/saml/acs")
    def consume() -> Any:
        text = base64.b64decode(request.form["SAMLResponse"]).decode()
        asked = session.pop("AuthNRequestID", None)
        if asked is None or f'InResponseTo="{asked}"' not in text:
            return "not asked for", 400
        login_user(User(text.partition("Subject>")[2].partition("<")[0]))
        return redirect(url_for("me"))

    @app.get("/me")
    @login_required
    def me() -> str:
        return f"You are {current_user.id}."

    @app.post("/erase")
    @login_required
    def erase() -> str:
        return "erased"

    return app


def _post(action: str, fields: dict[str, str], referrer: str) -> str:
    inner = Markup("").join(_FIELD.format(name, value) for name, value in fields.items())
    return str(_FORM.format(action=action, fields=inner, referrer=referrer))


@contextmanager
def served(app: Flask, certificate: tuple[str, str] | None = None) -> Iterator[int]:
    """Serve `app` from a thread of this process; yields its port.

    Args:
        app: the app.
        certificate: files of a certificate and its key for TLS; None: plain http.
    """
    server = make_server("127.0.0.1", 0, app, threaded=True, ssl_context=certificate)
    server.log_startup = lambda: None  # type: ignore[method-assign]
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield int(server.port)
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def own_certificate(folder: Path) -> tuple[str, str]:
    """Make a certificate for 127.0.0.1 in `folder`; returns its file and its key's."""
    files = str(folder / "cert.pem"), str(folder / "key.pem")
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2",
         "-subj", "/CN=127.0.0.1", "-addext", "subjectAltName=IP:127.0.0.1",
         "-keyout", files[1], "-out", files[0]],
        check=True,
        capture_output=True,
    )  # fmt: skip
    return files
