"""Which stored hashes are verified, refused or called corrupt, and what replaces them."""

from __future__ import annotations

import unicodedata
from typing import Any

import pytest
from flask_bcrypt import Bcrypt
from hypothesis import given, settings
from hypothesis import strategies as st

from hardening.passwords import (
    check_password_hash,
    generate_password_hash,
    hash_password,
    hasher,
    originals,
    verify_password,
)
from hardening.passwords.hasher import LOWEST, STANDARD, Cost, judge, make_hash, outdated

PASSWORD = "correct horse"

# Werkzeug's layout around the output of
# openssl kdf -keylen 32 -kdfopt digest:SHA256 -kdfopt pass:"correct horse" \
#   -kdfopt salt:saltsalt -kdfopt iter:1000 PBKDF2
PBKDF2 = (
    "pbkdf2:sha256:1000$saltsalt$a900cf4996b73ab9b2cbda0ad4fbb464b2f03f64afce6c77caef0ebc376afc9d"
)
# python -c 'from werkzeug.security import generate_password_hash as g;
#   print(g("correct horse", "pbkdf2:sha1:1000", 8))'
PBKDF2_SHA1 = "pbkdf2:sha1:1000$lrYGf9RZ$00f9628ab121ffc88d1e58ee3343e98b6111b4bc"
# openssl kdf -keylen 64 -kdfopt pass:"correct horse" -kdfopt salt:saltsaltsaltsalt \
#   -kdfopt n:1024 -kdfopt r:8 -kdfopt p:1 SCRYPT
SCRYPT = (
    "scrypt:1024:8:1$saltsaltsaltsalt$"
    "03d9416ba4536df068bd6a9a99522a5caa2f225e1593a399c95a232c99989922"
    "9c4de51e63e354bac4805acaebb4a620c47332ebe6d6935f8625dd28fc55b607"
)
# perl -e 'print crypt("correct horse", q($2y$04$abcdefghijklmnopqrstuu))'
BCRYPT_2Y = "$2y$04$abcdefghijklmnopqrstuujydOTSfIH/d5oUHpsygqV5X9xJLQc6e"
# python -c 'import bcrypt; print(bcrypt.hashpw(b"correct horse", bcrypt.gensalt(4, b"2a")))'
BCRYPT_2A = "$2a$04$PMAsE7zlhreQQwNty2SPdOG1HhdvoUOIL6wEuh.4febOppXFV30jK"
BCRYPT_2B = "$2b$04$6.TpF47AwZlYvF6kgmrC9uYQUIWOcAA8aC8m.VB9Tw1wxVOc2HeuO"
# python -c 'from argon2 import *
# print(PasswordHasher(1, 8, 1, type=Type.I).hash("correct horse"))'
ARGON2I = (
    "$argon2i$v=19$m=8,t=1,p=1$TpWlJfMm72BlDRD0zXgcgA$1eB70eygL6mJgzmmBq+sOp65J+M+BURkmYVnHRbfhxM"
)
ARGON2D = (
    "$argon2d$v=19$m=8,t=1,p=1$6ysDJke6sAH/H14FWWlCVQ$4mqs04rb4Eri0B0r6mx+xNTiXsPTkkmJI64IP0PVq7E"
)
ARGON2ID_LOWEST = (
    "$argon2id$v=19$m=8,t=1,p=1$4bD0XYoydjpxchlQgc62GA$+6NbRMTSJTshRzM2EnYm6KgggZpsYgQL2ioYmc7oFwA"
)
OLD_HASHES = {
    "pbkdf2": PBKDF2,
    "pbkdf2-sha1": PBKDF2_SHA1,
    "scrypt": SCRYPT,
    "bcrypt-2a": BCRYPT_2A,
    "bcrypt-2b": BCRYPT_2B,
    "bcrypt-2y": BCRYPT_2Y,
    "argon2i": ARGON2I,
    "argon2d": ARGON2D,
    "argon2id-cheap": ARGON2ID_LOWEST,
}
old_hashes = pytest.mark.parametrize("stored", OLD_HASHES.values(), ids=OLD_HASHES)


class Told:
    """Collects events."""

    def __init__(self) -> None:
        self.events: list[tuple[str, str]] = []

    def __call__(self, event: str, level: str, *, kind: str) -> None:
        self.events.append((event, kind))


@old_hashes
def test_old_hash_is_verified_and_replaced(stored: str) -> None:
    """The right password fits, and comes with an Argon2id hash that it fits as well."""
    verdict = verify_password(password=PASSWORD, stored=stored)

    assert verdict.ok
    assert verdict.upgrade is not None
    assert verdict.upgrade.startswith("$argon2id$v=19$m=19456,t=2,p=1$")
    assert len(verdict.upgrade) == hasher.encoded_length(STANDARD) == 97
    assert verify_password(password=PASSWORD, stored=verdict.upgrade) == hasher.Verdict(ok=True)


@old_hashes
@pytest.mark.parametrize(
    "wrong", ["", "correct hors", "Correct horse", "correct horse ", "x" * 1025]
)
def test_other_password_does_not_fit(stored: str, wrong: str) -> None:
    """A password that differs in any way fits nothing, and nothing is offered for it."""
    assert verify_password(password=wrong, stored=stored) == hasher.Verdict(ok=False)


@old_hashes
def test_leaked_hash_is_no_password(stored: str) -> None:
    """Whoever submits the stored hash itself as the password does not get in."""
    assert not verify_password(password=stored, stored=stored).ok


@pytest.mark.parametrize(
    ("stored", "kind"),
    [
        ("pbkdf2:sha256:5000001$saltsalt$" + "0" * 64, "pbkdf2"),
        ("pbkdf2:sha256:99999999999999999999$saltsalt$" + "0" * 64, "pbkdf2"),
        ("scrypt:1048576:8:1$salt$" + "0" * 128, "scrypt"),
        ("scrypt:1024:8:100000$salt$" + "0" * 128, "scrypt"),
        (BCRYPT_2B.replace("$04$", "$17$"), "bcrypt"),
        (ARGON2ID_LOWEST.replace("m=8,", "m=262145,"), "argon2"),
        (ARGON2ID_LOWEST.replace("t=1,", "t=21,"), "argon2"),
        (ARGON2ID_LOWEST.replace("m=8,t=1,p=1", "m=1024,t=1,p=65"), "argon2"),
    ],
)
def test_bomb_is_refused_before_hashing(
    stored: str, kind: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A hash that costs more than the ceiling is an event, and no library is asked about it."""

    def explode(*_: Any, **__: Any) -> Any:
        raise AssertionError("a hash was computed")

    monkeypatch.setattr("hashlib.pbkdf2_hmac", explode)
    monkeypatch.setattr("hashlib.scrypt", explode)
    monkeypatch.setattr("bcrypt.hashpw", explode)
    monkeypatch.setattr("argon2.PasswordHasher.verify", explode)
    told = Told()

    judgement = judge(stored, PASSWORD, cost=STANDARD, report=told)

    assert judgement is not None
    assert judgement.matched is None
    assert told.events == [("password_hash_refused", kind)]


def test_policy_above_the_ceiling_is_its_own_ceiling() -> None:
    """Hashes that the policy itself asks for are verified, however costly they are."""
    cost = Cost(memory_kib=64, time=21, lanes=1)
    stored = make_hash(PASSWORD, cost)

    judgement = judge(stored, PASSWORD, cost=cost, report=Told())

    assert judgement is not None
    assert judgement.matched == PASSWORD.encode()


@pytest.mark.parametrize(
    ("stored", "kind"),
    [
        ("pbkdf2:sha256:many$saltsalt$00", "pbkdf2"),
        ("pbkdf2:nodigest:1000$saltsalt$00", "pbkdf2"),
        ("pbkdf2:sha256:0$saltsalt$00", "pbkdf2"),
        ("pbkdf2:sha256:1000", "pbkdf2"),
        ("scrypt:1000:8:1$salt$00", "scrypt"),
        ("scrypt:8$salt$00", "scrypt"),
        ("$2b$04$short", "bcrypt"),
        ("$2b$xx$" + "a" * 53, "bcrypt"),
        (BCRYPT_2B[:-1], "bcrypt"),
        ("$argon2id$", "argon2"),
        (ARGON2ID_LOWEST[:60], "argon2"),
        (ARGON2ID_LOWEST + "$x", "argon2"),
        ("$argon2id$v=19$m=8,t=1,p=1$c2FsdA$!!!", "argon2"),
    ],
)
def test_corrupt_hash_is_an_event_and_fits_nothing(stored: str, kind: str) -> None:
    """A hash that was cut or mangled neither raises nor lets anybody in."""
    told = Told()

    judgement = judge(stored, PASSWORD, cost=LOWEST, report=told)

    assert judgement is not None
    assert judgement.matched is None
    assert told.events == [("password_hash_corrupt", kind)]


@pytest.mark.parametrize("stored", ["", "secret", "5f4dcc3b5aa765d61d8327deb882cf99", "$9$x$y"])
def test_unknown_format_is_nobodys(stored: str) -> None:
    """Text of no known format is left to the app's own function, and fits nothing here."""
    assert judge(stored, PASSWORD, cost=LOWEST, report=Told()) is None
    assert not verify_password(password=PASSWORD, stored=stored).ok
    assert check_password_hash("secret", "secret") is False


def test_second_spelling_is_nfc() -> None:
    """A password typed with separate accents fits the hash of its composed form, not vice versa."""
    composed, separate = "caf\u00e9", "cafe\u0301"

    verdict = verify_password(password=separate, stored=make_hash(composed, LOWEST))

    assert verdict.ok
    assert verdict.upgrade is not None
    assert verify_password(password=composed, stored=verdict.upgrade).ok
    assert not verify_password(password=composed, stored=make_hash(separate, LOWEST)).ok


def test_bcrypt_beyond_72_bytes_is_verified_but_kept() -> None:
    """bcrypt cannot tell long passwords apart, so such a login must not settle on one of them."""
    stored = str(Bcrypt().generate_password_hash("x" * 72, 4), "ascii")

    assert verify_password(password="x" * 80, stored=stored) == hasher.Verdict(ok=True)
    assert verify_password(password="x" * 72, stored=stored) == hasher.Verdict(ok=True)
    assert not verify_password(password="x" * 71, stored=stored).ok


def test_bcrypt_below_72_bytes_is_replaced() -> None:
    """Up to 71 bytes bcrypt reads the whole password."""
    stored = str(Bcrypt().generate_password_hash("é" * 35 + "x", 4), "ascii")

    assert verify_password(password="é" * 35 + "x", stored=stored).upgrade is not None


@pytest.mark.parametrize("password", ["x" * 1025, "\ud800"])
def test_impossible_new_password_is_a_value_error_without_it(password: str) -> None:
    """Too long or no valid text: the error says so and does not carry the password."""
    with pytest.raises(ValueError, match="password") as caught:
        hash_password(password)

    assert type(caught.value) is ValueError
    assert password not in str(caught.value)


def test_longest_new_password_is_accepted() -> None:
    """1024 characters are accepted, whatever their size in bytes, and none of them is cut."""
    stored = hash_password("\N{EURO SIGN}" * 1024)

    assert verify_password(password="\N{EURO SIGN}" * 1024, stored=stored).ok
    assert not verify_password(password="\N{EURO SIGN}" * 1023, stored=stored).ok


def test_lone_surrogate_fits_nothing() -> None:
    """JSON can carry text that has no UTF-8 form; it is a wrong password, not an error."""
    assert not verify_password(password="\ud800", stored=PBKDF2).ok


def test_drop_ins_have_werkzeugs_signatures() -> None:
    """Calls written for Werkzeug work unchanged, by position and by name."""
    stored = generate_password_hash("secret", method="pbkdf2:sha256:1000", salt_length=8)

    assert stored.startswith("$argon2id$")
    assert check_password_hash(stored, "secret")
    assert check_password_hash(pwhash=stored, password="secret")
    assert not check_password_hash(PBKDF2, "secret")


@pytest.mark.parametrize(
    ("held", "wanted", "expected"),
    [
        (Cost(19456, 2, 1), STANDARD, False),
        (Cost(47104, 1, 1), STANDARD, False),
        (Cost(12288, 3, 1), STANDARD, False),
        (Cost(65536, 3, 4), STANDARD, False),
        (Cost(19456, 1, 1), STANDARD, True),
        (Cost(12287, 3, 1), STANDARD, True),
        (Cost(47104, 1, 1), Cost(65536, 2, 1), True),
        (LOWEST, LOWEST, False),
    ],
)
def test_up_to_date_means_at_or_above_the_policy(held: Cost, wanted: Cost, expected: bool) -> None:
    """At the standard cost every line of OWASP's table will do; a higher policy is a floor."""
    # Only the parameters are read, so the tag may be any.
    stored = (
        f"$argon2id$v=19$m={held.memory_kib},t={held.time},p={held.lanes}$"
        "4bD0XYoydjpxchlQgc62GA$+6NbRMTSJTshRzM2EnYm6KgggZpsYgQL2ioYmc7oFwA"
    )

    assert outdated(stored, wanted) is expected


# Not NUL: HMAC pads keys with it, so Werkzeug's formats cannot tell "a" from "a\0".
typed = st.text(
    st.characters(exclude_categories=("Cs",), exclude_characters="\0"), min_size=1, max_size=40
)
MAKERS = {
    "pbkdf2": lambda text: originals.werkzeug_generate(text, "pbkdf2:sha256:1", 4),
    "scrypt": lambda text: originals.werkzeug_generate(text, "scrypt:256:8:1", 4),
    "bcrypt": lambda text: str(Bcrypt().generate_password_hash(text[:17], 4), "ascii"),
}


@pytest.mark.parametrize("make", MAKERS.values(), ids=MAKERS)
@settings(max_examples=40, deadline=None)
@given(password=typed, other=typed)
def test_upgrade_accepts_the_same_passwords(make: Any, password: str, other: str) -> None:
    """What fitted before an upgrade fits after it, and nothing else does."""
    if make is MAKERS["bcrypt"]:
        password = password[:17]  # 68 bytes at most
    stored = make(password)
    before = judge(stored, password, cost=LOWEST, report=Told())
    assert before is not None
    assert before.matched is not None
    assert before.replaceable
    upgraded = make_hash(before.matched, LOWEST)

    def fits(hashed: str, text: str) -> bool:
        found = judge(hashed, text, cost=LOWEST, report=Told())
        return found is not None and found.matched is not None

    assert fits(upgraded, password)
    expected = other == password or unicodedata.normalize("NFC", other) == password
    assert fits(stored, other) is expected
    assert fits(upgraded, other) is expected


@settings(max_examples=300, deadline=None)
@given(
    st.one_of(
        st.text(max_size=80),
        st.sampled_from(sorted(OLD_HASHES.values())).flatmap(
            lambda text: st.builds(
                lambda cut, put: text[:cut] + put + text[cut + 1 :],
                st.integers(0, len(text)),
                st.text("$:,=0129argon2idpbkscryt./", max_size=3),
            )
        ),
    )
)
def test_nothing_stored_can_raise(stored: str) -> None:
    """Whatever text stands in the database, verifying it answers instead of raising."""
    if any(stored.startswith(f"$2{kind}$1") for kind in "aby"):
        return  # bcrypt at cost 10 to 19: sound, or refused, but too slow for this test
    judgement = judge(stored, "wrong", cost=LOWEST, report=Told())

    assert judgement is None or judgement.matched is None
