"""A small Flask-Login app, wrapped, and a browser for it."""

from __future__ import annotations

import secrets
from dataclasses import dataclass, field
from typing import Any

from flask import Flask, jsonify, request, session
from flask_login import (
    LoginManager,
    UserMixin,
    confirm_login,
    current_user,
    fresh_login_required,
    login_required,
    login_user,
    logout_user,
)
from werkzeug.security import check_password_hash, generate_password_hash
from werkzeug.test import TestResponse

from hardening import Hardening

FIREFOX = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"
PHONE = (
    "Mozilla/5.0 (Linux; Android 15; Pixel 9) AppleWebKit/537.36 (KHTML, like Gecko) "
    "Chrome/140.0.0.0 Mobile Safari/537.36"
)
PASSWORD = "correct horse battery staple"


class User(UserMixin):
    """A user whose password is hashed the way the tutorials do."""

    def __init__(self, name: str, password_hash: str) -> None:
        self.id = name
        self.password_hash = password_hash
        self.enabled = True

    @property
    def is_active(self) -> bool:
        return self.enabled


# One cheap hash for all tests: what matters here is not its strength.
HASH = generate_password_hash(PASSWORD, "pbkdf2:sha256:1000")


@dataclass
class Site:
    """A wrapped app and what a test may look at."""

    app: Flask
    users: dict[str, User]
    hardening: Hardening | None = None
    events: list[tuple[str, dict[str, Any]]] = field(default_factory=list)

    def browser(self, agent: str = FIREFOX, address: str = "203.0.113.7") -> Browser:
        return Browser(self.app, agent, address)

    def names(self) -> list[str]:
        """Return the names of the events so far."""
        return [name for name, _ in self.events]


class Browser:
    """A test client with an agent, an address and https."""

    def __init__(self, app: Flask, agent: str, address: str) -> None:
        self.client = app.test_client()
        self.agent = agent
        self.address = address

    def open(self, path: str, method: str = "GET", **options: Any) -> TestResponse:
        headers = {"User-Agent": self.agent} | options.pop("headers", {})
        options.setdefault("base_url", "https://app.example")
        return self.client.open(
            path,
            method=method,
            headers=headers,
            environ_overrides={"REMOTE_ADDR": self.address},
            **options,
        )

    def get(self, path: str, **options: Any) -> TestResponse:
        return self.open(path, **options)

    def post(self, path: str, data: Any = None, **options: Any) -> TestResponse:
        return self.open(path, "POST", data=data, **options)

    def login(self, name: str = "ada", password: str = PASSWORD, **fields: str) -> TestResponse:
        return self.post("/login", {"username": name, "password": password, **fields})

    def who(self) -> str | None:
        """Return who the app thinks this is."""
        return self.get("/who").get_json()["user"]

    def cookies(self) -> dict[str, str]:
        return {cookie.key: cookie.value for cookie in self.client._cookies.values()}

    def copy_to(self, other: Browser) -> Browser:
        """Give `other` a copy of every cookie, as a thief would."""
        for cookie in self.client._cookies.values():
            other.client.set_cookie(
                cookie.key, cookie.value, domain=cookie.domain, path=cookie.path, secure=True
            )
        return other


def build_app() -> tuple[Flask, dict[str, User]]:
    """Return an unwrapped app that knows Ada."""
    app = Flask("site")
    app.secret_key = secrets.token_hex(32)
    users = {"ada": User("ada", HASH), "bob": User("bob", HASH)}
    manager = LoginManager(app)
    manager.login_view = "login"
    manager.user_loader(users.get)

    @app.route("/login", methods=["GET", "POST"])
    def login() -> Any:
        if request.method == "POST":
            user = users.get(request.form["username"])
            if user and check_password_hash(user.password_hash, request.form["password"]):
                login_user(user, remember="remember" in request.form)
                return "welcome"
        return "try again"

    @app.post("/confirm")
    @login_required
    def confirm() -> str:
        confirm_login()
        return "confirmed"

    @app.route("/logout", methods=["GET", "POST"])
    def logout() -> str:
        logout_user()
        return "bye"

    @app.post("/clear")
    def clear() -> str:
        session.clear()
        return "cleared"

    @app.get("/who")
    def who() -> Any:
        name = current_user.id if current_user.is_authenticated else None
        return jsonify(user=name)

    @app.get("/static-page")
    def static_page() -> str:
        return "public"

    @app.get("/private")
    @fresh_login_required
    def private() -> str:
        return "private"

    @app.post("/password")
    @login_required
    def password() -> str:
        current_user.password_hash = generate_password_hash(
            request.form["password"], "pbkdf2:sha256:1000"
        )
        return "changed"

    return app, users
