"""One thread of a run, with a connection of its own: claim rows, hash, write, again.

On PostgreSQL the claimed rows stay locked while they are hashed, so that other machines take
others; a batch is about a quarter of a second's work, and nobody waits longer for a row. SQLite has
no such locks: rows are hashed outside of any transaction. Either way a row is written only if it
still holds what was hashed, and a batch is written in one transaction: a run that is killed has
written it or not.
"""

from __future__ import annotations

from collections.abc import Callable
from threading import Event, Lock
from typing import TYPE_CHECKING, Protocol

from hardening.rehash.claims import Claims
from hardening.rehash.pace import Pace
from hardening.rehash.sorting import Due, Rules
from hardening.rehash.target import Change, Target

if TYPE_CHECKING:
    from sqlalchemy import Connection


class Keeper(Protocol):
    """What keeps sessions alive over a re-hash (`hardening.rehash.live_sessions`)."""

    def before(self, changes: list[Change]) -> Callable[[], None]:
        """Called before new hashes are written; returns what to call once all of them are."""


class Tally:
    """What a run has done, for all lanes."""

    def __init__(self) -> None:
        self.written = 0
        """Rows written."""
        self.changed = 0
        """Rows that held something else by the time they were to be written."""
        self._lock = Lock()

    def add(self, written: int, changed: int) -> None:
        """Count the rows of one batch."""
        with self._lock:
            self.written += written
            self.changed += changed


class Lane:
    """One thread's share of a run.

    Args:
        target: the column.
        rules: what decides about each value, with the cost of the new layer.
        claims: hands out the rows.
        pace: how fast.
        batch: rows in a batch.
        tally: counts what was done.
        stop: set where the run is to end after the batch at hand.
        keeper: keeps sessions alive; None: nothing does.
        done: told after each batch.
    """

    def __init__(
        self,
        target: Target,
        rules: Rules,
        *,
        claims: Claims,
        pace: Pace,
        batch: int,
        tally: Tally,
        stop: Event,
        keeper: Keeper | None,
        done: Callable[[], object],
    ) -> None:
        self._target = target
        self._rules = rules
        self._claims = claims
        self._pace = pace
        self._batch = batch
        self._tally = tally
        self._stop = stop
        self._keeper = keeper
        self._done = done

    def work(self) -> None:
        """Work until there is nothing left to claim.

        Raises:
            SQLAlchemyError: the database fails; the batch at hand is not written.
        """
        with self._target.engine.connect() as connection:
            while not self._stop.is_set():
                self._pace.take(self._batch)
                if not self._once(connection):
                    return
                self._done()

    def _once(self, connection: Connection) -> int:
        if self._target.locks:
            with connection.begin():
                found = self._claims.take(connection, self._batch)
                changes, settle = self._prepare(found)
                written = self._target.swap(connection, changes)
        else:
            with connection.begin():
                found = self._claims.take(connection, self._batch)
            changes, settle = self._prepare(found)
            with connection.begin():
                written = self._target.swap(connection, changes)
        missed = len(changes) - written
        self._tally.add(written, missed)
        self._claims.give_back(missed)
        self._pace.give_back(self._batch - len(found))
        if not missed:  # else it is unknown whose; their sessions go on accepting both
            settle()
        return len(found)

    def _prepare(self, found: list[Due]) -> tuple[list[Change], Callable[[], None]]:
        changes = [each.change(self._rules) for each in found]
        if self._keeper is None or not changes:
            return changes, _nothing
        return changes, self._keeper.before(changes)


def _nothing() -> None:
    """Settle what nobody has to keep."""
