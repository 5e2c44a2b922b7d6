"""A store in this process's memory: for tests, for one worker, and while another store is down.

Bounded, whatever names an attacker invents: at most `MOST_COUNTERS` counters and
`MOST_RECORD_BYTES` of records, together below 64 MiB. What goes first when it is full:

- counters: those that have expired; then those that refuse nothing, with the fewest units
  first; a counter that refuses or delays only when nothing else is left, those that would
  soonest end by themselves first. So flooding it with names lifts no refusal before its time
  unless the refusing counters alone fill it.
- records: those that have expired; then known devices, then the ones that would expire first.
  The toolkit's own settings stay.
"""

from __future__ import annotations

import os
import secrets
import threading
import time
from collections.abc import Iterator, Sequence
from itertools import islice
from weakref import WeakSet

from hardening.storage.base import Claim, Grant, Kind, Record, Reservation
from hardening.storage.counters import Counter, decide, give_back

MOST_COUNTERS = 100_000  # about 300 bytes each: 30 MiB
MOST_RECORD_BYTES = 24 * 1024 * 1024  # 24 MiB, with RECORD_OVERHEAD
RECORD_OVERHEAD = 700  # bytes of objects and index entries around a record's own content
_KEEP = 0.9  # what is left after an eviction, so that its one pass pays for many writes

_stores: WeakSet[MemoryStore] = WeakSet()


class MemoryStore:
    """See the module. Safe to use from several threads; forked processes do not share it.

    Args:
        most_counters: how many counters it keeps.
        most_record_bytes: how much room its records may take.
    """

    name = "memory"
    shared = False

    def __init__(
        self,
        *,
        most_counters: int = MOST_COUNTERS,
        most_record_bytes: int = MOST_RECORD_BYTES,
    ) -> None:
        self._most_counters = most_counters
        self._most_record_bytes = most_record_bytes
        self._lock = threading.RLock()
        self._id = secrets.token_hex(4)
        self._created_at = time.time()
        self._counters: dict[bytes, Counter] = {}
        self._records: dict[tuple[Kind, str], Record] = {}
        self._owners: dict[tuple[Kind, str], set[str]] = {}
        self._record_bytes = 0
        self._latest = 0.0  # the latest time that a caller named, for what is told no time
        _stores.add(self)

    def store_id(self) -> str:
        """Return this store's id, made with it."""
        return self._id

    def created_at(self) -> float:
        """Return when this store was made."""
        return self._created_at

    def put(self, kind: Kind, record: Record) -> None:
        """Write a record, replacing one with the same key."""
        with self._lock:
            self._drop(kind, record.key)
            self._records[kind, record.key] = record
            if record.owner:
                self._owners.setdefault((kind, record.owner), set()).add(record.key)
            self._record_bytes += _size(record)
            if self._record_bytes > self._most_record_bytes:
                self._evict_records()

    def get(self, kind: Kind, key: str, now: float) -> Record | None:
        """Return the record, or None if there is none or it has expired."""
        self._latest = now
        record = self._records.get((kind, key))
        return record if record is not None and now < record.expires_at else None

    def replace(self, kind: Kind, old: Record, new: Record) -> bool:
        """Write `new` in place of `old` only if the record still holds `old.value`."""
        with self._lock:
            present = self._records.get((kind, old.key))
            if present is None or present.value != old.value:
                return False
            self._drop(kind, old.key)
            self.put(kind, new)
            return True

    def delete(self, kind: Kind, key: str) -> bool:
        """Remove a record; return whether there was one."""
        with self._lock:
            return self._drop(kind, key)

    def owned(self, kind: Kind, owner: str, now: float) -> list[Record]:
        """Return the live records of `owner`, in the order of their keys."""
        with self._lock:
            keys = sorted(self._owners.get((kind, owner), ()))
            found = [self._records[kind, key] for key in keys]
        return [record for record in found if now < record.expires_at]

    def delete_owned(self, kind: Kind, owner: str, keep: str | None = None) -> int:
        """Remove every record of `owner` but the one called `keep`; return how many."""
        with self._lock:
            keys = [key for key in self._owners.get((kind, owner), ()) if key != keep]
            for key in keys:
                self._drop(kind, key)
        return len(keys)

    def glance(self, claims: Sequence[Claim], now: float) -> Reservation | None:
        """Return what `reserve` would refuse with, or None; takes nothing."""
        with self._lock:
            seen, _ = decide(claims, self._counters, now)
        return None if seen.refused_by is None else seen

    def reserve(self, claims: Sequence[Claim], now: float) -> Reservation:
        """Take one unit from every counter, or from none if one of them refuses."""
        with self._lock:
            reservation, changed = decide(claims, self._counters, now)
            self._counters.update(changed)
            if len(self._counters) > self._most_counters:
                self._evict_counters(now)
        return reservation

    def refund(self, grants: Sequence[Grant], now: float) -> None:
        """Give units back, each only into the window that it was taken from."""
        with self._lock:
            for grant in grants:
                counter = self._counters.get(grant.key)
                if counter is None or now >= counter.expires_at:
                    continue
                left = give_back(grant, counter)
                if left is None:
                    del self._counters[grant.key]
                else:
                    self._counters[grant.key] = left

    def clear(self, keys: Sequence[bytes]) -> None:
        """Forget counters."""
        with self._lock:
            for key in keys:
                self._counters.pop(key, None)

    def counted(self, key: bytes, now: float) -> tuple[int, float]:
        """Return how many units are taken from a counter and when it ends."""
        counter = self._counters.get(key)
        if counter is None or now >= counter.expires_at:
            return 0, now
        return counter.used, counter.expires_at

    def close(self) -> None:
        """Do nothing: there are no files, and what is counted must outlive a caller."""

    def _drop(self, kind: Kind, key: str) -> bool:
        record = self._records.pop((kind, key), None)
        if record is None:
            return False
        self._record_bytes -= _size(record)
        siblings = self._owners.get((kind, record.owner))
        if siblings is not None:
            siblings.discard(key)
            if not siblings:
                del self._owners[kind, record.owner]
        return True

    def _evict_counters(self, now: float) -> None:
        kept = {key: found for key, found in self._counters.items() if now < found.expires_at}
        surplus = len(kept) - int(self._most_counters * _KEEP)
        if surplus > 0:
            for key in islice(_least_first(kept), surplus):
                del kept[key]
        self._counters = kept

    def _evict_records(self) -> None:
        aim = int(self._most_record_bytes * _KEEP)
        now = self._latest

        def worth(place: tuple[Kind, str]) -> tuple[bool, bool, float]:
            expires_at = self._records[place].expires_at
            return now < expires_at, place[0] != "device", expires_at

        for kind, key in sorted(self._records, key=worth):
            if self._record_bytes <= aim:
                break
            if kind != "setting" or self._records[kind, key].expires_at <= now:
                self._drop(kind, key)


def _least_first(counters: dict[bytes, Counter]) -> Iterator[bytes]:
    """Yield the keys of `counters`, first those with which the least would be lost.

    Without sorting all of them: while a flood of names goes on, nearly all have one unit.
    """
    by_units: dict[int, list[bytes]] = {}
    full = []
    for key, counter in counters.items():
        if counter.full:
            full.append(key)
        else:
            by_units.setdefault(counter.used, []).append(key)
    for units in sorted(by_units):
        yield from by_units[units]
    yield from sorted(full, key=lambda key: counters[key].expires_at)


def _size(record: Record) -> int:
    return RECORD_OVERHEAD + len(record.key) + len(record.owner) + len(record.value)


def _renew_locks() -> None:
    # A thread of the parent may have held a lock when it forked; nobody would release it here.
    for store in list(_stores):
        store._lock = threading.RLock()


if hasattr(os, "register_at_fork"):  # not on Windows
    os.register_at_fork(after_in_child=_renew_locks)
