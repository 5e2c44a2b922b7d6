"""Which database columns receive password hashes, and whether an Argon2id hash fits into them.

SQLAlchemy is only looked at where the app has loaded it. A column that is too short is found
before anything is written: PostgreSQL would answer an error at registration, and MySQL without
its strict mode would cut the hash, which locks the user out.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from flask import Flask
    from sqlalchemy import Dialect
    from sqlalchemy.orm import Mapper

ADVISED_LENGTH = 255  # characters: later formats are longer than today's

PASSWORD_WORDS = {"password", "passwd", "pwd", "pass", "pw", "passphrase", "pwhash", "passhash"}
HASH_WORDS = {"hash", "digest"}
# Words of columns that are about a password without holding its hash.
OTHER_WORDS = {"token", "hint", "question", "answer", "reset", "changed", "salt", "status", "type"}
PEOPLE_WORDS = {"user", "account", "member", "person", "people", "admin", "staff", "customer"}
LOGIN_COLUMNS = {"username", "user_name", "email", "login", "nickname"}


@dataclass(frozen=True, slots=True)
class Fit:
    """What the app's models say about the columns that receive new hashes."""

    fitting: tuple[Any, ...] = ()
    """Those that can hold one."""
    short: tuple[Any, ...] = ()
    """Those that cannot, as they are declared."""

    @property
    def sure(self) -> bool:
        """Whether every column that may receive a hash is known to fit."""
        return bool(self.fitting) and not self.short


def fit(app: Flask, models: Iterable[type], length: int) -> Fit:
    """Return which password columns of the app's models can hold `length` characters.

    Args:
        app: its Flask-SQLAlchemy models are read, if it has any.
        models: classes of users that have logged in; theirs are read too.
        length: of the hash, in characters.
    """
    tables: dict[Any, type] = {}
    for mapper in _mappers(app, models):
        tables.setdefault(mapper.local_table, mapper.class_)
    people = {table: model for table, model in tables.items() if _is_person(model, table)}
    found = _candidates(people) or _candidates(tables)
    fits = [(column, room_for(column, length)) for column in found]
    return Fit(
        tuple(column for column, fitting in fits if fitting),
        tuple(column for column, fitting in fits if not fitting),
    )


def people(app: Flask, models: Iterable[type]) -> list[type]:
    """Return the mapped classes of an app that stand for people."""
    mapped = [(mapper.local_table, mapper.class_) for mapper in _mappers(app, models)]
    return [model for table, model in mapped if _is_person(model, table)]


def room_for(column: Any, length: int) -> bool:
    """Return whether so many characters fit into `column` as it is declared."""
    return holds_text(column) and (column.type.length is None or column.type.length >= length)


def holds_text(column: Any) -> bool:
    """Return whether `column` stores text or bytes as they are, with no conversion of its own."""
    types = sys.modules["sqlalchemy"].types
    plain = isinstance(column.type, types.String | types.LargeBinary)
    return plain and not isinstance(column.type, types.Enum)


def advice(column: Any, dialect: Dialect | None) -> str:
    """Return the statement that makes a column long enough in that kind of database.

    Args:
        column: it and its table are quoted where the dialect needs it.
        dialect: of its engine; None: standard SQL.
    """
    from sqlalchemy.engine.default import DefaultDialect

    spoken = dialect or DefaultDialect()
    if spoken.name == "sqlite":
        return statement(str(column.table), column.name, "sqlite")
    quote = spoken.identifier_preparer
    table, name = quote.format_table(column.table), quote.format_column(column)
    return statement(table, name, spoken.name, nullable=bool(column.nullable))


def statement(table: str, column: str, dialect: str, *, nullable: bool = True) -> str:
    """Return what makes a column long enough, where the names are quoted as they need to be."""
    kind = f"VARCHAR({ADVISED_LENGTH})"
    if dialect == "sqlite":
        # It enforces no length, and has no statement that changes a column's type.
        return f"declare {table}.{column} with {ADVISED_LENGTH} characters in the model"
    if dialect in ("mysql", "mariadb"):
        # MODIFY replaces the whole definition, so that NOT NULL has to be said again.
        return f"ALTER TABLE {table} MODIFY {column} {kind}" + ("" if nullable else " NOT NULL")
    return f"ALTER TABLE {table} ALTER COLUMN {column} TYPE {kind}"


def _candidates(tables: dict[Any, type]) -> list[Any]:
    found = []
    for table, model in tables.items():
        texts = [column for column in table.columns if holds_text(column)]
        named = [column for column in texts if _words(column.name) & PASSWORD_WORDS]
        if not named and _is_person(model, table):
            named = [column for column in texts if _words(column.name) & HASH_WORDS]
        found += [column for column in named if not _words(column.name) & OTHER_WORDS]
    return found


def _is_person(model: type, table: Any) -> bool:
    if any("get_id" in vars(base) for base in model.__mro__):  # Flask-Login asks for it
        return True
    words = _words(model.__name__) | _words(str(table))
    singular = {word.removesuffix("s") for word in words}
    return bool((words | singular) & PEOPLE_WORDS) or any(
        str(column.name).lower() in LOGIN_COLUMNS for column in table.columns
    )


def _words(name: str) -> set[str]:
    return set(re.findall(r"[a-z0-9]+", re.sub(r"([a-z0-9])([A-Z])", r"\1_\2", name).lower()))


def _mappers(app: Flask, models: Iterable[type]) -> Iterator[Mapper[Any]]:
    orm = sys.modules.get("sqlalchemy.orm")
    if orm is None:
        return
    registries = [getattr(model, "registry", None) for model in models]
    extension = app.extensions.get("sqlalchemy")
    database = getattr(extension, "db", extension)  # Flask-SQLAlchemy 2 keeps it one step away
    registries.append(getattr(getattr(database, "Model", None), "registry", None))
    known = [registry for registry in registries if isinstance(registry, orm.registry)]
    for registry in known or _all_registries():
        yield from registry.mappers


def _all_registries() -> list[Any]:
    """Return every declarative base of the process.

    SQLAlchemy has no public name for this. Where the private one has gone, no model is known
    and new hashes stay the app's own.
    """
    mappers = sys.modules.get("sqlalchemy.orm.mapper")
    return list(getattr(mappers, "_mapper_registries", ()))
