"""A store in one SQLite file, shared by every process of a machine and surviving restarts.

Connections are lent: each operation takes an idle one or opens one, so no two threads use one
at a time and a server that starts a thread for each request does not open one for each. A
connection is never used, nor closed, in a process that it was not opened in.

What is expired is removed a few rows at a time by those who write. A refusal only reads, from
this process's memory while nobody has changed any counter: it needs no lock, and it stays right
whatever others write meanwhile, because nobody who adds units can lift it.
"""

from __future__ import annotations

import os
import sqlite3
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from weakref import WeakSet

from hardening.errors import StoreError
from hardening.storage.base import Claim, Grant, Kind, Record, Reservation
from hardening.storage.changes import Changes, KeptCounters, KeptRecords
from hardening.storage.counters import Counter, decide, give_back
from hardening.storage.files import create_private
from hardening.storage.sqlite_schema import BUSY_TIMEOUT_S, about, prepare

SWEEP_EVERY = 16  # writes of one process between two sweeps
SWEEP_ROWS = 256  # removed by one sweep: more than those writes can have added

_GET = "SELECT key, owner, value, expires_at FROM records WHERE kind = ? AND key = ?"
_PUT = "INSERT OR REPLACE INTO records (kind, key, owner, value, expires_at) VALUES (?,?,?,?,?)"
_COUNTER = 'SELECT key, "window", used, last, "full", expires_at FROM counters WHERE key IN '
_COUNT = "INSERT OR REPLACE INTO counters VALUES (?,?,?,?,?,?)"
_SWEEPS = (
    "DELETE FROM counters WHERE key IN"
    " (SELECT key FROM counters WHERE expires_at <= ? ORDER BY expires_at LIMIT ?)",
    "DELETE FROM records WHERE (kind, key) IN"
    " (SELECT kind, key FROM records WHERE expires_at <= ? ORDER BY expires_at LIMIT ?)",
)

_opening = threading.Lock()
_stores: WeakSet[SqliteStore] = WeakSet()
_inherited: list[sqlite3.Connection] = []  # kept, not closed: see `SqliteStore._lend`


class SqliteStore:
    """See the module. Opens nothing before its first use.

    Args:
        path: the file; its folder must exist. Made with mode 0600 if it does not exist.
    """

    name = "sqlite"
    shared = True

    def __init__(self, path: Path) -> None:
        self.path = path
        self._pid = os.getpid()
        self._idle: list[sqlite3.Connection] = []
        self._turn = threading.Lock()
        self._about: tuple[str, float] | None = None
        self._writes = 0
        self._latest = 0.0  # the latest time that a caller named, for what is told no time
        noted = path.with_name(f"{path.name}-changes")
        self._changes = Changes(noted)
        self._sessions = KeptRecords("session", self._changes)
        self._counts = Changes(noted, "counters")
        self._kept_counters = KeptCounters(self._counts)
        _stores.add(self)

    def store_id(self) -> str:
        """Return the id that the file was given when it was made."""
        return self._read_about()[0]

    def created_at(self) -> float:
        """Return when the file was made."""
        return self._read_about()[1]

    def put(self, kind: Kind, record: Record) -> None:
        """Write a record, replacing one with the same key."""
        with self._changing() as connection:
            connection.execute(_PUT, _row(kind, record))

    def get(self, kind: Kind, key: str, now: float) -> Record | None:
        """Return the record, or None if there is none or it has expired."""
        self._latest = now
        # Every request of a user who is logged in looks for the same session record.
        if kind == "session":
            record = self._sessions.get(key, now, self._select)
        else:
            record = self._select(kind, key)
        return record if record is not None and now < record.expires_at else None

    def replace(self, kind: Kind, old: Record, new: Record) -> bool:
        """Write `new` in place of `old` only if the record still holds `old.value`."""
        with self._changing() as connection:
            removed = connection.execute(
                "DELETE FROM records WHERE kind = ? AND key = ? AND value = ?",
                (kind, old.key, old.value),
            ).rowcount
            if removed:
                connection.execute(_PUT, _row(kind, new))
        return bool(removed)

    def delete(self, kind: Kind, key: str) -> bool:
        """Remove a record; return whether there was one."""
        with self._changing() as connection:
            return bool(
                connection.execute(
                    "DELETE FROM records WHERE kind = ? AND key = ?", (kind, key)
                ).rowcount
            )

    def owned(self, kind: Kind, owner: str, now: float) -> list[Record]:
        """Return the live records of `owner`, in the order of their keys."""
        if not owner:
            return []
        with self._reading() as connection:
            rows = connection.execute(
                "SELECT key, owner, value, expires_at FROM records"
                " WHERE kind = ? AND owner = ? AND expires_at > ? ORDER BY key",
                (kind, owner, now),
            ).fetchall()
        return [Record(*row) for row in rows]

    def delete_owned(self, kind: Kind, owner: str, keep: str | None = None) -> int:
        """Remove every record of `owner` but the one called `keep`; return how many."""
        if not owner:
            return 0
        with self._changing() as connection:
            return connection.execute(
                "DELETE FROM records WHERE kind = ? AND owner = ? AND key IS NOT ?",
                (kind, owner, keep),
            ).rowcount

    def glance(self, claims: Sequence[Claim], now: float) -> Reservation | None:
        """Return what `reserve` would refuse with, or None; takes nothing."""
        keys = [claim.key for claim in claims]
        seen, _ = decide(claims, self._kept_counters.get(keys, now, self._look_up), now)
        return None if seen.refused_by is None else seen

    def reserve(self, claims: Sequence[Claim], now: float) -> Reservation:
        """Take one unit from every counter, or from none if one of them refuses."""
        refused = self.glance(claims, now)
        if refused is not None:
            return refused
        keys = [claim.key for claim in claims]
        self._latest = now
        with self._counting() as connection:
            reservation, changed = decide(claims, _counters(connection, keys), now)
            connection.executemany(_COUNT, [(key, *counter) for key, counter in changed.items()])
        return reservation

    def refund(self, grants: Sequence[Grant], now: float) -> None:
        """Give units back, each only into the window that it was taken from."""
        if not grants:
            return
        self._latest = now
        with self._counting() as connection:
            for grant in grants:
                counter = _counters(connection, [grant.key]).get(grant.key)
                if counter is None or now >= counter.expires_at:
                    continue
                left = give_back(grant, counter)
                if left is None:
                    connection.execute("DELETE FROM counters WHERE key = ?", (grant.key,))
                elif left is not counter:
                    connection.execute(_COUNT, (grant.key, *left))

    def clear(self, keys: Sequence[bytes]) -> None:
        """Forget counters."""
        if not keys:
            return
        with self._counting() as connection:
            connection.executemany("DELETE FROM counters WHERE key = ?", [(key,) for key in keys])

    def counted(self, key: bytes, now: float) -> tuple[int, float]:
        """Return how many units are taken from a counter and when it ends."""
        with self._reading() as connection:
            counter = _counters(connection, [key]).get(key)
        if counter is None or now >= counter.expires_at:
            return 0, now
        return counter.used, counter.expires_at

    def close(self) -> None:
        """Close the idle connections; a later use opens new ones."""
        self._sessions.clear()
        self._kept_counters.clear()
        while self._idle:
            connection = self._idle.pop()
            if self._pid == os.getpid():
                connection.close()
            else:
                _inherited.append(connection)

    def _lend(self) -> sqlite3.Connection:
        """Return a connection of this process that nobody else uses."""
        if self._pid != os.getpid():
            # SQLite forbids even closing a connection in a forked process, as it could remove
            # the log that the parent writes to (sqlite.org/howtocorrupt.html, section 2.6).
            _inherited.extend(self._idle)
            self._idle = []
            self._pid = os.getpid()
        try:
            return self._idle.pop()
        except IndexError:
            return self._open()

    def _open(self) -> sqlite3.Connection:
        # One at a time: `create_private` opens the file itself, and closing any descriptor of
        # a file drops this process's locks on it.
        with _opening:
            try:
                create_private(self.path)
                connection = sqlite3.connect(
                    self.path,
                    timeout=BUSY_TIMEOUT_S,
                    isolation_level=None,
                    check_same_thread=False,  # lent to one thread at a time, see the module
                    cached_statements=64,
                )
            except (OSError, sqlite3.Error) as error:
                raise _failure(error) from error
            try:
                self._prepare(connection)
            except sqlite3.Error as error:
                connection.close()
                raise _failure(error) from error
            except StoreError:
                connection.close()
                raise
        return connection

    def _prepare(self, connection: sqlite3.Connection) -> None:
        made = prepare(connection)
        self._changes.open()
        self._counts.open()
        if made or self._about is None:
            self._about = about(connection)

    def _read_about(self) -> tuple[str, float]:
        if self._about is None:
            self._idle.append(self._lend())
        if self._about is None:
            raise StoreError("the store was closed while it was opened")
        return self._about

    def _select(self, kind: Kind, key: str) -> Record | None:
        # Not by `_reading`, which would cost a request more than the look-up does.
        connection = self._lend()
        try:
            row = connection.execute(_GET, (kind, key)).fetchone()
        except sqlite3.Error as error:
            connection.close()
            raise _failure(error) from error
        self._idle.append(connection)
        return None if row is None else Record(*row)

    @contextmanager
    def _reading(self) -> Iterator[sqlite3.Connection]:
        connection = self._lend()
        try:
            yield connection
        except sqlite3.Error as error:
            connection.close()
            raise _failure(error) from error
        except BaseException:
            connection.close()
            raise
        self._idle.append(connection)

    @contextmanager
    def _writing(self) -> Iterator[sqlite3.Connection]:
        # SQLite lets waiting writers try again at random, so among dozens of threads one may
        # never get its turn. Threads queue here, and only one of each process asks SQLite.
        turn = self._turn
        if not turn.acquire(timeout=BUSY_TIMEOUT_S):
            raise StoreError("the SQLite store failed: no turn to write in time")
        try:
            # Closing a connection rolls its transaction back.
            with self._reading() as connection:
                connection.execute("BEGIN IMMEDIATE")
                yield connection
                self._writes += 1
                if self._writes % SWEEP_EVERY == 0 and self._latest:
                    for sweep in _SWEEPS:
                        connection.execute(sweep, (self._latest, SWEEP_ROWS))
                connection.execute("COMMIT")
        finally:
            turn.release()

    @contextmanager
    def _changing(self) -> Iterator[sqlite3.Connection]:
        """As `_writing`, for records: copies of them that anybody keeps count no more."""
        with self._writing() as connection:
            number = self._changes.begin()
            yield connection
        self._changes.finish(number)

    @contextmanager
    def _counting(self) -> Iterator[sqlite3.Connection]:
        """As `_changing`, for counters."""
        with self._writing() as connection:
            number = self._counts.begin()
            yield connection
        self._counts.finish(number)

    def _look_up(self, keys: Sequence[bytes]) -> dict[bytes, Counter]:
        with self._reading() as connection:
            return _counters(connection, keys)


def _counters(connection: sqlite3.Connection, keys: Sequence[bytes]) -> dict[bytes, Counter]:
    rows = connection.execute(f"{_COUNTER}({','.join('?' * len(keys))})", keys)
    return {
        key: Counter(window, used, last, bool(full), ends)
        for key, window, used, last, full, ends in rows
    }


def _row(kind: Kind, record: Record) -> tuple[str, str, str, bytes, float]:
    return kind, record.key, record.owner, record.value, record.expires_at


def _failure(error: Exception) -> StoreError:
    return StoreError(f"the SQLite store failed: {error}")


def _close_idle() -> None:
    # So that a forked process inherits none and has none to close when it ends.
    for store in list(_stores):
        store.close()


def _forget_turns() -> None:
    # A lock that another thread held at the fork would never be released in the child.
    for store in list(_stores):
        store._turn = threading.Lock()


if hasattr(os, "register_at_fork"):  # not on Windows
    os.register_at_fork(before=_close_idle, after_in_child=_forget_turns)
