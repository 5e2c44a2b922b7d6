"""Argon2id: how costly, how a password becomes bytes, and what a stored hash is judged to be."""

from __future__ import annotations

import unicodedata
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import lru_cache, partial
from typing import TYPE_CHECKING, Any

from hardening.passwords import pepper
from hardening.passwords.legacy import (
    Ceilings,
    CorruptHashError,
    SaltNeededError,
    UnsupportedHashError,
    recognise,
)
from hardening.passwords.pepper_keys import SETTING
from hardening.passwords.work import Work, argon2, compute
from hardening.policy import Policy
from hardening.settings import ARGON2_FLOOR

if TYPE_CHECKING:
    from argon2 import PasswordHasher

    from hardening.context import Context

MOST_CHARACTERS = 1024  # of a new password: numbers.md of the project, NIST asks for 64 or more
SALT_BYTES = 16  # RFC 9106, section 3.1
TAG_BYTES = 32  # RFC 9106, section 4

Report = Callable[..., None]


@dataclass(frozen=True, slots=True)
class Cost:
    """What one Argon2id hash takes."""

    memory_kib: int
    time: int
    """Passes over the memory."""
    lanes: int
    """Threads."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """Whether a password fits, and what to store from now on."""

    ok: bool
    """Whether the password fits the stored hash."""
    upgrade: str | None = field(default=None, repr=False)
    """A new hash of the same password to store instead, or None if the old one will do."""


@dataclass(frozen=True, slots=True)
class Judgement:
    """What is known about a stored hash after one password was tried on it."""

    scheme: str
    """The format's name, for events."""
    matched: bytes | None = field(default=None, repr=False)
    """The spelling of the password that fits, or None. Never logged."""
    replaceable: bool = False
    """Whether the hash is out of date and a new one would accept the very same password."""
    unsupported: bool = False
    """Whether nothing could be computed, since a package is not installed."""


_DEFAULT = Policy()
STANDARD = Cost(_DEFAULT.argon2_memory_kib, _DEFAULT.argon2_time, _DEFAULT.argon2_lanes)
LOWEST = Cost(memory_kib=8, time=1, lanes=1)  # the least that Argon2 accepts: RFC 9106


def cost_of(context: Context | None) -> Cost:
    """Return what a new hash costs in this app; the standard cost where there is none.

    A test suite gets the lowest cost, unless the app asks for one of its own.
    """
    if context is None:
        return STANDARD
    asked = asked_of(context)
    return LOWEST if context.app.testing and asked == STANDARD else asked


def asked_of(context: Context) -> Cost:
    """Return the cost that the policy asks for, in tests too."""
    policy = context.policy
    return Cost(policy.argon2_memory_kib, policy.argon2_time, policy.argon2_lanes)


def encoded_length(cost: Cost) -> int:
    """Return how many characters a hash of this cost has: 97 at the standard cost."""
    head = f"$argon2id$v=19$m={cost.memory_kib},t={cost.time},p={cost.lanes}$"
    return len(head) + _base64_length(SALT_BYTES) + 1 + _base64_length(TAG_BYTES)


def stored_length(cost: Cost) -> int:
    """Return how many characters a hash of this cost has as it is stored: sealed, maybe."""
    return pepper.length(encoded_length(cost))


def new_hash(password: str | bytes, cost: Cost) -> str:
    """Return what to store for `password`: its Argon2id hash, sealed where there is a pepper.

    Raises:
        ValueError, BusyError: as `make_hash`.
    """
    return pepper.seal(make_hash(password, cost))


def renewed(stored: str, matched: bytes, cost: Cost) -> str:
    """Return what to store instead of `stored`, an outdated hash that `matched` fits.

    Where nothing but the pepper's key has changed, the hash inside stays.

    Raises:
        ValueError, BusyError: as `make_hash`.
    """
    inner = pepper.open(stored)
    return new_hash(matched, cost) if _below(inner, cost) else pepper.seal(inner)


def make_hash(password: str | bytes, cost: Cost) -> str:
    """Return an Argon2id hash in the standard encoding.

    Raises:
        ValueError: the password is longer than 1024 characters or is no text in UTF-8. The
            message holds no part of it.
        BusyError: as `hardening.passwords.work.compute`; `judge` too.
    """
    if len(password) > MOST_CHARACTERS:
        raise ValueError(f"the password is longer than {MOST_CHARACTERS} characters")
    encoded = _encode(password)
    if encoded is None:
        raise ValueError("the password is not valid Unicode text")
    return compute(partial(_hasher(cost).hash, encoded), work_of_new(cost))


def work_of_new(cost: Cost) -> Work:
    """Return what one hash of this cost takes."""
    return argon2("argon2id", cost.memory_kib, cost.time, cost.lanes)


def judge(
    stored: str,
    password: str | bytes,
    *,
    cost: Cost,
    report: Report,
    long_passwords: bool = False,
    declared: Sequence[str] = (),
    salt: str | None = None,
) -> Judgement | None:
    """Try `password` on `stored`; return None if `stored` is of no format that we know.

    A hash above the cost ceilings is refused before anything is computed, and a corrupt one
    fits no password; both are reported by the name of the format only.

    Args:
        stored: what the app keeps for a user.
        password: exactly as received.
        cost: what a hash has to cost to be up to date.
        report: called with an event's name, its level, and details.
        long_passwords: see `hardening.passwords.legacy.recognise`; so `declared` and `salt`.
    """
    scheme = recognise(stored, long_passwords=long_passwords, declared=declared, salt=salt)
    if scheme is None:
        return None
    kept = stored
    try:
        stored = pepper.open(kept)
        if scheme.too_costly(stored, _ceilings(cost)):
            report("password_hash_refused", "warning", kind=scheme.name)
            return Judgement(scheme.name)
        for spelling in spellings(password):
            if compute(partial(scheme.verify, stored, spelling), scheme.work(stored)):
                short = len(password) <= MOST_CHARACTERS
                replaceable = short and scheme.covers(spelling) and outdated(kept, cost)
                return Judgement(scheme.name, spelling, replaceable)
    except SaltNeededError as error:
        report("password_salt_missing", "warning", kind=scheme.name, attribute=error.attribute)
    except pepper.UnknownKeyError as error:
        report("password_pepper_unknown", "error", key=error.key, setting=SETTING)
    except CorruptHashError:
        report("password_hash_corrupt", "warning", kind=scheme.name)
    except UnsupportedHashError as error:
        report("password_hash_unsupported", "warning", kind=scheme.name, install=error.install)
        return Judgement(scheme.name, unsupported=True)
    return Judgement(scheme.name)


def outdated(stored: str, cost: Cost) -> bool:
    """Return whether `stored` is anything but Argon2id at or above `cost`, sealed if it should."""
    return not pepper.current(stored) or _below(pepper.peel(stored), cost)


def _below(stored: str, cost: Cost) -> bool:
    """Return whether `stored`, which is not sealed, is not Argon2id at or above `cost`."""
    if not stored.startswith("$argon2id$v=19$"):
        return True
    from argon2 import extract_parameters

    held = extract_parameters(stored)
    if held.salt_len < SALT_BYTES or held.hash_len < TAG_BYTES:
        return True
    if held.memory_cost >= cost.memory_kib and held.time_cost >= cost.time:
        return False
    # The lines of OWASP's table are equally strong, so any of them will do at the standard cost.
    lines = ARGON2_FLOOR if (cost.memory_kib, cost.time) in ARGON2_FLOOR else ()
    return not any(held.memory_cost >= kib and held.time_cost >= passes for kib, passes in lines)


def too_costly(stored: str, cost: Cost) -> bool:
    """Return whether `stored` asks for more work than the ceilings allow. Computes no hash."""
    stored = pepper.peel(stored)
    scheme = recognise(stored)
    try:
        return scheme is not None and scheme.too_costly(stored, _ceilings(cost))
    except CorruptHashError:
        return False


def _ceilings(cost: Cost) -> Ceilings:
    """Return the ceilings, raised to what the policy itself asks for."""
    usual = Ceilings()
    return Ceilings(
        memory_kib=max(usual.memory_kib, cost.memory_kib),
        argon2_time=max(usual.argon2_time, cost.time),
        argon2_lanes=max(usual.argon2_lanes, cost.lanes),
    )


def spellings(password: str | bytes) -> Iterator[bytes]:
    """Yield the password as received, then in NFC if that differs.

    Normalising first would break hashes of passwords that were never normalised.
    """
    encoded = _encode(password)
    if encoded is None:
        return
    yield encoded
    try:
        normal = unicodedata.normalize("NFC", encoded.decode()).encode()
    except UnicodeDecodeError:
        return
    if normal != encoded:
        yield normal


def _encode(password: str | bytes) -> bytes | None:
    if isinstance(password, bytes):
        return password
    try:
        return password.encode()
    except UnicodeEncodeError:  # a lone surrogate out of JSON; the error would carry the password
        return None


@lru_cache(maxsize=8)
def _hasher(cost: Cost) -> PasswordHasher:
    from argon2 import PasswordHasher, Type  # late, as in `legacy`

    values: dict[str, Any] = {"salt_len": SALT_BYTES, "hash_len": TAG_BYTES, "type": Type.ID}
    return PasswordHasher(cost.time, cost.memory_kib, cost.lanes, **values)


def _base64_length(size: int) -> int:
    return -(-size * 4 // 3)  # without padding
