"""What a store does: records with an owner and an expiry, and counters that reserve and refund.

Stores know nothing of sessions or logins. A record's value is opaque bytes (the caller signs
it); a counter's key is opaque bytes (the caller hashes names). Every operation is atomic, also
between processes on stores that are shared. ``now`` is an argument, in seconds since the
epoch, so that one operation has one time and tests can move it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, NamedTuple, Protocol

Kind = Literal["session", "remember", "device", "setting"]


@dataclass(frozen=True, slots=True)
class Record:
    """One stored document."""

    key: str
    """Unique within its kind; a hash, never the credential itself."""
    owner: str
    """Whose it is, such as a hashed user id; empty for none."""
    value: bytes
    """The caller's own bytes."""
    expires_at: float
    """Seconds since the epoch after which it is gone."""


class Claim(NamedTuple):  # as `Grant`: a login makes a handful, and a dataclass is slow to make
    """One unit asked of one counter.

    A counter with ``delays=False`` is a fixed window: at most `amount` units in `window_s`
    seconds. With ``delays=True`` the first `amount` units within `window_s` are free; from
    then on, until it is cleared, a unit is granted only 1, 2, 4 ... `delay_most_s` seconds
    after the one before, and none at all after `stop` units.
    With ``counts_only=True`` nothing is ever refused; the count tells of an attack.
    """

    key: bytes
    amount: int
    window_s: int
    delays: bool = False
    delay_most_s: int = 15 * 60  # 15 minutes: numbers.md, "throttle"
    stop: int = 100  # consecutive failures: NIST SP 800-63B
    counts_only: bool = False


class Grant(NamedTuple):
    """One unit taken from one counter, to be named when it is refunded."""

    key: bytes
    window: float
    """When the counter's present window began; a refund into another window does nothing."""
    used: int
    """How many units are taken, this one included."""


class Reservation(NamedTuple):
    """The answer to a list of claims: all granted, or none."""

    grants: tuple[Grant, ...]
    """One for each claim in its order; empty if refused."""
    retry_after_s: float | None = None
    """None if granted; else after how many seconds the last refusing counter would grant.
    Infinite where only clearing it helps."""
    refused_by: bytes | None = None
    """The key of the counter that refused (the one that waits longest)."""


class Store(Protocol):
    """Where records and counters live. All methods raise `StoreError` when it is unreachable."""

    name: str
    """For people, without credentials: ``memory``, ``sqlite``, ``redis``."""
    shared: bool
    """Whether several processes see the same contents."""

    def store_id(self) -> str:
        """Return the id this store was given when it was made: 8 letters or digits."""

    def created_at(self) -> float:
        """Return when the store was made, in seconds since the epoch."""

    def put(self, kind: Kind, record: Record) -> None:
        """Write a record, replacing one with the same key."""

    def get(self, kind: Kind, key: str, now: float) -> Record | None:
        """Return the record, or None if there is none or it has expired."""

    def replace(self, kind: Kind, old: Record, new: Record) -> bool:
        """Write `new` in place of `old` only if the record still holds `old.value`."""

    def delete(self, kind: Kind, key: str) -> bool:
        """Remove a record; return whether there was one."""

    def owned(self, kind: Kind, owner: str, now: float) -> list[Record]:
        """Return the live records of `owner`, in the order of their keys."""

    def delete_owned(self, kind: Kind, owner: str, keep: str | None = None) -> int:
        """Remove every record of `owner` but the one called `keep`; return how many."""

    def reserve(self, claims: Sequence[Claim], now: float) -> Reservation:
        """Take one unit from every counter, or from none if one of them refuses."""

    def refund(self, grants: Sequence[Grant], now: float) -> None:
        """Give units back, each only into the window that it was taken from."""

    def clear(self, keys: Sequence[bytes]) -> None:
        """Forget counters."""

    def counted(self, key: bytes, now: float) -> tuple[int, float]:
        """Return how many units are taken from a counter and when it ends; 0 and `now` if it
        holds none."""

    def close(self) -> None:
        """Let go of files and connections."""
