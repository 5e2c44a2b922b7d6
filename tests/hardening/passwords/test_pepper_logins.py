"""The pepper through `harden(app)`: logins, other devices, rotation, and missing keys."""

from __future__ import annotations

import base64
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from argon2 import PasswordHasher
from flask import Flask, request
from flask_login import LoginManager, UserMixin, current_user, login_required, login_user
from flask_sqlalchemy import SQLAlchemy
from werkzeug.security import check_password_hash, generate_password_hash

from hardening import ConfigurationError, Policy, events, harden
from hardening.facts import status_of
from hardening.passwords import originals, pepper

OLD = originals.werkzeug_generate("secret", "pbkdf2:sha256:1", 4)
HOME = {"base_url": "https://app.example", "environ_base": {"REMOTE_ADDR": "203.0.113.7"}}
SECRETS = {
    name: base64.b64encode(bytes(range(start, start + 32))).decode()
    for start, name in enumerate("abc")
}


class Shop:
    """One start of a shop whose database and session store outlive it."""

    def __init__(
        self, path: Path, *keys: str, length: int = 255, mode: Any = "enforce", **settings: Any
    ) -> None:
        app = self.app = Flask("shop", instance_path=str(path))
        app.secret_key = "dLb9Zq3vT7wXk2JpR8sYfN4mHcG6uEaQ"
        app.testing = True  # the lowest cost
        app.config["SQLALCHEMY_DATABASE_URI"] = f"sqlite:///{path}/shop.db"
        db = self.db = SQLAlchemy(app)

        class User(UserMixin, db.Model):  # type: ignore[name-defined,misc]  # made at run time
            id = sa.Column(sa.Integer, primary_key=True)
            password_hash = sa.Column(sa.String(length))

        self.User = User
        manager = LoginManager(app)
        manager.user_loader(lambda user_id: db.session.get(User, int(user_id)))

        @app.post("/login")
        def login() -> tuple[str, int]:
            user = db.session.get(User, 1)
            assert user is not None
            if not check_password_hash(user.password_hash, request.form["password"]):
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
            if db.session.get(User, 1) is None:
                db.session.add(User(id=1, password_hash=OLD))
                db.session.commit()
        self.events: list[tuple[str, dict[str, Any]]] = []
        events.event.connect(self.listen, app)
        if keys:
            file = path / "pepper"
            file.touch(0o600)
            lines = [name if name == "none" else f"{name}:{SECRETS[name]}" for name in keys]
            file.write_text("\n".join(lines))
            settings["pepper_file"] = str(file)
        # Sessions as in production, over addresses that are not this machine's.
        store = f"sqlite:///{path}/store.db"
        self.hardening = harden(app, policy=Policy(**settings), store=store, mode=mode)

    def listen(self, _sender: Any, name: str, level: str, details: dict[str, Any]) -> None:
        self.events.append((name, details))

    def named(self, event: str) -> list[dict[str, Any]]:
        return [details for name, details in self.events if name == event]

    def device(self, password: str = "secret") -> Any:
        client = self.app.test_client()
        client.answer = client.post("/login", data={"password": password}, **HOME)
        return client

    def moved(self, client: Any) -> Any:
        """Return the browser of `client`, met by this start of the shop."""
        other = self.app.test_client()
        other._cookies = client._cookies
        return other

    def stored(self) -> str:
        with self.app.app_context():
            return str(self.db.session.get(self.User, 1).password_hash)

    def keep(self, value: str) -> None:
        with self.app.app_context():
            self.db.session.get(self.User, 1).password_hash = value
            self.db.session.commit()


def is_inside(client: Any) -> bool:
    return bool(client.get("/me", **HOME).status_code == 200)


def test_a_login_seals_the_hash_and_logs_no_device_out(tmp_path: Path) -> None:
    """An old hash becomes Argon2id under the seal, and the devices from before stay in."""
    before = Shop(tmp_path, password_upgrade=False)
    phone = before.device()
    shop = Shop(tmp_path, "a")
    laptop = shop.device()

    assert shop.stored().startswith("$hardening-pepper$v=1$a$")
    assert [200, True, True] == [
        laptop.answer.status_code,
        is_inside(laptop),
        is_inside(shop.moved(phone)),
    ]


def test_a_rotation_at_login_logs_no_device_out(tmp_path: Path) -> None:
    """The hash is sealed with the new key at a login; every device stays in."""
    phone = Shop(tmp_path, "a").device()
    inside = Shop(tmp_path, "a")
    first = inside.stored()
    shop = Shop(tmp_path, "b", "a")
    laptop = shop.device()

    assert first.startswith("$hardening-pepper$v=1$a$")
    assert shop.stored().startswith("$hardening-pepper$v=1$b$")
    assert is_inside(laptop)
    assert is_inside(shop.moved(phone))


def test_a_rotation_in_bulk_logs_no_device_out(tmp_path: Path) -> None:
    """Sealing again behind the app's back, as for dormant accounts, is no password change."""
    phone = Shop(tmp_path, "a").device()
    shop = Shop(tmp_path, "b", "a")
    with shop.app.app_context():
        renewed = pepper.seal(shop.stored())
    shop.keep(renewed)

    assert renewed.startswith("$hardening-pepper$v=1$b$")
    assert is_inside(shop.moved(phone))


def test_a_changed_password_ends_other_devices_under_the_seal_too(tmp_path: Path) -> None:
    """The stamps see through the seal, and so see that the hash inside is another."""
    shop = Shop(tmp_path, "a")
    phone, laptop = shop.device(), shop.device()
    laptop.post("/change", data={"password": "another"}, **HOME)

    assert pepper.is_sealed(shop.stored())
    assert is_inside(laptop)
    assert not is_inside(phone)
    assert 401 == shop.device("secret").answer.status_code
    assert 200 == shop.device("another").answer.status_code


def test_the_way_out_opens_hashes_at_login(tmp_path: Path) -> None:
    """With `none` in the first place a login leaves the plain Argon2id hash behind."""
    Shop(tmp_path, "a").device()
    shop = Shop(tmp_path, "none", "a")
    laptop = shop.device()
    bare = Shop(tmp_path)

    assert shop.stored().startswith("$argon2id$")
    assert is_inside(bare.moved(laptop))
    assert 200 == bare.device().answer.status_code


@pytest.mark.parametrize("keys", [("b",), ()])
def test_a_missing_key_refuses_the_login_with_an_event(
    tmp_path: Path, keys: tuple[str, ...]
) -> None:
    """No crash and no success; the hash stays, and counts again once the key is back."""
    Shop(tmp_path, "a").device()
    shop = Shop(tmp_path, *keys)
    sealed = shop.stored()

    assert 401 == shop.device().answer.status_code
    assert [{"key": "a", "setting": "pepper_file"}] == shop.named("password_pepper_unknown")
    assert sealed == shop.stored()
    assert 200 == Shop(tmp_path, "a").device().answer.status_code


@pytest.mark.parametrize(
    ("keys", "said"),
    [
        ((), "none"),
        (("a",), "a encrypts, no other decrypts"),
        (("b", "a", "c"), "b encrypts, a, c decrypts"),
        (("none", "a"), "no key encrypts, a decrypts"),
    ],
)
def test_status_names_the_keys(tmp_path: Path, keys: tuple[str, ...], said: str) -> None:
    """`flask hardening status` says which key encrypts; ids only."""
    assert said == status_of(Shop(tmp_path, *keys).hardening)["facts"]["pepper"]


def test_a_missing_file_stops_the_start(tmp_path: Path) -> None:
    """A worker that could let nobody in says so before it serves."""
    with pytest.raises(ConfigurationError, match="pepper_file"):
        harden(Flask("shop"), policy=Policy(pepper_file=str(tmp_path / "none")), store="memory://")


@pytest.mark.parametrize("mode", ["observe", "off"])
def test_sealed_hashes_open_in_every_mode(tmp_path: Path, mode: Any) -> None:
    """Switching the wrapper off locks nobody out, and writes nothing."""
    sealed = Shop(tmp_path, "a")
    sealed.device()
    shop = Shop(tmp_path, "b", "a", mode=mode)
    kept = shop.stored()

    assert 200 == shop.device().answer.status_code
    assert kept == shop.stored()


def test_a_column_that_is_too_short_for_the_seal_keeps_the_old_hash(tmp_path: Path) -> None:
    """97 characters would fit, 191 do not: nothing is written, and one event names the column."""
    shop = Shop(tmp_path, "a", length=128)

    assert 200 == shop.device().answer.status_code
    assert OLD == shop.stored()
    assert ["password_hash"] == [told["column"] for _, told in shop.events if "column" in told]


def test_the_name_of_no_key_or_hash_is_in_an_event(tmp_path: Path) -> None:
    """Events of a login with an upgrade hold neither sealed nor open hashes, nor keys."""
    shop = Shop(tmp_path, "a")
    shop.device()
    said = repr(shop.events)

    assert "password_upgraded" in said
    assert shop.stored() not in said
    assert "$argon2id" not in said
    assert SECRETS["a"] not in said


def test_argon2_cffi_is_asked_about_the_hash_inside(tmp_path: Path) -> None:
    """An app that calls `check_needs_rehash` itself gets an answer, also for an older key."""
    weak, strong = PasswordHasher(1, 8, 1), PasswordHasher(3, 65536, 1)
    inside = weak.hash("secret")
    shop = Shop(tmp_path, "a")
    with shop.app.app_context():
        sealed = pepper.seal(inside)
    for keys in (("a",), ("b", "a")):
        with Shop(tmp_path, *keys).app.app_context():
            assert weak.verify(sealed, "secret")
            assert not weak.check_needs_rehash(sealed)
            assert strong.check_needs_rehash(sealed)
