"""Hashes that the original tools made, each with its command in tests/data/hash_vectors.json."""

from __future__ import annotations

import builtins
import json
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from hardening.passwords import check_password_hash, verify_password
from hardening.passwords.dummy import spend
from hardening.passwords.formats.base import Ceilings
from hardening.passwords.hasher import LOWEST, STANDARD, Judgement, Verdict, judge, outdated
from hardening.passwords.legacy import (
    DECLARED,
    FORMATS,
    CorruptHashError,
    Format,
    named,
    recognise,
)
from hardening.passwords.submitted import _is_hash

DATA = Path(__file__).parents[2] / "data" / "hash_vectors.json"
# Formats whose text says nothing of how many rounds, or so few that nobody can ask for too many.
CHEAP = {"crypt-md5", "crypt-des", "digest"}


@dataclass(frozen=True)
class Vector:
    """One line of the file."""

    format: str
    tool: str
    command: str
    password: str
    stored: str
    declared: str | None = None
    salt: str | None = None

    def options(self) -> dict[str, Any]:
        """Return what has to be known beside the stored text."""
        return {
            "declared": () if self.declared is None else (self.declared,),
            "salt": self.salt,
            "long_passwords": self.format == "bcrypt-sha256",
        }

    def scheme(self) -> Format:
        """Return the format that is found for it."""
        found = recognise(self.stored, **self.options())
        assert found is not None
        return found

    def judge(self, password: str, told: Told | None = None) -> Judgement | None:
        """Return what is known after trying `password`."""
        return judge(self.stored, password, cost=LOWEST, report=told or Told(), **self.options())


class Told:
    """Collects events."""

    def __init__(self) -> None:
        self.events: list[tuple[str, dict[str, Any]]] = []

    def __call__(self, event: str, level: str, **details: Any) -> None:
        self.events.append((event, details))

    def names(self) -> list[str]:
        """Return the events' names."""
        return [event for event, _ in self.events]


VECTORS = [Vector(**line) for line in json.loads(DATA.read_text())]
vectors = pytest.mark.parametrize(
    "vector", VECTORS, ids=[f"{number}-{each.format}" for number, each in enumerate(VECTORS)]
)
one_of_each = pytest.mark.parametrize(
    "vector",
    list({each.format: each for each in reversed(VECTORS)}.values()),
    ids=lambda v: v.format,
)


def judged_wrong(vector: Vector) -> Sequence[str]:
    """Return passwords that differ from the right one in a way that a scheme may miss."""
    right = vector.password
    return ["", "x", right + " ", right[:-1], right.swapcase() + "é", vector.stored]


@vectors
def test_a_hash_of_the_original_tool_is_verified(vector: Vector) -> None:
    """The right password fits, under the format's own name, and others do not."""
    scheme, told = vector.scheme(), Told()
    right = vector.judge(vector.password, told)

    assert scheme.name == vector.format
    assert right is not None
    assert right.matched == vector.password.encode()
    old = outdated(vector.stored, LOWEST)
    assert right.replaceable is (old and scheme.covers(vector.password.encode()))
    assert told.events == []
    for wrong in judged_wrong(vector):
        if wrong != vector.password:
            found = vector.judge(wrong)
            assert found is None or found.matched is None


def test_every_format_has_a_vector() -> None:
    """No format is believed to work without a hash of the original tool."""
    assert {each.name for each in (*FORMATS, *DECLARED)} <= (
        {vector.format for vector in VECTORS} | {"wrapped"}
    )


def test_every_vector_says_how_it_was_made() -> None:
    """Tool and command stand beside each hash, so that anybody can make it again."""
    assert all(vector.tool and vector.command for vector in VECTORS)


@vectors
def test_a_vector_that_needs_no_declaration_works_in_one_call(vector: Vector) -> None:
    """`verify_password` alone verifies it and offers an Argon2id hash of the same password."""
    if vector.declared or vector.format == "bcrypt-sha256":
        pytest.skip("needs the app's word")
    verdict = verify_password(password=vector.password, stored=vector.stored)

    assert verdict.ok
    if vector.scheme().covers(vector.password.encode()):
        assert verdict.upgrade is not None
        assert verify_password(password=vector.password, stored=verdict.upgrade).ok


@vectors
def test_a_drop_in_reads_them_too(vector: Vector) -> None:
    """Werkzeug's signature, every format; and no leaked hash is a password."""
    if vector.declared or vector.format == "bcrypt-sha256":
        pytest.skip("needs the app's word")

    assert check_password_hash(vector.stored, vector.password) is True
    assert check_password_hash(vector.stored, vector.stored) is False


@one_of_each
def test_a_leaked_hash_is_noticed_where_it_is_typed(vector: Vector) -> None:
    """Every complete hash that its text gives away is refused at a login before the app looks."""
    known = not vector.declared and vector.format not in ("plain", "django-crypt-des")

    assert _is_hash(vector.stored) is (known and vector.format != "ldap-crypt-des")
    assert not _is_hash(vector.password)


@vectors
def test_parameters_and_password_give_the_digest_back(vector: Vector) -> None:
    """What a wrapped hash needs: no part of the digest in the parameters, and nothing else."""
    parts = vector.scheme().split(vector.stored)
    if "argon2" in vector.format:
        assert parts is None
        return
    assert parts is not None
    parameters, digest = parts
    scheme = named(vector.format)  # knows no declaration and no user's salt

    assert scheme is not None
    assert digest in scheme.digests(parameters, vector.password.encode())
    assert digest not in scheme.digests(parameters, b"wrong")
    assert scheme.cost(parameters) == vector.scheme().work(vector.stored)
    for told in (digest.hex(), digest.decode("latin-1")):
        assert told not in parameters


@one_of_each
def test_the_work_of_every_format_can_be_spent(vector: Vector) -> None:
    """A failing login of nobody can do what this hash costs."""
    work = vector.scheme().work(vector.stored)

    spend(work, b"anything")
    assert work.units >= 1


BOMBS = {
    "pbkdf2": "pbkdf2:sha256:5000001$salt$" + "0" * 64,
    "django-pbkdf2": "pbkdf2_sha256$5000001$salt$" + "A" * 43 + "=",
    "passlib-pbkdf2": "$pbkdf2-sha256$5000001$c2FsdA$" + "A" * 43,
    "scrypt": "scrypt:1048576:8:1$salt$" + "0" * 128,
    "django-scrypt": "scrypt$1048576$salt$8$1$" + "A" * 86 + "==",
    "passlib-scrypt": "$scrypt$ln=99,r=8,p=1$c2FsdA$" + "A" * 43,
    "bcrypt": "$2b$17$" + "a" * 53,
    "django-bcrypt": "bcrypt$$2b$31$" + "a" * 53,
    "django-bcrypt-sha256": "bcrypt_sha256$$2b$99$" + "a" * 53,
    "passlib-bcrypt-sha256": "$bcrypt-sha256$v=2,t=2b,r=17$" + "a" * 22 + "$" + "a" * 31,
    "ldap-bcrypt": "{CRYPT}$2b$17$" + "a" * 53,
    "crypt-sha256": "$5$rounds=1048577$salt$" + "a" * 43,
    "crypt-sha512": "$6$rounds=999999999$salt$" + "a" * 86,
    "ldap-crypt-sha256": "{CRYPT}$5$rounds=999999999$salt$" + "a" * 43,
    "ldap-crypt-sha512": "{CRYPT}$6$rounds=999999999$salt$" + "a" * 86,
    "phpass": "$P$Jabcdefgh" + "a" * 22,
    "argon2": "$argon2id$v=19$m=262145,t=1,p=1$c2FsdHNhbHQ$" + "A" * 43,
    "django-argon2": "argon2$argon2id$v=19$m=64,t=21,p=1$c2FsdHNhbHQ$" + "A" * 43,
}


def test_every_format_with_a_cost_has_a_bomb() -> None:
    """What follows tries every format whose text can ask for work."""
    free = {
        "bcrypt-sha256",  # as bcrypt
        "salted-digest",
        "plain",
        "ldap-digest",
        "crypt-md5",
        "ldap-crypt-md5",
        "crypt-des",
        "ldap-crypt-des",
        "django-crypt-des",
        "hex-digest",
        "plaintext",
        "wrapped",  # tried where it is made
    }
    assert {each.name for each in (*FORMATS, *DECLARED)} - free == set(BOMBS)


@pytest.mark.parametrize("name", BOMBS)
def test_a_bomb_is_refused_before_anything_is_computed(
    name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Above the ceiling no library is asked, whatever wrote the hash."""

    def explode(*_: Any, **__: Any) -> Any:
        raise AssertionError("a hash was computed")

    for target in ("hashlib.pbkdf2_hmac", "hashlib.scrypt", "bcrypt.hashpw"):
        monkeypatch.setattr(target, explode)
    monkeypatch.setattr("argon2.PasswordHasher.verify", explode)
    monkeypatch.setattr("hardening.passwords.formats.crypt.sha_crypt", explode)
    monkeypatch.setattr("hardening.passwords.formats.phpass.phpass", explode)
    told = Told()

    judgement = judge(BOMBS[name], "password", cost=STANDARD, report=told)

    assert judgement == Judgement(name)
    assert told.events == [("password_hash_refused", {"kind": name})]


def test_the_ceiling_itself_is_allowed() -> None:
    """One round less than a bomb is not refused."""
    for stored in (
        "pbkdf2:sha256:5000000$salt$" + "0" * 64,
        "$2b$16$" + "a" * 53,
        "$5$rounds=1048576$salt$" + "a" * 43,
        "$P$Iabcdefgh" + "a" * 22,
    ):
        scheme = recognise(stored)
        assert scheme is not None
        assert not scheme.too_costly(stored, Ceilings())


CORRUPT = {
    "pbkdf2": "pbkdf2:sha256:1000$salt$" + "0" * 62,
    "django-pbkdf2": "pbkdf2_sha256$1000$salt$" + "A" * 42,
    "passlib-pbkdf2": "$pbkdf2-sha256$1000$c2FsdA$" + "A" * 20,
    "django-scrypt": "scrypt$16384$salt$8$1$AAAA",
    "passlib-scrypt": "$scrypt$ln=8,r=8,p=1$c2FsdA$!!",
    "django-bcrypt": "bcrypt$$2b$04$short",
    "passlib-bcrypt-sha256": "$bcrypt-sha256$v=3,t=2b,r=4$" + "a" * 22 + "$" + "a" * 31,
    "salted-digest": "sha1$salt$" + "0" * 39,
    "ldap-digest": "{SSHA}AAAA",
    "crypt-md5": "$1$salt$short",
    "crypt-sha256": "$5$rounds=10$salt$" + "a" * 43,
    "crypt-sha512": "$6$salt$" + "a" * 85,
    "ldap-crypt-sha512": "{CRYPT}$6$salt$" + "a" * 85,
    "django-crypt-des": "crypt$$short",
    "phpass": "$P$Babcdefgh" + "a" * 21,
    "plain": "plain$$" + "$2b$04$" + "a" * 53,
}


@pytest.mark.parametrize("name", CORRUPT)
def test_a_corrupt_hash_is_an_event_and_fits_nothing(name: str) -> None:
    """A text that was cut off or mangled is named by its format."""
    told = Told()

    judgement = judge(CORRUPT[name], "password", cost=LOWEST, report=told)

    assert judgement == Judgement(name)
    assert told.events == [("password_hash_corrupt", {"kind": name})]


def test_a_digest_that_was_cut_off_fits_no_password() -> None:
    """Not even the right one: what is missing could be anything."""
    for vector in VECTORS:
        if vector.format == "plaintext" or vector.declared:
            continue
        whole = vector.stored.rstrip("=")  # padding says nothing
        for cut in (whole[:-1], vector.stored[: len(vector.stored) // 2]):
            found = judge(cut, vector.password, cost=LOWEST, report=Told())
            if vector.format == "plain":  # nothing tells that a password was longer
                assert cut.endswith(vector.password) is False
            assert found is None or found.matched is None


quick = [vector for vector in VECTORS if vector.scheme().work(vector.stored).units <= 5000]


@settings(max_examples=400, deadline=None)
@given(
    st.sampled_from(quick),
    st.integers(0, 300),
    st.integers(0, 3),
    st.text("$:,={}+/.0129abAZ\0é\u0661\ud800", max_size=4),
)
def test_a_mangled_hash_neither_raises_nor_fits(
    vector: Vector, at: int, width: int, put: str
) -> None:
    """Whatever happened to a stored text: the answer is no, and no exception."""
    at = at % (len(vector.stored) + 1)
    mangled = vector.stored[:at] + put + vector.stored[at + width :]
    scheme = recognise(mangled, **vector.options())
    if scheme is not None:
        with suppress(CorruptHashError):
            assume(scheme.work(mangled).units <= 5000 or scheme.too_costly(mangled, Ceilings()))
    wrong = judge(mangled, "another password", cost=LOWEST, report=Told(), **vector.options())

    assert wrong is None or wrong.matched is None
    right = judge(mangled, vector.password, cost=LOWEST, report=Told(), **vector.options())
    if right is not None and right.matched is not None:
        # Then the text still says the same: another spelling of one digest, salt or number.
        assert scheme is not None
        assert _same_meaning(scheme, mangled, vector)


def _same_meaning(scheme: Format, mangled: str, vector: Vector) -> bool:
    """Return whether the digest in `mangled` is one that the password really gives."""
    parts = scheme.split(mangled)
    if parts is None:  # argon2-cffi's business
        return True
    return parts[1] in scheme.digests(parts[0], vector.password.encode())


@settings(max_examples=300, deadline=None)
@given(
    st.sampled_from(
        ["", "$1$", "$5$", "$6$", "$2b$", "$P$", "$scrypt$", "$pbkdf2-sha256$", "{SSHA}", "{crypt}",
         "md5$", "sha1$", "plain$", "bcrypt$", "argon2$", "crypt$$", "pbkdf2_sha256$", "scrypt$",
         "$bcrypt-sha256$", "$hardening-wrap$v=1$", "$argon2id$v=19$"]
    ),
    st.text(max_size=60),
)  # fmt: skip
def test_random_text_neither_raises_nor_fits(start: str, rest: str) -> None:
    """Also not with plain text declared, as long as it is another one."""
    stored = start + rest
    scheme = recognise(stored)
    with suppress(CorruptHashError):
        assume(scheme is None or scheme.work(stored).units <= 5000)
    found = judge(
        stored, "another password", cost=LOWEST, report=Told(), declared=("crypt-des", "plaintext")
    )

    assert found is None or found.matched is None


@pytest.mark.parametrize(
    ("stored", "password", "replaced"),
    [
        ("$2b$04$", "x" * 71, True),
        ("$2b$04$", "x" * 72, False),
        ("$2b$04$", "x" * 80, False),
    ],
)
def test_bcrypt_is_replaced_only_below_72_bytes(stored: str, password: str, replaced: bool) -> None:
    """In front of anything: the limit is bcrypt's, not the tool's."""
    import bcrypt

    made = bcrypt.hashpw(password.encode()[:72], bcrypt.gensalt(4)).decode()
    for whole in (made, "bcrypt$" + made, "{CRYPT}" + made):
        verdict = verify_password(password=password, stored=whole)
        assert verdict.ok
        assert (verdict.upgrade is not None) is replaced


def test_pre_hashed_bcrypt_covers_long_passwords() -> None:
    """A digest in front of bcrypt makes it read every byte."""
    for name in ("django-bcrypt-sha256", "passlib-bcrypt-sha256", "bcrypt-sha256"):
        scheme = named(name)
        assert scheme is not None
        assert scheme.covers(b"x" * 500)


def test_des_is_replaced_only_below_eight_plain_characters() -> None:
    """DES reads seven bits of eight bytes; what it does not read is not vouched for."""
    scheme = named("crypt-des")

    assert scheme is not None
    assert scheme.covers(b"1234567")
    assert not scheme.covers(b"12345678")
    assert not scheme.covers("pässwd".encode())


@pytest.mark.parametrize("name", ["pbkdf2", "django-pbkdf2", "passlib-scrypt"])
def test_a_password_that_ends_in_nul_is_not_replaced(name: str) -> None:
    """HMAC fills its key up with NUL, so "a" and "a" with a NUL have one hash: neither may win."""
    vector = next(each for each in VECTORS if each.format == name)
    judgement = vector.judge(vector.password + "\0")

    assert judgement is not None
    assert judgement.matched is not None
    assert not judgement.replaceable


@pytest.mark.parametrize(
    ("module", "install", "stored"),
    [
        ("bcrypt", "bcrypt", "$2b$04$" + "a" * 53),
        ("passlib.hash", "libpass", "{CRYPT}abcdefghijklm"),
    ],
)
def test_a_missing_package_is_named(
    module: str, install: str, stored: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Not verifiable here is an event that says what to install, and nobody gets in."""
    real = builtins.__import__

    def without(name: str, *args: Any, **kwargs: Any) -> Any:
        if name == module:
            raise ImportError(name)
        return real(name, *args, **kwargs)

    monkeypatch.setattr(builtins, "__import__", without)
    told = Told()
    judgement = judge(stored, "password", cost=LOWEST, report=told)

    assert judgement is not None
    assert judgement.matched is None
    assert told.names() == ["password_hash_unsupported"]
    assert told.events[0][1]["install"] == install


@pytest.mark.parametrize("name", ["crypt-md5", "crypt-sha256", "crypt-sha512", "phpass"])
def test_a_huge_password_costs_nothing(name: str) -> None:
    """Formats that read the password in every round do not read megabytes."""
    scheme = named(name)
    vector = next(each for each in VECTORS if each.format == name)
    parts = vector.scheme().split(vector.stored)

    assert scheme is not None
    assert parts is not None
    assert scheme.digests(parts[0], b"x" * 4097) == ()
    assert verify_password(password="x" * 1025, stored=vector.stored) == Verdict(ok=False)
