"""User objects and ids of other makes than the tutorials': they must work, and end, alike."""

from __future__ import annotations

import secrets
import tempfile
import uuid
from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask, jsonify, request
from flask_login import (
    LoginManager,
    UserMixin,
    current_user,
    login_required,
    login_user,
    logout_user,
)
from site_app import HASH, PHONE, Browser, Site
from werkzeug.security import generate_password_hash

from hardening import Hardening, harden

ADDRESS = "203.0.113.7"
NEW = "seven green lamps above the door"
Make = Callable[..., Site]


def _site(
    load: Callable[[Any], Any],
    find: Callable[[str], Any],
    set_password: Callable[[str], object] = str,
    before: Callable[[Flask], object] = str,
) -> tuple[Flask, Hardening]:
    """Return a wrapped app whose users come from `load` and, at login, from `find`."""
    app = Flask("other_users", instance_path=tempfile.gettempdir())
    app.secret_key = secrets.token_hex(32)
    LoginManager(app).user_loader(load)

    @app.post("/login")
    def login() -> Any:
        user = find(request.form["username"])
        login_user(user, remember="remember" in request.form)
        return "welcome"

    @app.post("/logout")
    def logout() -> str:
        logout_user()
        return "bye"

    @app.get("/who")
    def who() -> Any:
        return jsonify(user="in" if current_user.is_authenticated else None)

    @app.post("/password")
    @login_required
    def password() -> str:
        set_password(request.form["new_password"])
        return "changed"

    before(app)
    return app, harden(app, store="memory://")


@pytest.mark.parametrize(
    "user_id",
    [
        5,
        0,
        uuid.UUID(int=7),
        (3, "tenant"),
        (uuid.UUID(int=7), "tenant"),
        [3, "tenant"],
        b"raw",
        {"tenant": 3},
        'zoë~|;"',
    ],
    ids=repr,
)
def test_ids_of_any_kind(user_id: Any) -> None:
    """Whatever a Flask session can hold may be a user's id."""

    class Somebody(UserMixin):
        password_hash = HASH

        def get_id(self) -> Any:
            return user_id

    user = Somebody()
    app, hardening = _site(lambda found: user if found == user_id else None, lambda _: user)
    owner = Browser(app, PHONE, ADDRESS)
    owner.login(remember="1")
    thief = owner.copy_to(Browser(app, PHONE, ADDRESS))

    assert [owner.who(), thief.who()] == ["in", "in"]
    assert len(hardening.sessions.list(user_id)) == 1

    owner.client.delete_cookie("__Host-session", domain="app.example")

    assert owner.who() == "in"

    owner.post("/logout")

    assert [owner.who(), thief.who()] == [None, None]


def test_uuid_that_comes_back_as_text() -> None:
    """A session that the server keeps may give the id back as text: it is the same user."""
    flask_session = pytest.importorskip("flask_session")
    cachelib = pytest.importorskip("cachelib")
    user_id = uuid.UUID(int=9)

    class Somebody(UserMixin):
        password_hash = HASH

        def get_id(self) -> Any:
            return user_id

    def before(app: Flask) -> None:
        app.config.update(SESSION_TYPE="cachelib", SESSION_CACHELIB=cachelib.SimpleCache())
        flask_session.Session(app)

    user = Somebody()
    app, _ = _site(
        lambda found: user if str(found) == str(user_id) else None, lambda _: user, before=before
    )
    owner = Browser(app, PHONE, ADDRESS)
    owner.login()

    assert [owner.who(), owner.who()] == ["in", "in"]


def test_is_active_as_a_method() -> None:
    """A user class from before Flask-Login 0.3 says ``is_active()``; it is asked all the same."""

    class Somebody(UserMixin):
        id = "ada"
        password_hash = HASH
        enabled = True

        def is_active(self) -> bool:  # type: ignore[override]  # as it was before 0.3
            return self.enabled

    user = Somebody()
    app, _ = _site({"ada": user}.get, lambda _: user)
    owner, remembered = Browser(app, PHONE, ADDRESS), Browser(app, PHONE, ADDRESS)
    owner.login()
    remembered.login(remember="1")
    remembered.client.delete_cookie("__Host-session", domain="app.example")

    assert owner.who() == "in"

    user.enabled = False

    assert [owner.who(), remembered.who()] == [None, None]


def test_password_written_past_the_user_object() -> None:
    """A view that writes the new hash into the database by itself stays logged in, alone."""
    table = {"ada": HASH}

    class Row(UserMixin):
        def __init__(self, name: str) -> None:
            self.id, self.password_hash = name, table[name]

    def set_password(password: str) -> None:
        table["ada"] = generate_password_hash(password, "pbkdf2:sha256:1000")

    app, _ = _site(lambda name: Row(name), lambda name: Row(name), set_password)
    owner, other = Browser(app, PHONE, ADDRESS), Browser(app, PHONE, ADDRESS)
    owner.login()
    other.login(remember="1")

    assert [owner.who(), other.who()] == ["in", "in"]

    owner.post("/password", {"new_password": NEW})

    assert [owner.who(), other.who(), owner.who()] == ["in", None, "in"]


def test_request_loader_alone(make_site: Make) -> None:
    """An app without a user loader answers a remember cookie as it did before, with nobody."""

    def before(app: Flask) -> None:
        manager: Any = app.login_manager  # type: ignore[attr-defined]
        manager._user_callback = None
        manager.request_loader(lambda _: None)

    site = make_site(before=before)
    owner = site.browser()
    owner.login(remember="1")
    owner.client.delete_cookie("__Host-session", domain="app.example")

    assert owner.who() is None


def test_request_loader_beside_a_deleted_user(make_site: Make) -> None:
    """A user whom the request itself names is not judged by the session of a deleted one."""

    def before(app: Flask) -> None:
        manager: Any = app.login_manager  # type: ignore[attr-defined]
        manager.request_loader(lambda asked: users.get(asked.headers.get("X-User")))

    users: dict[str, Any] = {}
    site = make_site(before=before)
    users.update(site.users)
    users["bob"].password_hash = generate_password_hash(NEW, "pbkdf2:sha256:1000")
    browser = site.browser()
    browser.login()
    del site.users["ada"]

    assert browser.get("/who", headers={"X-User": "bob"}).get_json()["user"] == "bob"
