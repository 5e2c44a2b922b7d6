"""Every library whose calls are adopted: old hashes open and are upgraded, Argon2id opens too."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import argon2
import bcrypt
import flask_bcrypt
import passlib.apache
import passlib.context
import passlib.hash
import pytest
import sqlalchemy as sa
from flask import Flask
from flask_login import UserMixin
from flask_sqlalchemy import SQLAlchemy

from hardening.passwords import hash_password
from hardening.passwords.adopt import adoption

CONTEXT = passlib.context.CryptContext(["pbkdf2_sha256", "sha512_crypt"], deprecated="auto")
LAZY = passlib.context.LazyCryptContext(["pbkdf2_sha256"])
CHEAP = passlib.hash.pbkdf2_sha256.using(rounds=1).hash("secret")
WEAK = argon2.PasswordHasher(time_cost=1, memory_cost=64, parallelism=1)


class Subclass(flask_bcrypt.Bcrypt):  # type: ignore[misc]  # Flask-Bcrypt ships no types
    """As an app may derive one."""


def same_by_hashpw(password: str, stored: str) -> bool:
    return bcrypt.hashpw(password.encode(), stored.encode()) == stored.encode()


def by_argon2(password: str, stored: str) -> bool:
    try:
        return bool(WEAK.verify(stored, password))
    except argon2.exceptions.VerifyMismatchError:
        return False


BCRYPT = bcrypt.hashpw(b"secret", bcrypt.gensalt(4)).decode()
# Looked up at each call: a method that is kept before the wrap stays the library's own.
CHECKS: dict[str, tuple[str, Callable[[str, str], bool]]] = {
    "CryptContext.verify": (CHEAP, lambda *given: CONTEXT.verify(*given)),
    "LazyCryptContext.verify": (CHEAP, lambda *given: LAZY.verify(*given)),
    "verify_and_update": (CHEAP, lambda *given: CONTEXT.verify_and_update(*given)[0]),
    "pbkdf2_sha256.verify": (CHEAP, lambda *given: passlib.hash.pbkdf2_sha256.verify(*given)),
    "sha512_crypt.verify": (
        passlib.hash.sha512_crypt.using(rounds=1000).hash("secret"),
        lambda *given: passlib.hash.sha512_crypt.verify(*given),
    ),
    "PrefixWrapper.verify": (
        passlib.hash.django_bcrypt.using(rounds=4).hash("secret"),
        lambda *given: passlib.hash.django_bcrypt.verify(*given),
    ),
    "argon2.verify": (WEAK.hash("secret"), lambda *given: passlib.hash.argon2.verify(*given)),
    "bcrypt.checkpw": (BCRYPT, lambda word, old: bcrypt.checkpw(word.encode(), old.encode())),
    "bcrypt.hashpw": (BCRYPT, same_by_hashpw),
    "Bcrypt subclass": (BCRYPT, lambda word, old: Subclass().check_password_hash(old, word)),
    "PasswordHasher.verify": (WEAK.hash("secret"), by_argon2),
}


def app_with(length: int = 255) -> Flask:
    """Return an app whose one user model has a password column of that length."""
    app = Flask("libraries")
    app.testing = True
    app.config["SQLALCHEMY_DATABASE_URI"] = "sqlite://"
    database = SQLAlchemy(app)

    class User(UserMixin, database.Model):  # type: ignore[name-defined,misc]  # made at run time
        id = sa.Column(sa.Integer, primary_key=True)
        password = sa.Column(sa.String(length))

    app.extensions["test model"] = User
    return app


@pytest.fixture
def request_of(guard: Any) -> Callable[..., Any]:
    """Return a context manager that makes a request of a wrapped app current."""

    @contextmanager
    def request(app: Flask | None = None, **settings: Any) -> Iterator[Any]:
        guarded = guard(app or app_with(), **settings)
        with guarded.app.test_request_context():
            guarded.app.preprocess_request()
            yield guarded

    return request


@pytest.mark.parametrize("name", CHECKS)
def test_old_hash_opens_and_gets_a_successor(request_of: Any, name: str) -> None:
    """The check answers as before, once, and a new hash is ready that the same call opens."""
    stored, check = CHECKS[name]

    with request_of() as guarded:
        assert not check("secreT", stored)
        assert check("secret", stored)
        checks = guarded.states[-1].checks
        assert [(each.stored, each.password, each.ok) for each in checks] == [
            (stored, "secreT", False),
            (stored, "secret", True),
        ]
        upgraded = checks[1].new_hash

    assert checks[0].new_hash is None
    # Argon2 of the lowest cost, as in a test suite, is as good as that of the policy there.
    weak = name in ("argon2.verify", "PasswordHasher.verify")
    assert (upgraded is None) == weak
    assert guarded.events == []


@pytest.mark.parametrize("name", CHECKS)
@pytest.mark.parametrize("mode", ["enforce", "observe"])
def test_argon2id_opens_in_every_mode(request_of: Any, name: str, mode: str) -> None:
    """After the upgrade, and after switching off, the app's own call goes on working."""
    _, check = CHECKS[name]

    with request_of(mode=mode) as guarded:
        stored = hash_password("secret")
        assert check("secret", stored)
        assert not check("secreT", stored)
        assert len(guarded.states[-1].checks) == 2


@pytest.mark.parametrize(
    "make",
    [
        lambda word: CONTEXT.hash(word),
        lambda word: passlib.hash.pbkdf2_sha256.hash(word),
        lambda word: passlib.hash.sha512_crypt.using(rounds=1000).hash(word),
        lambda word: passlib.hash.django_bcrypt.using(rounds=4).hash(word),
        lambda word: Subclass().generate_password_hash(word, 4).decode(),
    ],
)
def test_new_hash_is_argon2id_where_it_fits(request_of: Any, make: Callable[[str], str]) -> None:
    """Registration stores Argon2id, but for a column that is too short."""
    with request_of() as guarded:
        made = make("secret")
        assert guarded.states[-1].produced == [made]
    with request_of(app_with(60)) as guarded:
        own = make("secret")

    assert made.startswith("$argon2id$")
    assert "argon2" not in own
    assert guarded.named("password_column_short")


def test_bare_salt_is_the_apps_business(request_of: Any) -> None:
    """Whoever keeps the salt in a column of its own compares what bcrypt makes of it."""
    salt = bcrypt.gensalt(4)

    with request_of() as guarded:
        assert bcrypt.hashpw(b"secret", salt) == bcrypt.hashpw(b"secret", salt)
        assert bcrypt.hashpw(b"secret", salt).startswith(salt)
        assert guarded.states[-1].checks == []


@pytest.mark.parametrize(
    "arguments", [("secret", BCRYPT.encode()), (b"secret", BCRYPT), (b"", b"x")]
)
def test_bcrypt_raises_as_before(request_of: Any, arguments: Any) -> None:
    """Text instead of bytes is the app's bug, and stays one."""

    def outcome() -> object:
        try:
            return bcrypt.checkpw(*arguments)
        except Exception as error:
            return type(error)

    expected = outcome()
    with request_of():
        assert outcome() == expected


def test_app_that_rehashes_at_login_stores_what_we_would(request_of: Any) -> None:
    """`verify_and_update` gives the hash that was made for the upgrade: one hash, not two."""
    deprecated = passlib.hash.sha512_crypt.using(rounds=1000).hash("secret")

    with request_of() as guarded:
        ok, new = CONTEXT.verify_and_update("secret", deprecated)
        (check,) = guarded.states[-1].checks
        assert (True, new) == (ok, check.new_hash)

    assert new is not None
    assert new.startswith("$argon2id$")


def test_context_does_not_call_ours_outdated(request_of: Any) -> None:
    """Otherwise the app would replace our hash each time, or raise since it knows no Argon2."""
    with request_of():
        stored = hash_password("secret")
        assert not CONTEXT.needs_update(stored)
        assert (True, None) == CONTEXT.verify_and_update("secret", stored)


def test_own_rehash_of_argon2_goes_on(request_of: Any) -> None:
    """`check_needs_rehash` is the app's where its parameters are at least the policy's."""
    strong = argon2.PasswordHasher(time_cost=3, memory_cost=20480, parallelism=2)

    with request_of(argon2_memory_kib=19456, argon2_time=2) as guarded:
        guarded.app.testing = False
        assert strong.check_needs_rehash(hash_password("secret"))
        made = strong.hash("secret")
        assert made.startswith("$argon2id$v=19$m=20480,t=3,p=2$")
        assert not strong.check_needs_rehash(made)
        # A hasher below the policy gets the policy's cost, and does not take it for outdated.
        raised = WEAK.hash("secret")
        assert raised.startswith("$argon2id$v=19$m=19456,t=2,p=1$")
        assert not WEAK.check_needs_rehash(raised)
        assert WEAK.verify(raised, "secret")


def test_wrong_password_raises_as_argon2_does(request_of: Any) -> None:
    """Apps catch `VerifyMismatchError` alone, and `InvalidHashError` for what is no hash."""
    with request_of():
        stored = hash_password("secret")
        with pytest.raises(argon2.exceptions.VerifyMismatchError):
            WEAK.verify(stored, "wrong")
        with pytest.raises(argon2.exceptions.InvalidHashError):
            WEAK.verify("no hash", "wrong")


def test_what_other_programs_read_is_left_alone(request_of: Any) -> None:
    """Apache, directories and bare digests: neither new hashes nor checks are ours."""
    users = passlib.apache.HtpasswdFile()

    with request_of() as guarded:
        users.set_password("ada", "secret")
        assert users.check_password("ada", "secret")
        assert "argon2" not in users.to_string().decode()
        assert passlib.hash.ldap_salted_sha1.hash("secret").startswith("{SSHA}")
        assert passlib.hash.hex_md5.hash("ada@example.com") == (
            passlib.hash.hex_md5.hash("ada@example.com")
        )
        assert passlib.hash.hex_md5.verify("x", passlib.hash.hex_md5.hash("x"))
        assert guarded.states[-1].checks == []
        assert guarded.states[-1].produced == []


def test_nobody_is_the_context_s_to_answer(request_of: Any) -> None:
    """`verify(password, None)` spends the time of a check and says no."""
    with request_of() as guarded:
        assert not CONTEXT.verify("secret", None)
        assert (False, None) == CONTEXT.verify_and_update("secret", None)
        with pytest.raises(passlib.exc.UnknownHashError):
            CONTEXT.verify("secret", "no hash")
        assert len(guarded.states[-1].checks) <= 1


def test_status_lists_what_was_adopted(request_of: Any) -> None:
    """Each replaced function is named with its library."""
    with request_of():
        adopted = set(adoption().adopted)

    assert {
        "argon2.PasswordHasher.verify",
        "bcrypt.checkpw",
        "bcrypt.hashpw",
        "flask_bcrypt.Bcrypt.check_password_hash",
        "passlib.context.CryptContext.hash",
        "passlib.context.CryptContext.verify",
        "passlib.utils.handlers.GenericHandler.verify",
        "werkzeug.security.check_password_hash",
    } <= adopted
