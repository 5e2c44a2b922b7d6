"""Finds a column by its name in a database, and refuses what cannot be worked on."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from hardening.rehash.errors import RunError, TargetError, reason
from hardening.rehash.target import Target

if TYPE_CHECKING:
    from sqlalchemy import Engine, Inspector

DIALECTS = ("postgresql", "sqlite")
_INSTALL = 'pip install "flask-hardening[sqlalchemy]"'
_LOCK_S = 30  # how long SQLite waits for another writer: our own


def open_engine(url: str) -> Engine:
    """Return an engine for `url`, which connects when it is first used.

    Args:
        url: in SQLAlchemy's notation; ``postgresql://`` takes whichever driver is installed.

    Raises:
        TargetError: it is no URL, of another database, or its driver is not installed.
    """
    try:
        from sqlalchemy import create_engine, exc, make_url
    except ImportError:
        raise TargetError(f"SQLAlchemy is not installed: {_INSTALL}") from None
    try:
        parsed = make_url(url)
    except (exc.ArgumentError, ValueError):
        # Without the text: it may hold a password.
        raise TargetError("the database URL cannot be read: dialect://user@host/name") from None
    check_dialect(parsed.get_backend_name())
    options: dict[str, Any] = {}
    if parsed.get_backend_name() == "sqlite":
        name = parsed.database or ":memory:"
        if name == ":memory:" or not Path(name).exists():
            raise TargetError(f"there is no database file {name}")  # opening would make one
        options["connect_args"] = {"timeout": _LOCK_S}
    elif parsed.drivername in ("postgresql", "postgres"):
        parsed = parsed.set(drivername=f"postgresql+{_postgresql_driver()}")
    try:
        return create_engine(parsed, hide_parameters=True, **options)
    except ImportError as error:
        raise TargetError(f"the database driver is not installed: {error.name}") from None
    except exc.SQLAlchemyError as error:
        raise TargetError(f"the database URL cannot be used: {type(error).__name__}") from None


def check_dialect(name: str) -> None:
    """Refuse databases whose statements are not tried.

    Raises:
        TargetError: `name` is one.
    """
    if name not in DIALECTS:
        raise TargetError(f"{name} is not supported; choose from: {', '.join(DIALECTS)}")


def find(
    engine: Engine, table: str, column: str, key: tuple[str, ...] = (), salt: str | None = None
) -> Target:
    """Return the target of these names, as the database declares it.

    Args:
        engine: of the database.
        table: its name, with the schema before a point where it is not the usual one.
        column: of the password hashes.
        key: columns that are unique together; empty: the primary key.
        salt: column of the salts, if they stand apart.

    Raises:
        TargetError: one of them does not exist or cannot be used.
        RunError: the database cannot be asked.
    """
    from sqlalchemy import exc, inspect

    schema, _, name = table.rpartition(".")
    try:
        inspector = inspect(engine)
        if not inspector.has_table(name, schema or None):
            known = sorted(inspector.get_table_names(schema or None))
            raise TargetError(f"there is no table {table}; choose from: {', '.join(known)}")
        columns = {str(each["name"]): each for each in inspector.get_columns(name, schema or None)}
        for asked in (column, *key, *([] if salt is None else [salt])):
            if asked not in columns:
                choices = ", ".join(columns)
                raise TargetError(f"{table} has no column {asked}; choose from: {choices}")
        keys = key or _primary(inspector, name, schema or None)
        _check_key(inspector, name, schema or None, keys, columns)
    except exc.SQLAlchemyError as error:
        raise RunError(f"the database cannot be asked: {reason(error)}") from None
    kind = columns[column]["type"]
    binary = _binary(f"{table}.{column}", kind)
    if column in keys:
        raise TargetError(f"{table}.{column} is part of the key")
    length = getattr(kind, "length", None)
    return Target(engine, name, schema or None, column, keys, length, binary, salt)


def _primary(inspector: Inspector, name: str, schema: str | None) -> tuple[str, ...]:
    keys = tuple(inspector.get_pk_constraint(name, schema)["constrained_columns"])
    if not keys:
        raise TargetError(f"{name} has no primary key; name unique columns with --key")
    return keys


def _check_key(
    inspector: Inspector, name: str, schema: str | None, keys: tuple[str, ...], columns: Any
) -> None:
    """Refuse a key that would leave rows out: one that is empty or the same in several rows."""
    if set(keys) == set(inspector.get_pk_constraint(name, schema)["constrained_columns"]):
        return
    unique: list[set[str | None]] = [
        set(one["column_names"]) for one in inspector.get_unique_constraints(name, schema)
    ]
    unique += [
        set(one["column_names"]) for one in inspector.get_indexes(name, schema) if one["unique"]
    ]
    if not any(one and one <= set(keys) for one in unique):
        raise TargetError(f"{', '.join(keys)} of {name} is not declared unique")
    for key in keys:
        if columns[key]["nullable"]:
            raise TargetError(f"{name}.{key} may be empty; choose columns that are NOT NULL")


def _binary(named: str, kind: Any) -> bool:
    from sqlalchemy import types

    if isinstance(kind, types.LargeBinary):
        return True
    # NullType: a type that SQLAlchemy does not know, such as an extension's text.
    if not isinstance(kind, types.String | types.NullType) or isinstance(kind, types.Enum):
        raise TargetError(f"{named} holds no text: it is {type(kind).__name__}")
    return False


def _postgresql_driver() -> str:
    from importlib.util import find_spec

    for driver in ("psycopg", "psycopg2"):
        if find_spec(driver) is not None:
            return driver
    raise TargetError('no driver for PostgreSQL is installed: pip install "psycopg[binary]"')
