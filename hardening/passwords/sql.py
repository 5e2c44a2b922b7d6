"""Writes an upgraded hash for a user that SQLAlchemy maps, beside the app's own session.

The app's session is never flushed, committed or queried, and its objects keep the old value
until they are loaded again. The write is a compare-and-swap on a connection of its own: inside
the app's transaction a SQLite file would stall on its own lock, and PostgreSQL on its own row.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from hardening.passwords.columns import advice, holds_text, room_for
from hardening.passwords.deferred import DeferredError, as_text, like

if TYPE_CHECKING:
    from sqlalchemy import Column, Connection, Engine, RootTransaction
    from sqlalchemy.orm import InstanceState

LOCK_MS = 100  # our own: a login does not wait longer than this for an upgrade
ROW_LOCKS = ("postgresql", "mysql", "mariadb")  # those that know FOR UPDATE NOWAIT


@dataclass(frozen=True, slots=True)
class Row:
    """One user's row, and which of its columns may hold the hash."""

    engine: Engine
    table: Any
    """A bare table: the app's own would add its ``onupdate`` columns."""
    key: tuple[tuple[str, Any], ...]
    """Names and values of the primary key."""
    names: tuple[str, ...]
    """Names of the candidate columns: one if the object held the hash, more if it was expired."""


def mapped(user: object) -> InstanceState[Any] | None:
    """Return SQLAlchemy's view of `user`, or None if it maps no such class."""
    if "sqlalchemy.orm" not in sys.modules:
        return None
    state = sys.modules["sqlalchemy"].inspect(user, raiseerr=False)
    return state if hasattr(state, "mapper") and hasattr(state, "identity") else None


def bind_of(user: object) -> Any:
    """Return the engine or connection that `user`'s session would use; None without a session."""
    state = mapped(user)
    session = None if state is None else sys.modules["sqlalchemy.orm"].object_session(user)
    return None if state is None or session is None else session.get_bind(state.mapper)


def locate(
    state: InstanceState[Any], bind: Any, stored: str, length: int, attribute: str | None
) -> Row:
    """Return the row that holds `stored`.

    Args:
        state: of the user.
        bind: its engine, while its session is still there to be asked.
        stored: the hash that was just verified.
        length: how many characters will replace it.
        attribute: the only mapped attribute to look at; None: the one that equals `stored`.

    Raises:
        DeferredError: there is no such row, or it must not be written.
    """
    import sqlalchemy

    if state.identity is None:
        raise DeferredError("not_stored")
    if bind is None:
        raise DeferredError("no_session")
    if not isinstance(bind, sqlalchemy.Engine):
        raise DeferredError("bound_to_connection")
    if getattr(bind.dialect, "is_async", False):
        raise DeferredError("async_engine")
    columns = _columns(state, stored, attribute)
    fitting = [column for column in columns if room_for(column, length)]
    if not fitting:
        _refuse(columns)
    owner = fitting[0].table
    names = tuple(column.name for column in fitting if column.table is owner)
    key = _key(state, owner)
    types = {column.name: column.type for column in owner.columns}
    wanted = dict.fromkeys([*names, *(name for name, _ in key)])
    bare = sqlalchemy.table(
        owner.name,
        *(sqlalchemy.column(name, types[name]) for name in wanted),
        schema=owner.schema,
    )
    return Row(bind, bare, key, names)


def write(row: Row, old: str, new: str) -> bool:
    """Replace `old` by `new` in `row`; return False if the row no longer holds `old`.

    Waits at most 100 ms for a lock.

    Raises:
        DeferredError: the database is busy, locked or refuses.
    """
    from sqlalchemy import exc

    _check_pool(row.engine.pool)
    try:
        with row.engine.connect() as connection:
            _check_idle(connection)
            with _impatient(connection) as transaction:
                changed = _swap(connection, row, old, new)
                _commit(transaction)
                return changed
    except exc.DBAPIError as error:
        # By its kind only: its text quotes the statement with its values.
        raise DeferredError("database", error=type(error).__name__) from None
    except (exc.TimeoutError, AssertionError):  # `AssertionPool` has one connection, in use
        raise DeferredError("pool_exhausted") from None


def _columns(state: InstanceState[Any], stored: str, attribute: str | None) -> list[Column[Any]]:
    """Return the column whose loaded value is `stored`, else those that are not loaded."""
    from sqlalchemy.schema import Column

    if attribute is not None and attribute in state.mapper.synonyms:
        attribute = state.mapper.synonyms[attribute].name
    held: list[Column[Any]] = []
    expired: list[Column[Any]] = []
    for property_ in state.mapper.column_attrs:
        column = property_.columns[0]
        if attribute not in (None, property_.key) or not isinstance(column, Column):
            continue
        if property_.key in state.dict:
            if as_text(state.dict[property_.key]) == stored:
                held.append(column)
        elif holds_text(column):
            expired.append(column)
    if not held and not expired:
        raise DeferredError("attribute_not_found")
    return held or expired


def _refuse(columns: list[Column[Any]]) -> None:
    column = columns[0]
    if not holds_text(column):
        raise DeferredError("column_type", column=str(column.name))
    table = str(column.table)
    raise DeferredError(
        "column_short", table=table, column=str(column.name), advice=advice(table, column.name)
    )


def _key(state: InstanceState[Any], owner: Any) -> tuple[tuple[str, Any], ...]:
    """Return the primary key of the user's row in `owner`, with joined inheritance too."""
    identity = dict(zip(state.mapper.primary_key, state.identity or (), strict=True))

    def value(column: Any) -> Any:
        if column in identity:
            return identity[column]
        for foreign in column.foreign_keys:  # a joined table's key is its parent's
            return value(foreign.column)
        raise DeferredError("primary_key")

    return tuple((column.name, value(column)) for column in owner.primary_key)


def _swap(connection: Connection, row: Row, old: str, new: str) -> bool:
    from sqlalchemy import select, update

    columns = [row.table.c[name] for name in row.names]
    ours = [row.table.c[name] == value for name, value in row.key]
    query = select(*columns).where(*ours)
    if connection.dialect.name in ROW_LOCKS:
        query = query.with_for_update(nowait=True)
    found = connection.execute(query).first()
    for column, held in zip(columns, found or (), strict=False):  # no row: nothing to look at
        if as_text(held) == old:
            changed = update(row.table).where(*ours, column == held)
            result = connection.execute(changed.values({column.name: like(held, new)}))
            return bool(result.rowcount == 1)
    return False


def _commit(transaction: RootTransaction) -> None:
    from sqlalchemy import exc

    try:
        transaction.commit()
    except exc.DBAPIError as error:
        # A lost connection leaves it open whether the database has the new hash.
        raise DeferredError("commit", sure=False, error=type(error).__name__) from None


@contextmanager
def _impatient(connection: Connection) -> Iterator[RootTransaction]:
    """Begin a transaction that waits for no lock longer than `LOCK_MS`."""
    dialect = connection.dialect.name
    if dialect == "sqlite":
        # On the driver's connection: an app may have `BEGIN IMMEDIATE` sent at every start of a
        # transaction, which is where it would wait.
        raw: Any = connection.connection.dbapi_connection
        (before,) = raw.execute("PRAGMA busy_timeout").fetchone()
        raw.execute(f"PRAGMA busy_timeout = {LOCK_MS}")
        try:
            with _begun(connection) as transaction:
                yield transaction
        finally:
            raw.execute(f"PRAGMA busy_timeout = {int(before)}")
    elif dialect in ROW_LOCKS:
        with _begun(connection) as transaction:
            if dialect == "postgresql":
                # Ends with the transaction. FOR UPDATE NOWAIT does not cover a locked table.
                connection.exec_driver_sql(f"SET LOCAL lock_timeout = '{LOCK_MS}ms'")
            yield transaction
    else:
        raise DeferredError("dialect", dialect=dialect)


@contextmanager
def _begun(connection: Connection) -> Iterator[RootTransaction]:
    """Begin a transaction, and roll it back unless it was committed."""
    transaction = connection.begin()
    try:
        yield transaction
    finally:
        transaction.close()


def _check_pool(pool: Any) -> None:
    """Refuse a pool that would make us wait, or that would roll back the app's open work.

    Raises:
        DeferredError: it is one of these.
    """
    from sqlalchemy.pool import QueuePool, StaticPool

    if isinstance(pool, StaticPool):
        # There is one connection for everybody, and giving it back rolls it back.
        record = vars(pool).get("connection")
        raw = getattr(record, "dbapi_connection", None)
        if raw is not None and getattr(raw, "in_transaction", True):
            raise DeferredError("connection_busy")
    elif isinstance(pool, QueuePool):
        most = getattr(pool, "_max_overflow", 0)
        if pool.checkedin() == 0 and most != -1 and pool.overflow() >= most:
            raise DeferredError("pool_exhausted")


def _check_idle(connection: Connection) -> None:
    from sqlalchemy.pool import SingletonThreadPool

    if not isinstance(connection.engine.pool, SingletonThreadPool):
        return
    # Shared with whatever else this thread has open.
    if getattr(connection.connection.dbapi_connection, "in_transaction", True):
        raise DeferredError("connection_busy")
