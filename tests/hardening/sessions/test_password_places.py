"""Where users keep the hash of their password: wherever it is, a change of it ends sessions."""

from __future__ import annotations

import hashlib
import secrets
import tempfile
from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask, jsonify, request
from flask_login import LoginManager, UserMixin, current_user, login_required, login_user
from site_app import PHONE, Browser, Site

from hardening import harden
from hardening.sessions.stamps import Stamps

PASSWORD, NEW = "correct horse battery staple", "seven green lamps above the door"
ADDRESS = "203.0.113.7"
Make = Callable[..., Site]


class _Hashed:
    """What a column type hands out that hashes by itself."""

    def __init__(self, stored: str) -> None:
        self.hash = stored.encode()


def _md5(password: str) -> str:
    return hashlib.md5(password.encode()).hexdigest()  # what such apps do


def _crypt(password: str) -> str:
    return f"$pbkdf2-sha256$10$c2FsdA${_md5(password)}"


def _attribute(name: str) -> Callable[[str], dict[str, Any]]:
    return lambda stored: {name: stored}


PLACES: dict[str, tuple[Callable[[str], str], Callable[[str], dict[str, Any]]]] = {
    "secret": (_crypt, _attribute("secret")),
    "credential": (_crypt, _attribute("credential")),
    "hashed_pw": (_md5, _attribute("hashed_pw")),
    "user_password": (_md5, _attribute("user_password")),
    "document": (_md5, lambda stored: {"doc": {"_id": "ada", "password": stored}}),
    "memory": (_md5, lambda stored: {"password": memoryview(stored.encode())}),
    "object": (_md5, lambda stored: {"password": _Hashed(stored)}),
}


@pytest.mark.parametrize("place", PLACES)
def test_change_is_seen(place: str) -> None:
    """A changed password ends the other sessions, whatever its attribute is called and holds."""
    hashed, held = PLACES[place]
    table = {"ada": hashed(PASSWORD)}

    class Row(UserMixin):
        def __init__(self, name: str) -> None:
            self.id = name
            self.api_key = _md5("changes by itself")
            self.__dict__.update(held(table[name]))

    app = Flask("places", instance_path=tempfile.gettempdir())
    app.secret_key = secrets.token_hex(32)
    LoginManager(app).user_loader(Row)

    @app.post("/login")
    def login() -> str:
        if hashed(request.form["password"]) == table["ada"]:
            login_user(Row("ada"))
        return "tried"

    @app.get("/who")
    def who() -> Any:
        return jsonify(user="in" if current_user.is_authenticated else None)

    @app.post("/password")
    @login_required
    def password() -> str:
        table["ada"] = hashed(request.form["new_password"])
        return "changed"

    harden(app, store="memory://")
    owner, other = Browser(app, PHONE, ADDRESS), Browser(app, PHONE, ADDRESS)
    owner.login(password=PASSWORD)
    other.login(password=PASSWORD)

    assert [owner.who(), other.who()] == ["in", "in"]

    owner.post("/password", {"new_password": NEW})

    assert [owner.who(), other.who()] == ["in", None]


@pytest.mark.parametrize(
    "name",
    ["password_reset_token", "api_key", "totp_backup", "avatar_hash", "pin_hash", "old_password"],
)
def test_other_secrets_are_no_password(name: str) -> None:
    """A hash that changes without the password is none of it, so nobody is logged out for it."""
    user = UserMixin()
    user.__dict__.update({"id": "ada", name: _md5(PASSWORD), f"{name}_2": _crypt(PASSWORD)})

    assert Stamps(Flask("none"), None).attribute_of(user) is None


def test_slots_are_read() -> None:
    """A user class with slots has no dictionary, and still a password."""

    class Slotted:
        __slots__ = ("credential",)

        def __init__(self) -> None:
            self.credential = _crypt(PASSWORD)

    assert Stamps(Flask("slots"), None).attribute_of(Slotted()) == "credential"


def test_server_side_sessions_without_a_key(make_site: Make) -> None:
    """An app whose sessions live on the server needs no SECRET_KEY, bare or wrapped."""
    flask_session = pytest.importorskip("flask_session")
    cachelib = pytest.importorskip("cachelib")

    def before(app: Flask) -> None:
        app.secret_key = None
        app.config.update(SESSION_TYPE="cachelib", SESSION_CACHELIB=cachelib.SimpleCache())
        flask_session.Session(app)

    site = make_site(before=before)
    owner = site.browser()
    owner.login()
    thief = owner.copy_to(site.browser())

    assert [owner.who(), thief.who()] == ["ada", "ada"]

    owner.get("/logout")

    assert [owner.who(), thief.who()] == [None, None]
    assert "guard_failed" not in site.names()


def test_policys_limit_before_the_apps(make_site: Make, clock: Callable[[float], None]) -> None:
    """A limit that the policy names holds, also where the app's sessions may last longer."""

    def before(app: Flask) -> None:
        app.config["PERMANENT_SESSION_LIFETIME"] = 7 * 86400

    site = make_site(before=before, session_idle_s=600)
    owner = site.browser()
    owner.login()
    clock(700)

    assert owner.who() is None
