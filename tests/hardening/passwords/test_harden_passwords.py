"""Upgraded hashes through `harden(app)`: sessions of other devices, other apps, the kill switch."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask, request
from flask_bcrypt import Bcrypt
from flask_login import LoginManager, UserMixin, current_user, login_required, login_user
from flask_sqlalchemy import SQLAlchemy
from werkzeug.security import check_password_hash, generate_password_hash

from hardening import events, harden
from hardening.passwords import originals

LINES = {
    "pbkdf2": lambda: originals.werkzeug_generate("secret", "pbkdf2:sha256:1", 4),
    "scrypt": lambda: originals.werkzeug_generate("secret", "scrypt:256:8:1", 4),
    "bcrypt": lambda: Bcrypt().generate_password_hash("secret", 4).decode(),
}
HOME = {"base_url": "https://app.example", "environ_base": {"REMOTE_ADDR": "203.0.113.7"}}
# From another address, a test's loopback exemptions do not hold.


class Shop:
    """A wrapped Flask-SQLAlchemy app with one user whose hash is of an old kind."""

    def __init__(self, path: Path, kind: str, wrap: Callable[[Flask], Any] | None = None) -> None:
        app = self.app = Flask(f"shop_{kind}", instance_path=str(path))
        app.secret_key = "dLb9Zq3vT7wXk2JpR8sYfN4mHcG6uEaQ"
        app.config["SQLALCHEMY_DATABASE_URI"] = f"sqlite:///{path}/shop.db"
        db = self.db = SQLAlchemy(app)
        bcrypt = Bcrypt(app)

        class User(UserMixin, db.Model):  # type: ignore[name-defined,misc]  # made at run time
            id = sa.Column(sa.Integer, primary_key=True)
            password_hash = sa.Column(sa.String(255))

        self.User = User
        manager = LoginManager(app)
        manager.user_loader(lambda user_id: db.session.get(User, int(user_id)))

        @app.post("/login")
        def login() -> tuple[str, int]:
            user = db.session.get(User, 1)
            assert user is not None
            check = bcrypt.check_password_hash if kind == "bcrypt" else check_password_hash
            if not check(user.password_hash, request.form["password"]):
                return "no", 401
            login_user(user)
            return "yes", 200

        @app.get("/me")
        @login_required
        def me() -> str:
            return str(current_user.id)

        @app.post("/change")
        @login_required
        def change() -> str:
            current_user.password_hash = generate_password_hash(request.form["password"])
            db.session.commit()
            return "changed"

        with app.app_context():
            db.create_all()
            db.session.add(User(id=1, password_hash=LINES[kind]()))
            db.session.commit()
        self.events: list[str] = []
        if wrap is not None:
            wrap(app)
            events.event.connect(self.listen, app)

    def listen(self, _sender: Any, name: str, **_: Any) -> None:
        self.events.append(name)

    def device(self, password: str = "secret") -> Any:
        client = self.app.test_client()
        client.post("/login", data={"password": password}, **HOME)
        return client

    def stored(self) -> str:
        with self.app.app_context():
            return str(self.db.session.get(self.User, 1).password_hash)


@pytest.fixture
def make(tmp_path: Path) -> Callable[..., Shop]:
    """Return a function that makes a wrapped shop; its arguments go to `harden`."""

    def shop(kind: str = "pbkdf2", **settings: Any) -> Shop:
        return Shop(tmp_path, kind, lambda app: harden(app, store="memory://", **settings))

    return shop


def inside(client: Any) -> bool:
    """Return whether the browser is logged in."""
    return bool(client.get("/me", **HOME).status_code == 200)


@pytest.mark.parametrize("kind", LINES)
def test_leaked_old_hash_is_gone_after_one_login(make: Callable[..., Shop], kind: str) -> None:
    """One login turns the stored hash into Argon2id; the password goes on working."""
    shop = make(kind)

    assert inside(shop.device())

    assert shop.stored().startswith("$argon2id$v=19$m=19456,t=2,p=1$")
    assert "password_upgraded" in shop.events
    assert inside(shop.device())
    assert not inside(shop.device("secreT"))


def test_upgrade_keeps_the_session_that_caused_it(make: Callable[..., Shop]) -> None:
    """The login that is upgraded stays in with the new hash, as do later ones."""
    shop = make()
    first = shop.device()
    upgraded = shop.stored()

    second = shop.device()

    assert upgraded.startswith("$argon2id$")
    assert shop.stored() == upgraded
    assert inside(first)
    assert inside(second)


def test_upgrade_keeps_other_devices(tmp_path: Path, make: Callable[..., Shop]) -> None:
    """A device let in with the old hash stays in when a later login upgrades it."""
    shop = make()
    before = shop.stored()
    lock = sqlite3.connect(tmp_path / "shop.db", isolation_level=None)
    lock.execute("BEGIN IMMEDIATE")  # the first login cannot write
    first = shop.device()
    lock.close()
    assert shop.stored() == before
    assert inside(first)

    second = shop.device()

    assert shop.stored().startswith("$argon2id$")
    assert inside(first)
    assert inside(second)


def test_real_change_still_ends_other_devices(make: Callable[..., Shop]) -> None:
    """A password change, to Argon2id as well, ends all sessions but the one that made it."""
    shop = make()
    other, own = shop.device(), shop.device()
    assert inside(other)

    assert own.post("/change", data={"password": "different"}, **HOME).text == "changed"

    assert shop.stored().startswith("$argon2id$")
    assert inside(own)
    assert not inside(other)
    assert not inside(shop.device("secret"))
    assert inside(shop.device("different"))


def test_kill_switch_does_not_lock_out(tmp_path: Path, make: Callable[..., Shop]) -> None:
    """With the wrapper off, users whose hashes were upgraded still get in."""
    upgraded = make()
    upgraded.device()
    stored = upgraded.stored()
    assert stored.startswith("$argon2id$")
    (tmp_path / "off").mkdir()
    off = Shop(tmp_path / "off", "pbkdf2", lambda app: harden(app, mode="off"))
    with off.app.app_context():
        off.db.session.get(off.User, 1).password_hash = stored
        off.db.session.commit()

    assert inside(off.device())
    assert not inside(off.device("wrong"))
    assert off.stored() == stored


def test_unwrapped_app_beside_it_is_unchanged(tmp_path: Path, make: Callable[..., Shop]) -> None:
    """Another app in the process keeps its hashes and its own functions."""
    make().device()
    (tmp_path / "bare").mkdir()
    bare = Shop(tmp_path / "bare", "pbkdf2")
    before = bare.stored()

    device = bare.device()

    assert inside(device)
    assert bare.stored() == before
    assert device.post("/change", data={"password": "different"}, **HOME).text == "changed"
    assert bare.stored().startswith("scrypt:")
