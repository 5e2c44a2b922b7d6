"""What the stored hashes of one app cost to verify, as far as logins have shown.

Kept in the store, so that a new worker knows what an old one saw. Bounded: a few families of
hashes, each forgotten when it was not met for some time, and none that costs more than what
libraries make by default; a single outsized hash must not make every login as slow as itself.
What is read back is judged as strictly as what is seen, so whoever writes to the store gains no
more than that.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from threading import Lock
from typing import TYPE_CHECKING

from hardening.errors import StoreError
from hardening.passwords.work import Work
from hardening.storage.base import Record

if TYPE_CHECKING:
    from hardening.context import Context

_KEY = "login-work"
_REREAD_S = 60  # how soon a worker learns what another one saw: our own
_DAY_S = 24 * 60 * 60
KEPT_DAYS = 90  # of a family that no login meets any more: our own
MOST_FAMILIES = 4  # our own; each adds its whole cost to every failing login
_MOST_ENDPOINTS = 32  # that are remembered as checking passwords unseen

# The most that is levelled to, in units of the family: what libraries make by default, and a
# little more.
MOST_KIB = 64 * 1024  # 64 MiB: argon2-cffi's default
_MOST_PASSES = 4  # argon2-cffi's default is 3
_MOST_LANES = 4  # argon2-cffi's default
_MOST_ROUNDS = 1_500_000  # Django 6: 1,200,000; Werkzeug 3.1: 1,000,000
_DIGESTS = frozenset(["md5", "sha1", "sha224", "sha256", "sha384", "sha512"])
_MOST_CRYPT = 700_000  # passlib: 656,000
_MOST_PHPASS = 2**15  # WordPress: 2**13
_MOST_BCRYPT = 2**14  # Flask-Bcrypt's default is 12


def levelled(work: Work) -> bool:
    """Return whether every failing login may be made to cost `work`."""
    match work.family:
        case ("argon2id" | "argon2i" | "argon2d", int(memory_kib), int(lanes)):
            most = _MOST_PASSES * MOST_KIB // max(memory_kib, 1)
            passes = max(_MOST_PASSES, min(most, 20))
            fits = 8 * lanes <= memory_kib <= MOST_KIB and 1 <= lanes <= _MOST_LANES
            return fits and 1 <= work.units <= passes
        case ("pbkdf2", str(digest)):
            return digest in _DIGESTS and 1 <= work.units <= _MOST_ROUNDS
        case ("scrypt", int(n), int(r)):
            power_of_two = n > 1 and n & (n - 1) == 0
            return power_of_two and r >= 1 and 1 <= 128 * n * r * work.units <= MOST_KIB * 1024
        case ("bcrypt",):
            return 2**4 <= work.units <= _MOST_BCRYPT
        case ("crypt-sha256" | "crypt-sha512",):
            return 1000 <= work.units <= _MOST_CRYPT
        case ("phpass",):
            return 2**7 <= work.units <= _MOST_PHPASS
        case ("crypt-md5",):
            return work.units == 1000
        case ("digest",) | ("crypt-des",):
            return work.units == 1
    return False


@dataclass(slots=True)
class _Known:
    """What is known: for each family the most units and the last day it was met."""

    families: dict[tuple[str | int, ...], tuple[int, int]] = field(default_factory=dict)
    unseen: set[str] = field(default_factory=set)

    def add(self, work: Work, day: int) -> bool:
        """Take `work` in; return whether that is news."""
        units, last = self.families.get(work.family, (0, 0))
        new = (max(units, work.units), max(last, day))
        self.families[work.family] = new
        return new != (units, last)

    def trim(self, day: int) -> None:
        """Drop what is old, then the oldest of what is too much."""
        fresh = {k: v for k, v in self.families.items() if day - v[1] <= KEPT_DAYS}
        newest = sorted(fresh, key=lambda family: fresh[family][1], reverse=True)
        self.families = {family: fresh[family] for family in newest[:MOST_FAMILIES]}


class Census:
    """The costs of one app's stored hashes, and the logins whose checks nobody sees.

    Args:
        context: the wrapped app, whose store keeps it.
    """

    def __init__(self, context: Context) -> None:
        self._context = context
        self._known = _Known()
        self._read_at = float("-inf")
        self._lock = Lock()

    def works(self) -> tuple[Work, ...]:
        """Return the costliest work of every family."""
        with self._lock:
            self._refresh()
            self._known.trim(self._day())
            return tuple(Work(family, units) for family, (units, _) in self._known.families.items())

    def unseen(self) -> frozenset[str]:
        """Return the login endpoints whose password checks no adopted function does."""
        with self._lock:
            self._refresh()
            return frozenset(self._known.unseen)

    def saw(self, works: Iterable[Work], endpoint: str) -> None:
        """Take in what the checks of a login at `endpoint` cost."""
        with self._lock:
            self._refresh()
            day = self._day()
            news = [self._known.add(work, day) for work in works]
            if endpoint in self._known.unseen:
                self._known.unseen.discard(endpoint)
                news.append(True)
            if any(news):
                self._known.trim(day)
                self._write()

    def saw_none(self, endpoint: str) -> bool:
        """Take in that `endpoint` let somebody in unseen; return whether that is news."""
        with self._lock:
            self._refresh()
            if endpoint in self._known.unseen or len(self._known.unseen) >= _MOST_ENDPOINTS:
                return False
            self._known.unseen.add(endpoint)
            self._write()
            return True

    def _day(self) -> int:
        return int(self._context.now() // _DAY_S)

    def _refresh(self) -> None:
        now = self._context.now()
        if 0 <= now - self._read_at < _REREAD_S:
            return
        self._read_at = now
        try:
            record = self._context.store.get("setting", _KEY, now)
        except StoreError:
            return  # what this process saw itself still counts
        if record is not None:
            for work, last in _read(record.value):
                self._known.add(work, min(last, self._day()))
            self._known.unseen = _read_unseen(record.value)

    def _write(self) -> None:
        families = [[list(f), units, day] for f, (units, day) in self._known.families.items()]
        value = json.dumps({"work": families, "unseen": sorted(self._known.unseen)}).encode()
        expires = self._context.now() + KEPT_DAYS * _DAY_S
        try:
            self._context.store.put("setting", Record(_KEY, "", value, expires))
        except StoreError:
            return  # as above; the guards that need the store report it


def _read(value: bytes) -> Iterator[tuple[Work, int]]:
    """Yield what a record holds, leaving out whatever could not have been seen."""
    for entry in _part(value, "work"):
        match entry:
            case [[*family], int(units), int(day)]:
                work = Work(tuple(f for f in family if isinstance(f, str | int)), units)
                if levelled(work):
                    yield work, day


def _read_unseen(value: bytes) -> set[str]:
    return {name for name in _part(value, "unseen")[:_MOST_ENDPOINTS] if isinstance(name, str)}


def _part(value: bytes, name: str) -> list[object]:
    try:
        found = json.loads(value)
    except (ValueError, RecursionError):
        return []
    part = found.get(name) if isinstance(found, dict) else None
    return part if isinstance(part, list) else []
