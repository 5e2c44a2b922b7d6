"""The shop that the evil pages are after: bare as tutorials have it, and the same one wrapped."""

from __future__ import annotations

import secrets
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

from flask import Flask, jsonify, redirect, render_template_string, request
from flask.typing import ResponseReturnValue
from flask_login import (
    LoginManager,
    UserMixin,
    current_user,
    login_required,
    login_user,
    logout_user,
)
from markupsafe import Markup
from simple_websocket import ConnectionClosed, Server
from werkzeug.security import check_password_hash, generate_password_hash

from hardening import Hardening, Policy, events, harden
from hardening.devices import devices
from hardening.passwords import verify_password

OWNER, PASSWORD = "ada", "correct horse battery staple"
MALLORY, MALLORYS = "mallory", "mallory's own long password"
STOLEN = "a password that Mallory chose"  # what forged forms set
CHEAP = "pbkdf2:sha256:1000"  # these tests are not about hashes
PLAIN = "text/plain; charset=utf-8"

LOGIN = """<!doctype html><title>Log in</title><form method="post">
<input name="username"><input name="password" type="password">
<input name="remember" type="checkbox"><button>Log in</button></form>"""
# The button fills the page, so that a click anywhere in a frame meets it.
ACCOUNT = """<!doctype html><title>Account of {{ name }}</title>
<form method="post" action="/delete"><button style="position: fixed; inset: 0; width: 100%">
Delete the account of {{ name }}</button></form>"""
SEARCH = """<!doctype html><title>plain</title>
<script nonce="{{ nonce }}">document.title = "own"</script><p>You looked for {{ words }}.</p>"""


class User(UserMixin):
    """Somebody with a password."""

    def __init__(self, name: str, password: str) -> None:
        self.id = name
        self.password_hash = generate_password_hash(password, CHEAP)


@dataclass
class Shop:
    """An app and what was done in it."""

    app: Flask
    users: dict[str, User]
    deleted: list[str] = field(default_factory=list)
    changed: list[str] = field(default_factory=list)
    hardening: Hardening | None = None
    events: list[str] = field(default_factory=list)

    def restore(self) -> None:
        """Undo what a test did; sessions stay."""
        if self.changed:
            self.users[OWNER].password_hash = generate_password_hash(PASSWORD, CHEAP)
        for kept in (self.changed, self.deleted, self.events):
            kept.clear()

    def opens(self, password: str) -> bool:
        """Return whether `password` is the owner's."""
        return verify_password(password=password, stored=self.users[OWNER].password_hash).ok


def bare_shop(**config: Any) -> Shop:
    """Return the shop as it was before anybody thought of security.

    Args:
        config: settings of Flask's.
    """
    app = Flask("shop")
    app.config.update(SECRET_KEY=secrets.token_hex(32), **config)
    shop = Shop(app, {OWNER: User(OWNER, PASSWORD), MALLORY: User(MALLORY, MALLORYS)})
    manager = LoginManager(app)
    manager.login_view = manager.refresh_view = "login"
    manager.user_loader(shop.users.get)
    _front_door(app, shop.users)
    _account(app, shop)
    return shop


def wrapped_shop(policy: Policy | None = None, **config: Any) -> Shop:
    """Return the shop, wrapped.

    Args:
        policy: None: the defaults.
        config: settings of Flask's.
    """
    shop = bare_shop(**config)
    shop.hardening = harden(shop.app, store="memory://", policy=policy)
    shop.app.register_blueprint(devices)

    def note(_sender: Any, name: str, **_: Any) -> None:
        shop.events.append(name)

    events.event.connect(note, shop.app, weak=False)
    return shop


def _front_door(app: Flask, users: dict[str, User]) -> None:
    @app.route("/login", methods=["GET", "POST"])
    def login() -> ResponseReturnValue:
        if request.method == "POST":
            user = users.get(request.form["username"])
            if user and check_password_hash(user.password_hash, request.form["password"]):
                login_user(user, remember="remember" in request.form)
                return redirect(request.args.get("next") or "/account")
        return LOGIN

    @app.get("/logout")
    def logout() -> ResponseReturnValue:
        logout_user()
        return redirect("/")

    @app.get("/")
    def home() -> str:
        return "<!doctype html><title>Shop</title>Welcome."

    @app.get("/search")
    def search() -> str:
        nonce: Callable[[], str] = app.jinja_env.globals.get("csp_nonce", str)  # type: ignore[assignment]  # Jinja's globals may be anything
        words = Markup(request.args["q"])  # the mistake that makes a script of what was asked
        return render_template_string(SEARCH, words=words, nonce=nonce())


def _account(app: Flask, shop: Shop) -> None:
    @app.get("/who")
    def who() -> ResponseReturnValue:
        return jsonify(user=current_user.id if current_user.is_authenticated else None)

    @app.get("/account")
    @login_required
    def account() -> str:
        return render_template_string(ACCOUNT, name=current_user.id)

    @app.post("/delete")
    @login_required
    def delete() -> str:
        shop.deleted.append(current_user.id)
        return "<!doctype html><title>Deleted</title>"

    @app.post("/password")
    @login_required
    def password() -> str:
        shop.changed.append(current_user.id)
        current_user.password_hash = generate_password_hash(request.form["password"], CHEAP)
        return "<!doctype html><title>Changed</title>"

    @app.route("/live", websocket=True)
    def live() -> ResponseReturnValue:
        socket = Server.accept(request.environ)
        socket.send(f"feed of {current_user.id if current_user.is_authenticated else 'nobody'}")
        with suppress(ConnectionClosed):
            socket.receive()  # the page closes; what Werkzeug sends after this would be no frame
        return ""
