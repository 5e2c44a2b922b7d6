"""Finds the column of the password hashes in a wrapped app: its user model, and its database."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from hardening import hash_notation
from hardening.passwords import columns
from hardening.rehash import reflect
from hardening.rehash.errors import TargetError
from hardening.rehash.target import Target
from hardening.sessions.stamps import USUAL_NAMES

if TYPE_CHECKING:
    from sqlalchemy import Column, Engine
    from sqlalchemy.orm import Mapper

    from hardening.context import Context

_WORD = re.compile(r"[a-z0-9]+")
_BY_HAND = "use --database-url with --table and --column"


@dataclass(frozen=True, slots=True)
class Names:
    """What the person who runs it named; empty is to be found."""

    table: str = ""
    column: str = ""
    key: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Found:
    """The user model of an app, and the column of its hashes."""

    target: Target
    model: type
    key: tuple[Column[Any], ...]
    """Columns of the model's table that the target's key is."""


def find(context: Context, names: Names) -> Found:
    """Return the column that the app keeps its users' hashes in.

    Args:
        context: the wrapped app.
        names: what is known already.

    Raises:
        TargetError: there is none, or several, or its database cannot be used.
        RunError: the database cannot be asked.
    """
    mapper = _model(context, names)
    column = _column(mapper, names.column or context.policy.password_attribute)
    if not columns.holds_text(column):
        # What reads it may be a library that knows no wrapped hash.
        raise TargetError(f"{column} is of a type of its own, which may not read wrapped hashes")
    table = column.table
    named = f"{table.schema}.{table.name}" if table.schema else str(table.name)
    engine = _engine(context, mapper)
    target = reflect.find(engine, named, column.name, names.key, _salt(context, mapper))
    return Found(target, mapper.class_, tuple(table.c[name] for name in target.key))


def _model(context: Context, names: Names) -> Mapper[Any]:
    registry = _database(context).Model.registry
    mappers: dict[type, Mapper[Any]] = {each.class_: each for each in registry.mappers}
    if not mappers:
        raise TargetError(f"no model of Flask-SQLAlchemy was found in the app; {_BY_HAND}")
    if names.table:
        fitting = [each for each in mappers.values() if names.table in _tables(each)]
        if not fitting:
            known = sorted({name for each in mappers.values() for name in _tables(each)})
            raise TargetError(
                f"no model is of the table {names.table}; choose from: {_list(known)}"
            )
        # The parent of joined or single-table inheritance stands for its children.
        return next((each for each in fitting if each.inherits not in fitting), fitting[0])
    people = [each for cls, each in mappers.items() if callable(getattr(cls, "get_id", None))]
    people = [each for each in people if each.inherits not in people]
    loaded = [each for each in people if each.class_.__name__ in _loaded_names(context)]
    fitting = people if len(people) == 1 else loaded
    if len(fitting) == 1:
        return fitting[0]
    choices = sorted(str(each.local_table) for each in (fitting or people or mappers.values()))
    raise TargetError(f"name the users' table with --table; choose from: {_list(choices)}")


def _loaded_names(context: Context) -> set[str]:
    """Return every name that the app's user loader uses: its model is one of them."""
    callback: Any = getattr(context.login_manager, "_user_callback", None)
    code = getattr(getattr(callback, "__wrapped__", callback), "__code__", None)
    return set() if code is None else {*code.co_names, *code.co_freevars}


def _column(mapper: Mapper[Any], asked: str | None) -> Column[Any]:
    from sqlalchemy import Column

    held: dict[str, Column[Any]] = {
        each.key: each.columns[0]
        for each in mapper.column_attrs
        if isinstance(each.columns[0], Column)
    }
    if asked is not None:
        name = mapper.synonyms[asked].name if asked in mapper.synonyms else asked
        named = {str(column.name): column for column in held.values()}
        found = held.get(name, named.get(name))
        if found is None:
            raise TargetError(f"{_named(mapper)} has no column {asked}; choose from: {_list(held)}")
        return found
    texts = {key: column for key, column in held.items() if columns.holds_text(column)}
    usual = next((texts[name] for name in USUAL_NAMES if name in texts), None)
    fitting = [usual] if usual is not None else _telling(texts.values())
    if len(fitting) == 1:
        return fitting[0]
    choices = [str(each.name) for each in fitting] or list(texts)
    raise TargetError(
        f"name the column of {_named(mapper)} with --column; choose from: {_list(choices)}"
    )


def _engine(context: Context, mapper: Mapper[Any]) -> Engine:
    """Return the engine of a model, which Flask-SQLAlchemy knows."""
    from sqlalchemy import Engine, pool

    database = _database(context)
    table: Any = mapper.local_table  # a `Table`, for a class of Flask-SQLAlchemy
    bind = table.metadata.info.get("bind_key") or table.info.get("bind_key")
    engines = getattr(database, "engines", None)
    engine = database.get_engine(bind=bind) if engines is None else engines[bind]
    if not isinstance(engine, Engine) or getattr(engine.dialect, "is_async", False):
        raise TargetError(f"the app's engine is no ordinary one; {_BY_HAND}")
    reflect.check_dialect(engine.dialect.name)
    engine.hide_parameters = True  # an app that logs its statements would log hashes
    if isinstance(engine.pool, pool.StaticPool | pool.SingletonThreadPool):
        raise TargetError(f"the app's database lives in one connection or thread; {_BY_HAND}")
    return engine


def _database(context: Context) -> Any:
    """Return the app's Flask-SQLAlchemy."""
    extension: Any = context.app.extensions.get("sqlalchemy")
    database = getattr(extension, "db", extension)  # version 2 keeps it one step away
    if database is None:
        raise TargetError(f"the app has no Flask-SQLAlchemy, whose engine is used; {_BY_HAND}")
    return database


def _telling(held: Iterable[Column[Any]]) -> list[Column[Any]]:
    """Return the columns whose name says that they hold a password's hash."""
    words = {column: set(_WORD.findall(column.name.lower())) for column in held}
    for telling in (columns.PASSWORD_WORDS, columns.HASH_WORDS):
        found = [each for each, own in words.items() if own & telling]
        found = [each for each in found if not words[each] & columns.OTHER_WORDS]
        if found:
            return found
    return []


def _salt(context: Context, mapper: Mapper[Any]) -> str | None:
    """Return the column of the salt, where a declared format says that it stands apart."""
    for text in context.policy.password_formats:
        notation = hash_notation.read(text)
        if notation is not None and notation.attribute is not None:
            return str(_column(mapper, notation.attribute).name)
    return None


def _tables(mapper: Mapper[Any]) -> list[str]:
    return [str(table) for table in mapper.tables]


def _named(mapper: Mapper[Any]) -> str:
    return str(mapper.local_table)


def _list(names: Iterable[str]) -> str:
    return ", ".join(names)
