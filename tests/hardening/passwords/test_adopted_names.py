"""Which names of an unmodified app lead to us, which do not, and what other apps notice."""

from __future__ import annotations

import inspect
import sys
from collections.abc import Callable, Iterator
from functools import partial
from types import ModuleType
from typing import Any

import flask_bcrypt
import pytest
import werkzeug.security
from flask import Flask

from hardening.passwords import columns, hash_password, missed, originals
from hardening.passwords.adopt import _rebind, adoption, refresh
from hardening.passwords.answers import Answers
from hardening.passwords.current import EXTENSION
from hardening.passwords.watched import WATCHED, Watched

OLD = originals.werkzeug_generate("secret", "pbkdf2:sha256:1", 4)


@pytest.fixture
def shop() -> Iterator[ModuleType]:
    """Return a loaded module of an app, named as no other test's."""
    module = ModuleType("shop_of_names")
    sys.modules[module.__name__] = module
    yield module
    del sys.modules[module.__name__]


@pytest.fixture
def rebound(shop: ModuleType) -> Callable[[], Watched]:
    """Return a function that rebinds a check of the test's own, as an adoption would."""
    kept: list[Watched] = []

    def rebind() -> Watched:
        watched = Watched("example.check", shop.original, shop.replacement, verifies=True)
        _rebind([watched])
        WATCHED.append(watched)
        kept.append(watched)
        return watched

    def original(stored: str, password: str) -> bool:
        return False

    def replacement(stored: str, password: str) -> bool:
        return True

    shop.__dict__.update(original=original, replacement=replacement)
    yield rebind  # type: ignore[misc]  # a fixture
    for watched in kept:
        WATCHED.remove(watched)
    missed._found.clear()


def test_name_imported_before_the_wrap_leads_to_us(shop: ModuleType) -> None:
    """`from werkzeug.security import check_password_hash` in a loaded module is followed."""
    ours = werkzeug.security.check_password_hash
    watched = Watched("check", originals.werkzeug_check, ours, verifies=True)
    shop.__dict__["verify"] = originals.werkzeug_check

    _rebind([watched])

    assert shop.__dict__["verify"] is ours


def test_later_import_leads_to_us(guard: Any) -> None:
    """After the wrap `werkzeug.security` itself holds our function, for imports to come."""
    guard(Flask("later"))

    from werkzeug.security import check_password_hash, generate_password_hash

    assert check_password_hash is not originals.werkzeug_check
    assert generate_password_hash is not originals.werkzeug_generate


def test_replacement_looks_like_the_original(guard: Any) -> None:
    """Name, module, documentation and signature stay, for whoever inspects them."""
    guard(Flask("looks"))
    ours = werkzeug.security.check_password_hash

    assert ours.__module__ == "werkzeug.security"
    assert ours.__name__ == "check_password_hash"
    assert ours.__doc__ == originals.werkzeug_check.__doc__
    assert inspect.signature(ours) == inspect.signature(originals.werkzeug_check)


def test_app_that_is_not_wrapped_notices_nothing(guard: Any) -> None:
    """Beside a wrapped app another one gets the original's answers, hashes and exceptions."""
    wrapped, bare = guard(Flask("wrapped")), Flask("bare")
    modern = hash_password("secret")
    security = werkzeug.security

    for context in (bare.app_context(), bare.test_request_context()):
        with context:
            assert security.generate_password_hash("x").startswith("scrypt:32768:8:1$")
            assert security.generate_password_hash("x", "pbkdf2:sha1:1").startswith("pbkdf2:sha1:")
            assert security.check_password_hash(pwhash=OLD, password="secret")
            with pytest.raises(ValueError, match="Invalid hash method"):
                security.check_password_hash(modern, "secret")
    with wrapped.app.app_context():
        assert security.check_password_hash(modern, "secret")


def test_outside_any_app_the_original_answers(guard: Any) -> None:
    """A script without an app context sees Werkzeug as it is."""
    guard(Flask("script"))

    with pytest.raises(ValueError, match="Invalid hash method"):
        werkzeug.security.check_password_hash(hash_password("secret"), "secret")


@pytest.mark.parametrize("stored", ["garbage", "", "plain$text", None, 5, b"\xff"])
@pytest.mark.parametrize("password", ["secret", None, b"secret", 5])
def test_garbage_is_answered_as_before(guard: Any, stored: Any, password: Any) -> None:
    """What is no known hash, or no password, is the original's to answer or to refuse."""
    guarded = guard(Flask("garbage"))

    def outcome(function: Callable[..., bool]) -> object:
        try:
            return function(stored, password)
        except Exception as error:
            return type(error)

    expected = outcome(originals.werkzeug_check)
    with guarded.app.test_request_context():
        assert outcome(werkzeug.security.check_password_hash) == expected


def test_adopting_twice_changes_nothing(guard: Any) -> None:
    """A second app, or a second call, finds everything in place already."""
    guard(Flask("first"))
    check, method = werkzeug.security.check_password_hash, flask_bcrypt.Bcrypt.check_password_hash

    guard(Flask("second"))
    refresh()

    assert werkzeug.security.check_password_hash is check
    assert flask_bcrypt.Bcrypt.check_password_hash is method


def test_flask_bcrypt_methods_and_functions_are_adopted(guard: Any) -> None:
    """Both ways to call Flask-Bcrypt verify an Argon2id hash, in text and in bytes."""
    guarded = guard(Flask("bcrypt"))
    modern = hash_password("secret")

    with guarded.app.app_context():
        for check in (flask_bcrypt.Bcrypt().check_password_hash, flask_bcrypt.check_password_hash):
            assert check(modern, "secret")
            assert check(modern.encode(), b"secret")
            assert check(pw_hash=modern, password="secret")
            assert not check(modern, "secreT")
    assert "flask_bcrypt.Bcrypt.check_password_hash" in adoption().adopted


def test_flask_bcrypt_still_returns_bytes(guard: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """`generate_password_hash(...).decode("utf-8")` is what every tutorial writes."""
    # Models of other tests, not collected yet, would be taken for this app's.
    monkeypatch.setattr(columns, "_all_registries", list)
    guarded = guard(Flask("bytes"))

    with guarded.app.app_context():
        made = flask_bcrypt.generate_password_hash("secret", 4)
        assert made.decode("utf-8").startswith("$2b$04$")
        assert flask_bcrypt.Bcrypt().check_password_hash(made, "secret")
        with pytest.raises(ValueError, match="non-empty"):
            flask_bcrypt.generate_password_hash("")


def test_flask_bcrypt_over_sha256_is_understood(guard: Any) -> None:
    """With BCRYPT_HANDLE_LONG_PASSWORDS long passwords are told apart, before and after."""
    app = Flask("long")
    app.config["BCRYPT_HANDLE_LONG_PASSWORDS"] = True
    bcrypt = flask_bcrypt.Bcrypt(app)
    stored = bcrypt.generate_password_hash("x" * 100, 4)
    guarded = guard(app)

    with guarded.app.test_request_context() as context:
        guarded.app.preprocess_request()
        assert bcrypt.check_password_hash(stored, "x" * 100)
        assert not bcrypt.check_password_hash(stored, "x" * 99)
        new_hash = guarded.states[-1].checks[0].new_hash
        assert new_hash.startswith("$argon2id$")
        assert bcrypt.check_password_hash(new_hash, "x" * 100)
        assert not bcrypt.check_password_hash(new_hash, "x" * 99)
        context.pop()
        context.push()


def test_bound_method_taken_before_the_wrap_is_followed(
    shop: ModuleType, rebound: Callable[[], Watched]
) -> None:
    """`check = bcrypt.check_password_hash` at the top of a module is a name like any other."""

    class Bcrypt:
        check = shop.original

    shop.__dict__["check"] = Bcrypt().check
    del Bcrypt.check

    watched = rebound()

    assert shop.__dict__["check"].__func__ is watched.replacement


def test_references_that_are_no_names_are_listed(
    shop: ModuleType, rebound: Callable[[], Watched]
) -> None:
    """Static methods, class attributes, partials, defaults, closures and registries are named."""
    original = shop.original

    class Static:
        check = staticmethod(original)

    class Attribute:
        check = original

    def with_default(check: Any = original) -> Any:
        return check

    def closing() -> Any:
        return original

    shop.__dict__.update(bound=partial(original, "stored"), registry={"check": [original]})

    rebound()
    places = {place.where for place in missed.find() if place.function == "example.check"}

    here = f"{__name__}.test_references_that_are_no_names_are_listed.<locals>."
    assert {
        f"{here}Static (attribute of the class)",
        f"{here}Attribute (attribute of the class)",
        f"{here}with_default (default argument or closure)",
        f"{here}closing (default argument or closure)",
        "shop_of_names.bound",
        "shop_of_names.registry",
    } <= places
    assert all("replacement" not in place for place in places)


def test_name_alone_is_not_listed(shop: ModuleType, rebound: Callable[[], Watched]) -> None:
    """A module's own name was rebound, so nothing about it is reported."""
    shop.__dict__["check"] = shop.original

    watched = rebound()
    shop.__dict__.pop("original")

    assert shop.__dict__["check"] is watched.replacement
    assert not [place for place in missed.find() if place.function == "example.check"]


def test_unadopted_check_keeps_old_hashes(
    guard: Any, shop: ModuleType, rebound: Callable[[], Watched]
) -> None:
    """While a check that cannot read Argon2id is in use, no hash is replaced: a lock-out."""
    guarded = guard(Flask("kept"))
    original = shop.original

    class Static:
        check = staticmethod(original)

    rebound()
    with guarded.app.test_request_context():
        guarded.app.preprocess_request()
        assert werkzeug.security.check_password_hash(OLD, "secret")

    assert guarded.states[-1].checks[0].new_hash is None
    assert any(
        "Static" in place for place in guarded.named("password_check_not_adopted")[0]["places"]
    )
    assert Static.check is original


def test_every_check_is_noted(guard: Any) -> None:
    """The throttle sees each verification with what it was given and how it ended."""
    guarded = guard(Flask("noted"))

    with guarded.app.test_request_context():
        guarded.app.preprocess_request()
        for password in ("wrong", "secret", "secret"):
            werkzeug.security.check_password_hash(OLD, password)
        werkzeug.security.check_password_hash("garbage", "secret")
    checks = guarded.states[-1].checks

    assert [(check.password, check.ok) for check in checks] == [
        ("wrong", False),
        ("secret", True),
        ("secret", True),
        ("secret", False),
    ]
    assert checks[0].new_hash is None
    assert checks[1].new_hash is not None
    assert checks[1].new_hash == checks[2].new_hash  # hashed once
    assert checks[3].stored == "garbage"


@pytest.mark.parametrize("switched", [{"mode": "observe"}, {"guards": {"passwords": False}}])
def test_switched_off_only_watches(guard: Any, switched: dict[str, Any]) -> None:
    """Without enforcement old hashes stay, new ones are Werkzeug's, but Argon2id still opens."""
    guarded = guard(Flask("watching"), **switched)

    with guarded.app.test_request_context():
        guarded.app.preprocess_request()
        security = werkzeug.security
        assert security.check_password_hash(OLD, "secret")
        assert security.check_password_hash(hash_password("secret"), "secret")
        assert security.generate_password_hash("secret").startswith("scrypt:")

    assert [check.new_hash for check in guarded.states[-1].checks] == [None, None]
    due = [{"kind": "pbkdf2", "mode": "observe"}] if "mode" in switched else []
    assert guarded.named("password_upgrade_due") == due


def test_lowest_cost_in_a_test_suite_only_unless_asked_for(guard: Any) -> None:
    """`app.testing` hashes cheaply; parameters of the app's own hold there too."""
    plain, asked, live = Flask("plain"), Flask("asked"), Flask("live")
    plain.testing = asked.testing = True
    guard(plain)
    guard(asked, argon2_memory_kib=12288, argon2_time=3)
    guard(live)

    def cost(app: Flask) -> str:
        with app.app_context():
            return hash_password("secret").split("$")[3]

    assert cost(plain) == "m=8,t=1,p=1"
    assert cost(asked) == "m=12288,t=3,p=1"
    assert cost(live) == "m=19456,t=2,p=1"


def test_internal_failure_falls_back_to_the_app(
    guard: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """If our side breaks, the app's own function answers and an event says so."""
    guarded = guard(Flask("broken"))

    def explode(*_: Any, **__: Any) -> Any:
        raise RuntimeError("secret")

    monkeypatch.setattr(Answers, "_judge", explode)
    with guarded.app.test_request_context():
        assert werkzeug.security.check_password_hash(OLD, "secret")
        assert not werkzeug.security.check_password_hash(OLD, "wrong")

    assert guarded.named("guard_failed")[0] == {"guard": "passwords", "error": "RuntimeError"}
    assert EXTENSION in guarded.app.extensions
