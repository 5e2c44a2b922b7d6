"""Hands the rows of a table to the lanes, page by page, until none is left to do."""

from __future__ import annotations

from threading import Lock
from typing import TYPE_CHECKING

from hardening.passwords.pepper import NO_KEYS
from hardening.rehash.sorting import Due, Rules, due
from hardening.rehash.target import Key, Target

if TYPE_CHECKING:
    from sqlalchemy import Connection


class Claims:
    """The place in the table that all lanes of a run share.

    Args:
        target: the column.
        rules: what decides about each value.
        limit: how many rows to hand out; None: all.
    """

    def __init__(self, target: Target, rules: Rules, limit: int | None) -> None:
        self._target = target
        self._rules = rules
        self._left = limit
        self._after: Key | None = None
        self._lock = Lock()

    def restart(self) -> None:
        """Go through the table once more, for rows that others held."""
        with self._lock:
            self._after = None

    @property
    def used_up(self) -> bool:
        """Whether as many rows were handed out as the limit allows."""
        return self._left is not None and self._left <= 0

    def take(self, connection: Connection, size: int) -> list[Due]:
        """Return the next rows to wrap, at most `size`; empty at the end of the table.

        Where the database can, they are locked until the transaction of `connection` ends.
        """
        with self._lock:
            while not self.used_up:
                wanted = size if self._left is None else min(size, self._left)
                fresh = self._rules.pepper == NO_KEYS
                page = self._target.page(connection, self._after, wanted, lock=True, fresh=fresh)
                if not page:
                    break
                self._after = page[-1].key
                found = [each for each in (due(row, self._rules) for row in page) if each]
                if found:
                    if self._left is not None:
                        self._left -= len(found)
                    return found
        return []

    def give_back(self, rows: int) -> None:
        """Take back rows that were handed out and not written."""
        with self._lock:
            if self._left is not None:
                self._left += rows
