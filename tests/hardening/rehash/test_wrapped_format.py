"""Wrapped hashes: Argon2id over the digest of an older hash."""

from __future__ import annotations

import base64
import hashlib

import bcrypt
import pytest
from argon2.low_level import Type, hash_secret_raw
from hypothesis import given, settings
from hypothesis import strategies as st
from werkzeug.security import generate_password_hash

from hardening.passwords import hasher, legacy, onion, verify_password
from hardening.passwords.formats.errors import CorruptHashError
from hardening.passwords.hasher import LOWEST, Cost
from hardening.rehash.sorting import Rules, due, sort
from hardening.rehash.target import Row

CHEAP = Rules(cost=LOWEST)


def wrap(stored: str, rules: Rules = CHEAP) -> str:
    found = due(Row((1,), stored, None), rules)
    assert found is not None
    new = found.change(rules).new
    assert isinstance(new, str)
    return new


@pytest.mark.parametrize(
    ("stored", "length"),
    [
        (generate_password_hash("pw", "pbkdf2:sha256:600000"), 161),
        (generate_password_hash("pw", "scrypt"), 157),
        (bcrypt.hashpw(b"pw", bcrypt.gensalt(4)).decode(), 153),
    ],
    ids=["pbkdf2", "scrypt", "bcrypt"],
)
def test_usual_formats(stored: str, length: int) -> None:
    """A wrapped hash fits the old password only, fits into 175 characters, and asks to go."""
    wrapped = wrap(stored, Rules())

    assert length == len(wrapped) == sort(Row((1,), stored, None), Rules()).length
    found = verify_password(password="pw", stored=wrapped)
    assert found.ok
    assert found.upgrade is not None
    assert found.upgrade.startswith("$argon2id$")
    assert not verify_password(password="pW", stored=wrapped).ok


def test_documented_computation() -> None:
    """The text says all that verifying takes: digest by the parameters, then Argon2id over it."""
    wrapped = wrap("pbkdf2:sha256:1000$pepperless$" + "0" * 64)
    head, _, outer = wrapped.rpartition("$argon2id$")
    version, costs, salt, tag = outer.split("$")
    memory, passes, lanes = (int(part[2:]) for part in costs.split(","))

    assert head == "$hardening-wrap$v=1$pbkdf2$pbkdf2:sha256:1000$pepperless"
    assert version == "v=19"
    raw = hash_secret_raw(
        bytes(32), base64.b64decode(salt + "=="), passes, memory, lanes, 32, Type.ID
    )
    assert base64.b64encode(raw).decode().rstrip("=") == tag


def test_example_of_the_documentation() -> None:
    """The example in the module's text fits its password."""
    lines = (onion.__doc__ or "").splitlines()
    start = next(n for n, line in enumerate(lines) if "8BPYbsKO" in line)
    stored = lines[start].strip() + lines[start + 1].strip()

    assert len(stored) == 161
    assert verify_password(password="correct horse battery staple", stored=stored).ok


def test_a_salt_may_look_like_the_outer_layer() -> None:
    """Whatever the parameters hold, the outer layer is what stands last."""
    salt = "x$argon2id$v=19$m=8,t=1,p=1$c2FsdHNhbHQ$dGFn"
    outer = hasher.make_hash(b"digest", LOWEST)

    assert onion.layers_of(onion.join("any", salt, outer)) == ("any", salt, outer)


def test_nothing_is_wrapped_twice() -> None:
    """Neither a wrapped hash nor an Argon2 one is wrapped, and a nested one fits nothing."""
    old = generate_password_hash("pw", "pbkdf2:sha256:1")
    wrapped = wrap(old)
    scheme = legacy.recognise(wrapped)

    assert scheme is not None
    assert scheme.split(wrapped) is None
    assert due(Row((1,), wrapped, None), CHEAP) is None
    assert due(Row((1,), hasher.make_hash("pw", LOWEST), None), CHEAP) is None
    nested = onion.join("wrapped", wrapped, hasher.make_hash(b"digest", LOWEST))
    assert not verify_password(password="pw", stored=nested).ok


@pytest.mark.parametrize(
    "cost",
    [Cost(300 * 1024, 1, 1), Cost(8, 21, 1), Cost(1024, 1, 65)],
    ids=["memory", "passes", "lanes"],
)
def test_ceiling_of_the_outer_layer(cost: Cost) -> None:
    """A wrapped hash whose Argon2id layer asks for too much is refused before hashing."""
    tail = f"$argon2id$v=19$m={cost.memory_kib},t={cost.time},p={cost.lanes}$c2FsdHNhbHQ$dGFnCg"

    assert hasher.too_costly(onion.join("pbkdf2", "pbkdf2:sha256:1$salt", tail), LOWEST)


def test_ceiling_of_the_inner_layer() -> None:
    """So is one whose older hash asks for too much."""
    wrapped = onion.join("pbkdf2", "pbkdf2:sha256:5000001$s", hasher.make_hash(b"x", LOWEST))

    assert hasher.too_costly(wrapped, LOWEST)


@pytest.mark.parametrize(
    "stored",
    [
        "$hardening-wrap$",
        "$hardening-wrap$v=1$",
        "$hardening-wrap$v=1$pbkdf2$pbkdf2:sha256:1$salt",
        "$hardening-wrap$v=2$pbkdf2$pbkdf2:sha256:1$s$argon2id$v=19$m=8,t=1,p=1$c2FsdHNhbHQ$dGFn",
        "$hardening-wrap$v=1$unheard$x$argon2id$v=19$m=8,t=1,p=1$c2FsdHNhbHQ$dGFn",
        "$hardening-wrap$v=1$pbkdf2$bcrypt$argon2id$v=19$m=8,t=1,p=1$c2FsdHNhbHQ$dGFn",
    ],
)
def test_corrupt(stored: str) -> None:
    """What only begins like a wrapped hash fits nothing, raises nothing, and is left alone."""
    assert not verify_password(password="pw", stored=stored).ok
    assert sort(Row((1,), stored, None), CHEAP).state == "corrupt"
    with pytest.raises(CorruptHashError):
        onion.layers_of(stored) and legacy.recognise(stored).work(stored)  # type: ignore[union-attr]  # recognised, or it raises here too


@settings(max_examples=60, deadline=None)
@given(st.data())
def test_any_change_refuses(data: st.DataObject) -> None:
    """One character changed anywhere leaves a hash that no longer fits, or is the same hash."""
    wrapped = wrap(f"pbkdf2:sha256:1$salt${hashlib.pbkdf2_hmac('sha256', b'pw', b'salt', 1).hex()}")
    place = data.draw(st.integers(0, len(wrapped) - 1))
    other = data.draw(st.characters(codec="ascii").filter(lambda each: each != wrapped[place]))
    changed = wrapped[:place] + other + wrapped[place + 1 :]

    # The last character of base64 has bits that say nothing; a leading zero changes no number.
    same = place in (len(wrapped) - 1, wrapped.rindex("$") - 1)
    assert same or not verify_password(password="pw", stored=changed).ok


def test_bcrypt_stays_wrapped_where_it_cuts() -> None:
    """From 72 bytes on bcrypt cannot tell passwords apart: such a hash is not made final."""
    long = "x" * 72
    wrapped = wrap(bcrypt.hashpw(long.encode(), bcrypt.gensalt(4)).decode())
    short = wrap(bcrypt.hashpw(b"x" * 71, bcrypt.gensalt(4)).decode())

    assert (True, None) == _verdict(long, wrapped)
    assert (True, None) == _verdict(long + " and a typo", wrapped)
    ok, upgrade = _verdict("x" * 71, short)
    assert ok
    assert upgrade is not None


def test_bcrypt_over_sha256() -> None:
    """What the app feeds bcrypt is remembered, and may be said later where it was not known."""
    digest = hashlib.sha256(b"pw" * 50).hexdigest().encode()
    stored = bcrypt.hashpw(digest, bcrypt.gensalt(4)).decode()
    known = wrap(stored, Rules(cost=LOWEST, long_passwords=True))
    unknown = wrap(stored)

    assert "$bcrypt-sha256$" in known
    for wrapped, said in ((known, False), (known, True), (unknown, True)):
        judgement = hasher.judge(wrapped, "pw" * 50, cost=LOWEST, report=print, long_passwords=said)
        assert judgement is not None
        assert judgement.matched == b"pw" * 50


def test_both_layers_count_as_work() -> None:
    """The timing guard learns of both layers, or a wrapped account would stand out."""
    wrapped = wrap("pbkdf2:sha256:1000$salt$" + "0" * 64)

    works = legacy.works_of(wrapped)

    assert [("pbkdf2", "sha256"), ("argon2id", 8, 1)] == [work.family for work in works]
    assert [1000, 1] == [work.units for work in works]


def _verdict(password: str, stored: str) -> tuple[bool, str | None]:
    found = verify_password(password=password, stored=stored)
    return found.ok, found.upgrade
