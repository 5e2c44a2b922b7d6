"""Session look-ups answered from this process's memory for a second or a few.

For stores that cost a round trip. A revocation, a change or a logout in this process is in
force at once; one in another process is seen here when the copy is that old. Nothing but
found session records is kept: a new login is seen everywhere at once, and a remember token
used twice is never missed.
"""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Callable, Sequence
from weakref import WeakSet

from hardening.storage.base import Claim, Grant, Kind, Record, Reservation, Store

MOST_KEPT = 10_000  # records of about 1 KiB: 10 MiB

_caches: WeakSet[CachedStore] = WeakSet()


class CachedStore:
    """See the module.

    Args:
        store: the store behind it.
        seconds: how old a copy may be.
        clock: seconds that are never set back.
    """

    def __init__(
        self, store: Store, seconds: float, *, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self.name = store.name
        self.shared = store.shared
        self._store = store
        self._seconds = seconds
        self._clock = clock
        self._lock = threading.Lock()
        self._kept: dict[str, tuple[float, Record]] = {}
        self._changes = 0
        _caches.add(self)

    def get(self, kind: Kind, key: str, now: float) -> Record | None:
        """Return the record, or None if there is none or it has expired."""
        if kind != "session":
            return self._store.get(kind, key, now)
        asked_at = self._clock()
        kept = self._kept.get(key)
        if kept is not None and asked_at < kept[0] and now < kept[1].expires_at:
            return kept[1]
        changes = self._changes
        record = self._store.get(kind, key, now)
        with self._lock:
            # What was read before a change by another thread must not outlive that change.
            if record is not None and changes == self._changes:
                if len(self._kept) >= MOST_KEPT:
                    self._kept.clear()
                self._kept[key] = (asked_at + self._seconds, record)
        return record

    def put(self, kind: Kind, record: Record) -> None:
        """Write a record, replacing one with the same key."""
        try:
            self._store.put(kind, record)
        finally:  # also after a failure: it may have been written all the same
            self._forget(record.key)

    def replace(self, kind: Kind, old: Record, new: Record) -> bool:
        """Write `new` in place of `old` only if the record still holds `old.value`."""
        try:
            return self._store.replace(kind, old, new)
        finally:
            self._forget(old.key, new.key)

    def delete(self, kind: Kind, key: str) -> bool:
        """Remove a record; return whether there was one."""
        try:
            return self._store.delete(kind, key)
        finally:
            self._forget(key)

    def delete_owned(self, kind: Kind, owner: str, keep: str | None = None) -> int:
        """Remove every record of `owner` but the one called `keep`; return how many."""
        try:
            return self._store.delete_owned(kind, owner, keep)
        finally:
            self._forget()

    def _forget(self, *keys: str) -> None:
        """Drop the copies called `keys`, or all."""
        with self._lock:
            self._changes += 1
            if not keys:
                self._kept.clear()
            for key in keys:
                self._kept.pop(key, None)

    # The rest is the store's own.

    def store_id(self) -> str:
        """Return the id of the store behind it."""
        return self._store.store_id()

    def created_at(self) -> float:
        """Return when the store behind it was made."""
        return self._store.created_at()

    def owned(self, kind: Kind, owner: str, now: float) -> list[Record]:
        """Return the live records of `owner`, in the order of their keys."""
        return self._store.owned(kind, owner, now)

    def glance(self, claims: Sequence[Claim], now: float) -> Reservation | None:
        """Return what the store behind it last refused these claims with, or None."""
        look: Callable[..., Reservation | None] | None = getattr(self._store, "glance", None)
        return None if look is None else look(claims, now)

    def reserve(self, claims: Sequence[Claim], now: float) -> Reservation:
        """Take one unit from every counter, or from none if one of them refuses."""
        return self._store.reserve(claims, now)

    def refund(self, grants: Sequence[Grant], now: float) -> None:
        """Give units back, each only into the window that it was taken from."""
        self._store.refund(grants, now)

    def clear(self, keys: Sequence[bytes]) -> None:
        """Forget counters."""
        self._store.clear(keys)

    def counted(self, key: bytes, now: float) -> tuple[int, float]:
        """Return how many units are taken from a counter and when it ends."""
        return self._store.counted(key, now)

    def problems(self) -> list[str]:
        """Return what is wrong with the store behind it, as far as that can tell."""
        ask: Callable[[], list[str]] = getattr(self._store, "problems", list)
        return ask()

    def close(self) -> None:
        """Let go of the copies, and close the store behind it."""
        self._forget()
        self._store.close()


def _renew() -> None:
    # A thread of the parent may have held a lock when it forked; nobody would release it here.
    for cache in list(_caches):
        cache._lock = threading.Lock()


if hasattr(os, "register_at_fork"):  # not on Windows
    os.register_at_fork(after_in_child=_renew)
