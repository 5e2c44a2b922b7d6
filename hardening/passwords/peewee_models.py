"""Writes an upgraded hash for a user that peewee keeps, by compare-and-swap."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from typing import Any

from hardening.passwords.columns import statement
from hardening.passwords.deferred import DeferredError, as_text, like
from hardening.passwords.target import Target

LOCK_MS = 100  # as in `sql`


def keeps(user: object) -> bool:
    """Return whether `user` is an object of a peewee model."""
    kind = getattr(sys.modules.get("peewee"), "Model", None)
    return isinstance(kind, type) and isinstance(user, kind)


def locate(user: Any, stored: str, length: int, attribute: str | None) -> Target:
    """Return the field of `user` that holds `stored`.

    Args:
        user: the object.
        stored: the hash that was just verified.
        length: how many characters will replace it.
        attribute: the only field to look at; None: the one that equals `stored`.

    Raises:
        DeferredError: there is none, or it must not be written.
    """
    peewee = sys.modules["peewee"]
    if user._pk is None:
        raise DeferredError("not_stored")
    for name, field in user._meta.fields.items():
        if attribute not in (None, name) or as_text(user.__data__.get(name)) != stored:
            continue
        if type(field) not in (peewee.CharField, peewee.TextField, peewee.BlobField):
            raise DeferredError("column_type", column=field.column_name)
        _check_room(user, field, length)
        held = user.__data__[name]
        return Target(partial(_swap, user, field, held), partial(_present, user, field))
    raise DeferredError("attribute_not_found")


def _check_room(user: Any, field: Any, length: int) -> None:
    most = getattr(field, "max_length", None)
    if most is not None and most < length:
        table, column = user._meta.table_name, field.column_name
        advice = statement(table, column, _dialect(user._meta.database), nullable=field.null)
        raise DeferredError("column_short", table=table, column=column, advice=advice)


def _swap(user: Any, field: Any, held: Any, old: str, new: str) -> bool:
    with _transaction(user._meta.database):
        # The field's own type makes of it what the database wants.
        query = type(user).update({field: like(held, new)})
        return bool(query.where(user._pk_expr(), field == held).execute() == 1)


def _present(user: Any, field: Any, old: str) -> str | None:
    with _transaction(user._meta.database):
        found = type(user).select(field).where(user._pk_expr()).scalar()
    text = as_text(found)
    return None if text == old else text


@contextmanager
def _transaction(database: Any) -> Iterator[None]:
    """Begin a short transaction of our own.

    Raises:
        DeferredError: the thread's connection is in the app's own, or the database refuses.
    """
    peewee = sys.modules["peewee"]
    opened = False
    try:
        if database.is_closed():
            opened = bool(database.connect())
        elif database.in_transaction():
            raise DeferredError("connection_busy")
        with _impatient(database):
            yield
    except peewee.PeeweeException as error:
        raise DeferredError("database", error=type(error).__name__) from None
    finally:
        if opened:
            database.close()


@contextmanager
def _impatient(database: Any) -> Iterator[None]:
    """Begin a transaction that waits for no lock longer than `LOCK_MS`."""
    dialect = _dialect(database)
    if dialect == "sqlite":
        (before,) = database.execute_sql("PRAGMA busy_timeout").fetchone()
        database.execute_sql(f"PRAGMA busy_timeout = {LOCK_MS}")
        try:
            with database.atomic():
                yield
        finally:
            database.execute_sql(f"PRAGMA busy_timeout = {int(before)}")
    elif dialect == "postgresql":
        with database.atomic():
            database.execute_sql(f"SET LOCAL lock_timeout = '{LOCK_MS}ms'")
            yield
    else:
        # MySQL cannot wait for less than a second, and peewee does not know NOWAIT there.
        raise DeferredError("dialect", dialect=dialect)


def _dialect(database: Any) -> str:
    peewee = sys.modules["peewee"]
    held = getattr(database, "obj", None) or database  # a proxy, filled when the app is made
    kinds = {"SqliteDatabase": "sqlite", "PostgresqlDatabase": "postgresql"}
    for name, dialect in kinds.items():
        if isinstance(held, getattr(peewee, name)):
            return dialect
    return "mysql" if isinstance(held, peewee.MySQLDatabase) else type(held).__name__
