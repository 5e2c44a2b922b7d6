"""Counts what a column holds, by format and strength, in memory that does not grow with it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

from hardening.rehash.errors import RunError, reason
from hardening.rehash.sorting import MEANINGS, Rules, Sorted, State, sort
from hardening.rehash.target import Row, Target

PAGE = 2000  # rows; about a megabyte
# Whoever writes to the database chooses the round counts: all beyond these are counted as one.
MOST_KINDS = 200


@dataclass(slots=True)
class Census:
    """How many rows hold what."""

    kinds: Counter[tuple[State, str]] = field(default_factory=Counter)
    longest: int = 0
    """Characters of the longest wrapped hash that is to be written."""

    @property
    def rows(self) -> int:
        """How many rows there are."""
        return self.kinds.total()

    def count(self, state: State) -> int:
        """Return how many rows are in `state`."""
        return sum(number for (each, _), number in self.kinds.items() if each == state)

    @property
    def due(self) -> int:
        """Return how many rows are to be changed."""
        return self.count("due") + self.count("reseal")

    def add(self, found: Sorted) -> None:
        """Count one row."""
        name = (found.state, found.kind)
        if name not in self.kinds and len(self.kinds) >= MOST_KINDS:
            name = (found.state, "others")
        self.kinds[name] += 1
        self.longest = max(self.longest, found.length)

    def as_json(self) -> dict[str, Any]:
        """Return it as plain data."""
        return {
            "rows": self.rows,
            "due": self.due,
            "states": {state: self.count(state) for state in MEANINGS},
            "formats": [
                {"format": kind, "state": state, "rows": number}
                for state, kind, number in self._order()
            ],
        }

    def as_lines(self) -> list[str]:
        """Return it for people."""
        lines = [
            f"{number:>10}  {kind:<38}  {MEANINGS[state]}" for state, kind, number in self._order()
        ]
        return [*lines, f"{self.rows:>10}  in all, {self.due} to be done"]

    def _order(self) -> list[tuple[State, str, int]]:
        known = list(MEANINGS)
        found = [(state, kind, number) for (state, kind), number in self.kinds.items()]
        return sorted(found, key=lambda each: (known.index(each[0]), -each[2], each[1]))


def take(target: Target, rules: Rules, seen: Callable[[int], object] = lambda rows: None) -> Census:
    """Return the census of a column.

    Args:
        target: the column.
        rules: what decides about each value.
        seen: told how many rows were counted, now and then.

    Raises:
        RunError: the database fails.
    """
    census = Census()
    for page in pages(target):
        for row in page:
            census.add(sort(row, rules))
        seen(census.rows)
    return census


def pages(target: Target, *, fresh: bool = False) -> Iterator[list[Row]]:
    """Yield all rows, page by page, each in a transaction of its own and without locks.

    Args:
        target: the column.
        fresh: leave out what is Argon2 or wrapped.

    Raises:
        RunError: the database fails.
    """
    from sqlalchemy import exc

    after = None
    try:
        with target.engine.connect() as connection:
            while True:
                with connection.begin():
                    page = target.page(connection, after, PAGE, fresh=fresh)
                if not page:
                    return
                after = page[-1].key
                yield page
    except exc.SQLAlchemyError as error:
        raise RunError(f"the database cannot be read: {reason(error)}") from None
