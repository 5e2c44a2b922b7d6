"""Writes an upgraded hash for a user that SQLAlchemy maps, beside the app's own session.

The app's session is never flushed, committed or queried, and its objects keep the old value
until they are loaded again. The write is a compare-and-swap on a connection of its own: inside
the app's transaction a SQLite file would stall on its own lock, and PostgreSQL on its own row.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeVar

from hardening.passwords import database
from hardening.passwords.columns import advice, holds_text, room_for
from hardening.passwords.deferred import DeferredError, as_text, like

if TYPE_CHECKING:
    from sqlalchemy import Column, Connection, Dialect, Engine, RootTransaction
    from sqlalchemy.orm import InstanceState

LOCK_MS = 100  # our own: a login does not wait longer than this for an upgrade
ROW_LOCKS = ("postgresql", "mysql", "mariadb")  # those that know FOR UPDATE
T = TypeVar("T")


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
    columns: tuple[Any, ...] = ()
    """The same as the app declares them."""


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
        _refuse(columns, bind.dialect)
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
    declared = tuple(owner.columns[column.key] for column in fitting if column.name in names)
    row = Row(bind, bare, key, names, declared)
    _check_room(row, length)
    return row


def write(row: Row, old: str, new: str) -> bool:
    """Replace `old` by `new` in `row`; return False if the row no longer holds `old`.

    Waits at most 100 ms for a lock.

    Raises:
        DeferredError: the database is busy, locked or refuses.
    """

    def swap(connection: Connection) -> bool:
        if connection.dialect.name in database.ENFORCING:
            with _impatient(connection):
                for column in row.columns:
                    database.learn(connection, column)
            _check_room(row, len(new))
        with _impatient(connection) as transaction:
            changed = _swap(connection, row, old, new)
            _commit(transaction)
            return changed

    return with_connection(row.engine, swap)


def present(row: Row, old: str) -> str | None:
    """Return the hash that `row` holds now; None if that is `old`, or cannot be told.

    Raises:
        DeferredError: the database is busy, locked or refuses.
    """

    def look(connection: Connection) -> str | None:
        with _impatient(connection):
            held = [as_text(value) for value in _held(connection, row, lock=False)]
        # With several candidate columns nobody knows which of them the hash has left.
        return held[0] if len(held) == 1 and held[0] != old else None

    return with_connection(row.engine, look)


def with_connection(engine: Engine, call: Callable[[Connection], T]) -> T:
    """Return what `call` returns on a connection that nobody else uses.

    Raises:
        DeferredError: there is none, or the database refuses.
    """
    from sqlalchemy import exc

    _check_pool(engine.pool)
    try:
        with engine.connect() as connection:
            _check_idle(connection)
            if connection.dialect.name in ROW_LOCKS:
                # Whatever the app's own level is: without transactions there would be no lock
                # timeout, and a stricter level would refuse where two logins meet. The pool
                # takes it back.
                connection = connection.execution_options(isolation_level="READ COMMITTED")
            return call(connection)
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


def _check_room(row: Row, length: int) -> None:
    """Refuse columns that the database is known to have made shorter than the model says."""
    short = [column for column in row.columns if database.too_short(row.engine, column, length)]
    if short:
        _refuse(short, row.engine.dialect)


def _refuse(columns: list[Column[Any]], dialect: Dialect) -> None:
    column = columns[0]
    if not holds_text(column):
        raise DeferredError("column_type", column=str(column.name))
    raise DeferredError(
        "column_short",
        table=str(column.table),
        column=str(column.name),
        advice=advice(column, dialect),
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
    from sqlalchemy import update

    ours = [row.table.c[name] == value for name, value in row.key]
    values = _held(connection, row, lock=True)
    for name, held in zip(row.names, values, strict=False):  # no row: nothing to look at
        if as_text(held) == old:
            changed = update(row.table).where(*ours, row.table.c[name] == held)
            result = connection.execute(changed.values({name: like(held, new)}))
            if result.rowcount != 1:
                return False
            # MySQL without its strict mode cuts what is too long for the real column, whatever
            # the model says about its length: nobody could log in with what is left.
            kept = _held(connection, row, lock=False)
            if as_text(kept[row.names.index(name)]) != new:
                raise DeferredError("column_cuts", table=row.table.name, column=name)
            return True
    return False


def _held(connection: Connection, row: Row, *, lock: bool) -> tuple[Any, ...]:
    """Return the values of the candidate columns; empty if the row is gone."""
    from sqlalchemy import select

    query = select(*(row.table.c[name] for name in row.names))
    query = query.where(*(row.table.c[name] == value for name, value in row.key))
    if lock and connection.dialect.name in ROW_LOCKS:
        # PostgreSQL waits as long as its lock timeout says: another login's own upgrade of the
        # same row is over by then. The shortest that MySQL can wait is a second.
        query = query.with_for_update(nowait=connection.dialect.name != "postgresql")
    return tuple(connection.execute(query).first() or ())


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
                # Ends with the transaction. A locked table is covered as well.
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
