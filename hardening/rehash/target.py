"""One column of password hashes in one table, and every statement that is sent to it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple

from hardening.passwords.onion import PREFIX

if TYPE_CHECKING:
    from sqlalchemy import ColumnElement, Connection, Engine, Select

# What is never due without a pepper; told apart by its first characters in SQL, so that a run that
# goes on after another one does not fetch what that has done.
DONE = ("$argon2", PREFIX)

Key = tuple[Any, ...]
Stored = str | bytes


class Row(NamedTuple):
    """One row of the table."""

    key: Key
    stored: Any
    """As the driver gives it: text, bytes, or None."""
    salt: str | None
    """Of the column that holds it, if there is one."""

    def __repr__(self) -> str:  # it may end up in somebody's traceback
        return f"Row(key={self.key!r})"


class Change(NamedTuple):
    """A new value for one row, if it still holds the old one."""

    key: Key
    old: Stored
    new: Stored

    def __repr__(self) -> str:  # as above
        return f"Change(key={self.key!r})"


@dataclass(frozen=True, slots=True)
class Target:
    """The column to work on. Values pass as the driver has them: no type of the app's converts."""

    engine: Engine
    table: str
    schema: str | None
    column: str
    key: tuple[str, ...]
    """Columns that are unique together and never empty, in the order of the pages."""
    length: int | None = None
    """Declared characters or bytes of the column; None where there is no limit."""
    binary: bool = False
    """Whether the column holds bytes."""
    salt: str | None = None
    """Column of the salt, where the app declared that it stands apart."""

    @property
    def locks(self) -> bool:
        """Whether the database lets several machines share the table without waiting."""
        return self.engine.dialect.name == "postgresql"

    @property
    def enforces_length(self) -> bool:
        """Whether the database refuses what is longer than declared. SQLite does not."""
        return self.engine.dialect.name != "sqlite"

    @property
    def named(self) -> str:
        """Table and column, for people."""
        return ".".join(filter(None, (self.schema, self.table, self.column)))

    def page(
        self,
        connection: Connection,
        after: Key | None,
        size: int,
        *,
        lock: bool = False,
        fresh: bool = False,
    ) -> list[Row]:
        """Return the next rows in the order of the key.

        Args:
            connection: of the engine.
            after: the key of the last row before; None: from the beginning.
            size: how many rows at most.
            lock: hold the rows until the transaction ends, and leave out those that others hold.
            fresh: leave out what is Argon2 or wrapped.
        """
        from sqlalchemy import func, select

        table = self._bare()
        keys = [table.c[name] for name in self.key]
        salt = [] if self.salt is None else [table.c[self.salt]]
        stored = table.c[self.column]
        query: Select[Any] = select(*keys, stored, *salt).order_by(*keys).limit(size)
        if after is not None:
            query = query.where(self._beyond(keys, after))
        if fresh:
            heads = [self._bytes(head) for head in DONE]
            query = query.where(
                stored.is_not(None),
                *(func.substr(stored, 1, len(head)) != _plain(head) for head in heads),
            )
        if lock and self.locks:
            # NO KEY: rows of other tables that refer to a locked user can still be inserted.
            query = query.with_for_update(skip_locked=True, key_share=True)
        width = len(self.key)
        return [
            Row(tuple(row[:width]), row[width], _text(row[width + 1]) if salt else None)
            for row in connection.execute(query)
        ]

    def swap(self, connection: Connection, changes: Sequence[Change]) -> int:
        """Write every change whose row still holds the old value; return how many did."""
        from sqlalchemy import bindparam, update
        from sqlalchemy.types import NullType

        table = self._bare()
        raw = NullType()
        ours = [table.c[n] == bindparam(f"key{i}", type_=raw) for i, n in enumerate(self.key)]
        held = table.c[self.column] == bindparam("old", type_=raw)
        new = bindparam("new", type_=raw)
        statement = update(table).where(*ours, held).values({self.column: new})
        values = [
            {
                **{f"key{i}": part for i, part in enumerate(change.key)},
                "old": change.old,
                "new": change.new,
            }
            for change in changes
        ]
        return connection.execute(statement, values).rowcount if values else 0

    def _bare(self) -> Any:
        from sqlalchemy import column, table

        names = [*self.key, self.column, *([] if self.salt is None else [self.salt])]
        return table(self.table, *map(column, dict.fromkeys(names)), schema=self.schema)

    def _beyond(self, keys: Sequence[ColumnElement[Any]], after: Key) -> ColumnElement[bool]:
        from sqlalchemy import tuple_

        if len(keys) == 1:
            return keys[0] > _plain(after[0])
        return tuple_(*keys) > tuple_(*map(_plain, after))

    def _bytes(self, text: str) -> Stored:
        return text.encode() if self.binary else text


def _plain(value: object) -> ColumnElement[Any]:
    """Return `value` as a parameter that nothing converts."""
    from sqlalchemy import bindparam
    from sqlalchemy.types import NullType

    return bindparam(None, value, type_=NullType())


def _text(value: object) -> str | None:
    return value.decode("utf-8", "replace") if isinstance(value, bytes) else value  # type: ignore[return-value]  # a text column


__all__ = ["DONE", "Change", "Key", "Row", "Stored", "Target"]
