"""Upgraded hashes in users that are ordinary objects of the app."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask, request
from flask_bcrypt import Bcrypt
from flask_login import LoginManager, UserMixin, login_user
from werkzeug.security import check_password_hash

from hardening.passwords import hasher, originals

OLD = originals.werkzeug_generate("secret", "pbkdf2:sha256:1", 4)


def build(load: Callable[[str], Any], check: Any = None, name: str = "hash") -> Flask:
    """Return an app whose users come from `load` and keep their hash in `name`."""
    app = Flask("plain_objects")
    app.secret_key = "k" * 40
    app.testing = True
    LoginManager(app).user_loader(load)

    @app.post("/login")
    def login() -> str:
        user = load("1")
        # By its global name: a default or a closure is a reference that adoption cannot reach.
        held, password = getattr(user, name), request.form["password"]
        ok = check(held, password) if check else check_password_hash(held, password)
        if ok:
            login_user(user)
        return str(ok)

    return app


def login(app: Flask, password: str = "secret") -> str:
    return app.test_client().post("/login", data={"password": password}).text


class User(UserMixin):
    """An ordinary user."""

    def __init__(self, held: Any = OLD) -> None:
        self.id = "1"
        self.hash = held


class Slotted:
    """A user without a dictionary."""

    __slots__ = ("hash",)
    is_active = is_authenticated = True
    is_anonymous = False

    def __init__(self) -> None:
        self.hash = OLD

    def get_id(self) -> str:
        return "1"


@dataclasses.dataclass(frozen=True)
class Frozen(UserMixin):
    """A user that refuses assignments."""

    id: str = "1"
    hash: str = OLD


class Computed(UserMixin):
    """A user whose hash comes out of something else, without a way to set it."""

    id = "1"

    @property
    def hash(self) -> str:
        return "".join(["", OLD])


class Hashing(UserMixin):
    """A user whose ``password`` hashes what it is given; reading it gives the hash."""

    id = "1"

    def __init__(self) -> None:
        self._password = OLD

    @property
    def password(self) -> str:
        return self._password

    @password.setter
    def password(self, value: str) -> None:
        self._password = originals.werkzeug_generate(value, "pbkdf2:sha256:1", 4)


@pytest.mark.parametrize("kind", [User, Slotted])
def test_object_that_the_app_keeps_is_upgraded(guard: Any, kind: Any) -> None:
    """A user from a dictionary of the app holds the new hash after its first login."""
    users = {"1": kind()}
    app = build(users.get)
    guarded = guard(app)

    assert login(app) == "True"

    assert users["1"].hash.startswith("$argon2id$")
    assert guarded.named("password_upgraded") == [{"kind": "pbkdf2", "to": "argon2id"}]
    assert guarded.stamps == [("prepare", "1"), ("finish", "1", True)]
    assert login(app) == "True"
    assert login(app, "wrong") == "False"


def test_object_made_anew_for_each_request_keeps_its_hash(guard: Any) -> None:
    """Where the new hash would be lost, the object is put back and an event says so."""
    made: list[User] = []

    def load(_: str) -> User:
        made.append(User())
        return made[-1]

    app = build(load)
    guarded = guard(app)

    assert login(app) == "True"

    assert {user.hash for user in made} == {OLD}
    assert guarded.reasons() == ["not_persisted"]
    assert guarded.stamps == [("prepare", "1"), ("finish", "1", False)]


@pytest.mark.parametrize(
    ("kind", "reason"), [(Frozen, "read_only"), (Computed, "attribute_not_found")]
)
def test_object_that_cannot_be_set_is_left_alone(guard: Any, kind: Any, reason: str) -> None:
    """Frozen classes and computed values are an event; the login is not disturbed."""
    users = {"1": kind()}
    app = build(users.get)
    guarded = guard(app)

    assert login(app) == "True"

    assert users["1"].hash == OLD
    assert guarded.reasons() == [reason]


def test_value_behind_a_hashing_property_is_found(guard: Any) -> None:
    """The attribute that really holds the hash is set, never a property that hashes again."""
    users = {"1": Hashing()}
    app = build(users.get, name="password")
    guard(app)

    assert login(app) == "True"

    assert users["1"]._password.startswith("$argon2id$")
    assert login(app) == "True"


def test_named_property_is_refused(guard: Any) -> None:
    """Even a property that the policy names is not set: what it does is unknown."""
    users = {"1": Hashing()}
    app = build(users.get, name="password")
    guarded = guard(app, password_attribute="password")

    assert login(app) == "True"

    assert guarded.reasons() == ["computed_attribute"]
    assert users["1"]._password == OLD


def test_named_attribute_is_set(guard: Any) -> None:
    """Of two attributes with the same value the named one is set."""
    user = User()
    user.copy = OLD  # type: ignore[attr-defined]  # an attribute of the test's own
    app = build({"1": user}.get)
    guard(app, password_attribute="copy")

    login(app)

    assert user.hash == OLD
    assert user.copy.startswith("$argon2id$")  # type: ignore[attr-defined]


@pytest.mark.parametrize("held", ["text", "bytes"])
def test_flask_bcrypt_user_is_upgraded(guard: Any, held: str) -> None:
    """Flask-Bcrypt's hashes move on in the kind, text or bytes, that the app keeps."""
    bcrypt = Bcrypt()
    old = bcrypt.generate_password_hash("secret", 4)
    users = {"1": User(old if held == "bytes" else old.decode())}
    app = build(users.get, bcrypt.check_password_hash)
    guarded = guard(app)

    assert login(app) == "True"

    expected = b"$argon2id$" if held == "bytes" else "$argon2id$"
    assert users["1"].hash.startswith(expected)
    assert guarded.named("password_upgraded") == [{"kind": "bcrypt", "to": "argon2id"}]
    assert login(app) == "True"
    assert login(app, "secreT") == "False"


@pytest.fixture
def hashed(monkeypatch: pytest.MonkeyPatch) -> list[object]:
    """A list that grows with every Argon2id hash that is made."""
    made: list[object] = []
    make_hash = hasher.make_hash

    def counted(password: str | bytes, cost: hasher.Cost) -> str:
        made.append(cost)
        return make_hash(password, cost)

    monkeypatch.setattr(hasher, "make_hash", counted)
    return made


def test_only_a_hash_that_is_written_is_made(guard: Any, hashed: list[object]) -> None:
    """Endpoints that take a password with every request, and users whose hash cannot be
    replaced, cost no more than without us; a login that upgrades costs one hash, once."""

    class Fixed(UserMixin):
        id = "2"
        hash = property(lambda _: OLD)

    user, fixed = User(), Fixed()
    app = build({"1": user, "2": fixed}.get)
    guarded = guard(app)
    app.add_url_rule("/try", view_func=lambda: str(check_password_hash(user.hash, "secret")))

    def come() -> str:
        check_password_hash(fixed.hash, "secret")
        return str(login_user(fixed))

    app.add_url_rule("/fixed", view_func=come)
    for path in ("/try", "/try", "/fixed"):
        assert app.test_client().get(path).text == "True"

    assert hashed == []
    assert guarded.reasons() == ["nobody_logged_in", "attribute_not_found"]
    assert login(app, "wrong") == "False"
    assert hashed == []
    assert login(app) == "True"
    assert len(hashed) == 1
    assert user.hash.startswith("$argon2id$")
    assert login(app) == "True"
    assert len(hashed) == 1


def test_check_without_a_login_changes_nothing(guard: Any) -> None:
    """A verification after which nobody is logged in has no user to upgrade."""
    user = User()
    app = build({"1": user}.get)
    guarded = guard(app)
    app.add_url_rule("/try", view_func=lambda: str(check_password_hash(user.hash, "secret")))

    assert app.test_client().get("/try").text == "True"

    assert user.hash == OLD
    assert guarded.reasons() == ["nobody_logged_in"]


def test_an_api_that_checks_every_request_is_reported_once(guard: Any) -> None:
    """HTTP Basic and token endpoints log nobody in: one event for each of them."""
    user = User()
    app = build({"1": user}.get)
    guarded = guard(app)
    for name in ("token", "basic"):
        app.add_url_rule(
            f"/{name}", name, view_func=lambda: str(check_password_hash(user.hash, "secret"))
        )
    client = app.test_client()
    for path in ("/token", "/token", "/basic", "/token"):
        client.get(path)

    assert [each["endpoint"] for each in guarded.named("password_upgrade_deferred")] == [
        "token",
        "basic",
    ]


def test_hash_of_somebody_else_changes_nothing(guard: Any) -> None:
    """A verified hash that is not the user's own is never put into that user."""
    user = User(originals.werkzeug_generate("own", "pbkdf2:sha256:1", 4))
    app = build({"1": user}.get, lambda _, password: check_password_hash(OLD, password))
    guarded = guard(app)
    before = user.hash

    assert login(app) == "True"

    assert user.hash == before
    assert guarded.reasons() == ["attribute_not_found"]


def test_store_that_is_down_defers(guard: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """If sessions cannot be told, nothing is written: it would log other devices out."""
    from hardening.errors import StoreError

    user = User()
    app = build({"1": user}.get)
    guarded = guard(app)

    def down(*_: Any) -> None:
        raise StoreError("down")

    monkeypatch.setattr(guarded, "prepare", down)

    assert login(app) == "True"
    assert user.hash == OLD
    assert guarded.reasons() == ["store_down"]
