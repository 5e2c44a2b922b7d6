"""What the database itself says about a password column, where a model may be out of date.

A model that was changed without its migration promises room that is not there. PostgreSQL then
answers an error, and MySQL without its strict mode cuts the hash.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from weakref import WeakKeyDictionary

from hardening.passwords.deferred import DeferredError

if TYPE_CHECKING:
    from flask import Flask
    from sqlalchemy import Connection, Engine

ENFORCING = ("postgresql", "mysql", "mariadb")  # SQLite keeps whatever it is given

_known: WeakKeyDictionary[Any, dict[tuple[str, str], int | None]] = WeakKeyDictionary()


def engine_of(app: Flask, table: Any) -> Engine | None:
    """Return Flask-SQLAlchemy's engine for `table`; None without that extension."""
    extension = app.extensions.get("sqlalchemy")
    if extension is None:
        return None
    if hasattr(extension, "engines"):  # version 3
        found: Engine | None = extension.engines.get(table.metadata.info.get("bind_key"))
        return found
    database = getattr(extension, "db", None)  # version 2.5
    return None if database is None else database.get_engine(app, table.info.get("bind_key"))


def too_short(engine: Engine, column: Any, length: int) -> bool:
    """Return whether the database is known to have less room in `column`. Asks nothing."""
    room = _known.get(engine, {}).get(_name(column))
    return room is not None and room < length


def ask(engine: Engine, column: Any) -> None:
    """Learn how much room `column` has, once in this process.

    Raises:
        DeferredError: the database cannot be asked without waiting for somebody else.
    """
    from hardening.passwords import sql

    if engine.dialect.name in ENFORCING and _name(column) not in _known.get(engine, {}):
        sql.with_connection(engine, lambda connection: learn(connection, column))


def learn(connection: Connection, column: Any) -> None:
    """Learn how much room `column` has, on a connection at hand."""
    rooms = _known.setdefault(connection.engine, {})
    if connection.dialect.name not in ENFORCING or _name(column) in rooms:
        return
    import sqlalchemy

    table = column.table
    found = sqlalchemy.inspect(connection).get_columns(table.name, schema=table.schema)
    kinds = {each["name"]: each["type"] for each in found}
    if column.name not in kinds:
        raise DeferredError("column_missing", table=str(table), column=str(column.name))
    rooms[_name(column)] = getattr(kinds[column.name], "length", None)


def _name(column: Any) -> tuple[str, str]:
    return str(column.table), str(column.name)
