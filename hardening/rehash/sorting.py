"""What one stored value is, how strong, and what is to be done with it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Literal, NamedTuple, Protocol

from hardening.passwords import hasher, legacy, onion
from hardening.passwords.deferred import as_text, like
from hardening.passwords.formats.base import Format
from hardening.passwords.formats.errors import CorruptHashError, UnsupportedHashError
from hardening.passwords.hasher import Cost
from hardening.passwords.pepper import NO_KEYS, Keys, UnknownKeyError, is_sealed
from hardening.passwords.work import Work
from hardening.rehash.target import Change, Row

State = Literal[
    "current", "wrapped", "due", "reseal", "login", "too_costly", "corrupt", "unknown", "unusable"
]
MEANINGS: dict[State, str] = {
    "current": "Argon2id at the policy's cost",
    "wrapped": "wrapped: becomes plain Argon2id at the next login",
    "due": "to be wrapped",
    "reseal": "to be encrypted as the pepper asks for",
    "login": "Argon2 below the policy: renewed at the next login",
    "too_costly": "above the cost ceiling: refused at login, left alone",
    "corrupt": "corrupt: fits no password, left alone",
    "unknown": "of no known format: left alone",
    "unusable": "no password: left alone",
}
_OURS: tuple[State, ...] = ("current", "wrapped", "login")  # what we know how to read once sealed
# An account without a password: empty, or marked as Django, /etc/shadow and others do.
_UNUSABLE = ("!", "*")


@dataclass(frozen=True, slots=True)
class Rules:
    """What decides about a stored value.

    Attributes:
        cost: of the Argon2id layer.
        long_passwords: see `hardening.passwords.legacy.recognise`; `declared` too.
        pepper: the keys that stored hashes are encrypted under.
    """

    cost: Cost = hasher.STANDARD
    long_passwords: bool = False
    declared: tuple[str, ...] = ()
    pepper: Keys = NO_KEYS


class Sorted(NamedTuple):
    """What one stored value is."""

    state: State
    kind: str
    """Format and strength: ``pbkdf2 sha256, 600000``."""
    length: int = 0
    """Characters of the wrapped hash, where it is due."""


def sort(row: Row, rules: Rules) -> Sorted:
    """Return what `row` holds and what is to be done with it."""
    found = _judged(row, rules)
    return found if isinstance(found, Sorted) else found.sorted(rules)


def due(row: Row, rules: Rules) -> Due | None:
    """Return what is to be done with `row`; None where nothing is."""
    found = _judged(row, rules)
    return None if isinstance(found, Sorted) else found


class Due(Protocol):
    """A row that is to be changed."""

    def change(self, rules: Rules) -> Change:
        """Compute what to write."""

    def sorted(self, rules: Rules) -> Sorted:
        """Return what the census says about it."""


@dataclass(frozen=True, slots=True)
class Wrap:
    """An older hash, taken apart."""

    row: Row = field(repr=False)
    scheme: Format
    kind: str
    parameters: str = field(repr=False)
    digest: bytes = field(repr=False)

    def change(self, rules: Rules) -> Change:
        outer = hasher.make_hash(self.digest, rules.cost)
        wrapped = onion.join(self.scheme.name, self.parameters, outer)
        return _change(self.row, rules.pepper.seal(wrapped))

    def sorted(self, rules: Rules) -> Sorted:
        outer = hasher.encoded_length(rules.cost)
        length = onion.wrapped_length(self.scheme.name, self.parameters, outer)
        return Sorted("due", self.kind, rules.pepper.length(length))


@dataclass(frozen=True, slots=True)
class Seal:
    """A hash that is encrypted under another key than the current one, or not as it should be."""

    row: Row = field(repr=False)
    text: str = field(repr=False)
    kind: str
    length: int
    """Characters of the hash that is inside."""

    def change(self, rules: Rules) -> Change:
        return _change(self.row, rules.pepper.renew(self.text))

    def sorted(self, rules: Rules) -> Sorted:
        return Sorted("reseal", self.kind, rules.pepper.length(self.length))


def _change(row: Row, new: str) -> Change:
    return Change(row.key, row.stored, like(row.stored, new))


def _judged(row: Row, rules: Rules) -> Sorted | Due:
    text = as_text(row.stored)
    if row.stored is None or text == "" or (text or "").startswith(_UNUSABLE):
        return Sorted("unusable", "no password")
    if text is None:
        return Sorted("unknown", "unknown")
    sealed = is_sealed(text)
    try:
        inner = rules.pepper.open(text)
    except UnknownKeyError:
        return Sorted("unknown", "encrypted, the key is not configured")
    except CorruptHashError:
        return Sorted("corrupt", "encrypted")
    found = _inside(row, inner, rules)
    if isinstance(found, Wrap):
        return found
    kind = f"encrypted {found.kind}" if sealed else found.kind
    if (sealed or found.state in _OURS) and not rules.pepper.current(text):
        return Seal(row, text, kind, len(inner))
    return Sorted(found.state, kind)


def _inside(row: Row, text: str, rules: Rules) -> Sorted | Wrap:
    scheme = legacy.recognise(
        text, long_passwords=rules.long_passwords, declared=rules.declared, salt=row.salt
    )
    if scheme is None:
        return Sorted("unknown", "unknown")
    try:
        return _known(row, text, scheme, rules.cost)
    except (CorruptHashError, UnsupportedHashError):
        return Sorted("corrupt", scheme.name)


def _known(row: Row, text: str, scheme: Format, cost: Cost) -> Sorted | Wrap:
    if isinstance(scheme, onion.Wrapped):
        inner, _ = scheme.works(text)
        return Sorted("wrapped", f"wrapped {_strength(onion.layers_of(text).inner, inner)}")
    kind = _strength(scheme.name, scheme.work(text))
    if hasher.too_costly(text, cost):
        return Sorted("too_costly", kind)
    parts = scheme.split(text)
    if parts is None:
        return Sorted("login" if hasher.outdated(text, cost) else "current", kind)
    if len(parts[1]) > hasher.MOST_CHARACTERS:  # a plain password that no Argon2id hash is made of
        return Sorted("unknown", kind)
    return Wrap(row, scheme, kind, *parts)


def _strength(name: str, work: Work) -> str:
    """Return a format and what it costs, in words that are the same for equal hashes."""
    family: Sequence[str | int] = work.family
    match family:
        case ("argon2id" | "argon2i" | "argon2d", memory_kib, lanes):
            return f"{family[0]} m={memory_kib},t={work.units},p={lanes}"
        case ("pbkdf2", digest):
            return f"{name} {digest}, {work.units} rounds"
        case ("scrypt", n, r):
            return f"{name} n={n},r={r},p={work.units}"
        case ("bcrypt",):
            return f"{name}, cost {work.units.bit_length() - 1}"
        case ("digest", digest):
            return f"{name} {digest}"
    return name if work.units <= 1 else f"{name}, {work.units} rounds"
