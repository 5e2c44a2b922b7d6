"""The same small app on every stack that is compared.

Users live in memory. ``/private`` needs a login, ``/public`` looks at nobody, ``/login`` takes a
form, and there is one static file. Nothing runs in debug or testing mode, and every request looks
as a browser's does behind a proxy that ends TLS in the server itself.
"""

from __future__ import annotations

import logging
import secrets
from collections.abc import Callable, Iterable
from io import BytesIO
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

from flask import Flask, request, session
from flask_login import LoginManager, UserMixin, login_required, login_user
from werkzeug.http import parse_cookie
from werkzeug.security import check_password_hash, generate_password_hash

Wsgi = Callable[[dict[str, Any], Callable[..., Any]], Iterable[bytes]]

NAME, PASSWORD = "anna", "correct horse battery staple"
# As Chromium sends them.
BROWSER = {
    "HTTP_HOST": "shop.example",
    "HTTP_USER_AGENT": "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko)"
    " Chrome/130.0.0.0 Safari/537.36",
    "HTTP_ACCEPT": "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8",
    "HTTP_ACCEPT_LANGUAGE": "en-GB,en;q=0.9",
    "HTTP_SEC_FETCH_SITE": "same-origin",
    "HTTP_SEC_FETCH_MODE": "navigate",
    "HTTP_SEC_FETCH_DEST": "document",
    "REMOTE_ADDR": "203.0.113.7",
    "SERVER_NAME": "shop.example",
    "SERVER_PORT": "443",
    "SERVER_PROTOCOL": "HTTP/1.1",
    "wsgi.url_scheme": "https",
}

for _quiet in ("hardening.events", "flask-limiter"):
    # Lines are made, as in production, and then go nowhere.
    logging.getLogger(_quiet).addHandler(logging.NullHandler())
    logging.getLogger(_quiet).propagate = False


class User(UserMixin):
    """A user with a password, as tutorials make them."""

    def __init__(self) -> None:
        self.id = "1"
        self.name = NAME
        # A cheap hash: what is measured comes before it, or does without it.
        self.password_hash = generate_password_hash(PASSWORD, "pbkdf2:sha256:1000")


def plain(folder: Path, *, permanent: bool = False) -> Flask:
    """Return the app without any extension."""
    (folder / "static").mkdir(parents=True, exist_ok=True)
    (folder / "static" / "a.css").write_text("a { color: red }")
    app = Flask("shop", static_folder=str(folder / "static"), instance_path=str(folder))
    app.config["SECRET_KEY"] = secrets.token_hex(32)
    app.add_url_rule("/public", "public", lambda: "hello")
    app.config["PERMANENT"] = permanent
    return app


def flask_login(folder: Path, *, permanent: bool = False) -> Flask:
    """Return the app on Flask-Login with strong protection: what the others are compared with."""
    app = plain(folder, permanent=permanent)
    manager = LoginManager(app)
    manager.session_protection = "strong"
    manager.login_view = "login"
    user = User()
    manager.user_loader({"1": user}.get)

    @app.post("/login")
    def login() -> tuple[str, int]:
        if request.form["username"] != NAME:
            return "no", 401
        if not check_password_hash(user.password_hash, request.form["password"]):
            return "no", 401
        session.permanent = app.config["PERMANENT"]
        login_user(user)
        return "yes", 200

    @app.get("/private")
    @login_required
    def private() -> str:
        return "hello"

    return app


def talisman(folder: Path, *, permanent: bool = False) -> Flask:
    """Return it with Flask-Talisman's defaults."""
    from flask_talisman import Talisman

    app = flask_login(folder, permanent=permanent)
    Talisman(app)
    return app


def limiter(
    folder: Path,
    *,
    permanent: bool = False,
    defaults: Iterable[str] = (),
    login: str | None = None,
    storage: str = "memory://",
) -> Flask:
    """Return it with Flask-Talisman and Flask-Limiter, put together by hand.

    Args:
        folder: for the app's files.
        permanent: whether sessions are.
        defaults: limits of every view; high enough never to refuse.
        login: a limit of the login view.
        storage: where it counts.
    """
    from flask_limiter import Limiter
    from flask_limiter.util import get_remote_address

    app = talisman(folder, permanent=permanent)
    limits = Limiter(
        get_remote_address, app=app, default_limits=list(defaults), storage_uri=storage
    )
    if login is not None:
        app.view_functions["login"] = limits.limit(login)(app.view_functions["login"])
    return app


def security_too(folder: Path, *, permanent: bool = False) -> Flask:
    """Return the app on Flask-Security-Too, its user in memory."""
    from flask_security import Security, UserDatastore, auth_required
    from flask_security import UserMixin as SecurityUser
    from flask_security.utils import login_user as security_login

    class Account(SecurityUser):  # type: ignore[misc]  # it ships no types
        fs_uniquifier = secrets.token_hex(16)
        id, email, active, password = 1, "anna@example.org", True, ""
        roles: tuple[str, ...] = ()

    user = Account()

    class Memory(UserDatastore):  # type: ignore[misc]  # as above
        def find_user(self, *_: Any, **__: Any) -> Account:
            return user

        def put(self, model: Any) -> Any:
            return model

        def commit(self) -> None: ...

    app = plain(folder, permanent=permanent)
    app.config.update(
        SECURITY_PASSWORD_SALT=secrets.token_hex(16), SECURITY_EMAIL_VALIDATOR_ARGS={}
    )
    Security(app, Memory(Account, None), register_blueprint=False)

    @app.post("/login")
    def login() -> str:
        session.permanent = app.config["PERMANENT"]
        security_login(user, authn_via=["password"])
        return "yes"

    @app.get("/private")
    @auth_required("session")
    def private() -> str:
        return "hello"

    return app


def hardened(
    folder: Path, *, permanent: bool = False, store: str | None = "memory://", mode: Any = None
) -> Flask:
    """Return the app on Flask-Login, wrapped; every guard is on."""
    from hardening import harden

    app = flask_login(folder, permanent=permanent)
    harden(app, store=store, mode=mode)
    return app


class Visitor:
    """Sends one app requests, in this process and through WSGI only.

    Args:
        app: the app.
        cookies: what it sends with every request.
    """

    def __init__(self, app: Wsgi, cookies: str = "") -> None:
        self._app = app
        self._cookies = cookies

    def get(self, path: str) -> Callable[[], int]:
        """Return a function that asks for `path` once and returns the status."""
        environ = self._environ("GET", path)
        app = self._app

        def ask() -> int:
            return call(app, {**environ, "wsgi.input": BytesIO()})[0]

        return ask

    def post(self, path: str, **form: str) -> Callable[[], int]:
        """Return a function that sends a form to `path` once and returns the status."""
        environ, body = self._form(path, form)
        app = self._app

        def ask() -> int:
            return call(app, {**environ, "wsgi.input": BytesIO(body)})[0]

        return ask

    def log_in(self) -> Visitor:
        """Return the visitor who is logged in."""
        environ, body = self._form("/login", {"username": NAME, "password": PASSWORD})
        status, headers = call(self._app, {**environ, "wsgi.input": BytesIO(body)})
        if status != 200:
            raise SystemExit(f"a stack answered its login with {status}")
        pairs = [value.partition(";")[0] for name, value in headers if name == "Set-Cookie"]
        kept = [pair for pair in pairs if list(parse_cookie(pair).values()) != [""]]
        return Visitor(self._app, "; ".join(kept))

    def _form(self, path: str, form: dict[str, str]) -> tuple[dict[str, Any], bytes]:
        body = urlencode(form).encode()
        environ = self._environ("POST", path)
        environ["CONTENT_TYPE"] = "application/x-www-form-urlencoded"
        environ["CONTENT_LENGTH"] = str(len(body))
        return environ, body

    def _environ(self, method: str, path: str) -> dict[str, Any]:
        environ: dict[str, Any] = {
            **BROWSER,
            "REQUEST_METHOD": method,
            "SCRIPT_NAME": "",
            "PATH_INFO": path,
            "QUERY_STRING": "",
            "wsgi.version": (1, 0),
            "wsgi.errors": None,
            "wsgi.multithread": True,
            "wsgi.multiprocess": False,
            "wsgi.run_once": False,
        }
        if self._cookies:
            environ["HTTP_COOKIE"] = self._cookies
        return environ


def call(app: Wsgi, environ: dict[str, Any]) -> tuple[int, list[tuple[str, str]]]:
    """Return the status and the headers with which `app` answers; its body is read."""
    answer: list[Any] = []

    def start_response(status: str, headers: list[tuple[str, str]], _error: Any = None) -> None:
        answer[:] = [int(status[:3]), headers]

    body = app(environ, start_response)
    try:
        for _ in body:
            pass
    finally:
        close = getattr(body, "close", None)
        if close is not None:
            close()
    return answer[0], answer[1]
