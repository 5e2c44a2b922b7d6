"""Tables of users with old hashes, for tests of the bulk re-hash, on SQLite and PostgreSQL."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from sqlalchemy import (
    Column,
    Engine,
    Integer,
    LargeBinary,
    MetaData,
    String,
    Table,
    create_engine,
    event,
    insert,
    select,
)

from hardening.passwords import hasher
from hardening.passwords.hasher import LOWEST
from hardening.rehash import reflect
from hardening.rehash.run import Options
from hardening.rehash.sorting import Rules
from hardening.rehash.target import Target

CHEAP = Rules(cost=LOWEST)  # the command line has no way to ask for this


def options(**values: Any) -> Options:
    """Return options at the lowest cost, in small batches so that there are many."""
    return Options(**{"rules": CHEAP, "batch": 7, "lanes": 3, **values})


def old_hash(number: int) -> str:
    """Return Werkzeug's kind of hash of `password_of(number)`, in few rounds."""
    salt = f"s{number}"
    digest = hashlib.pbkdf2_hmac("sha256", password_of(number).encode(), salt.encode(), 1)
    return f"pbkdf2:sha256:1${salt}${digest.hex()}"


def password_of(number: int) -> str:
    return f"password {number}"


def users(engine: Engine, rows: int, *, length: int | None = 255, binary: bool = False) -> Target:
    """Make the table ``users`` with so many old hashes, and return its target."""
    kind: Any = LargeBinary() if binary else String(length)
    table = Table("users", MetaData(), Column("id", Integer, primary_key=True), Column("pw", kind))
    table.create(engine)
    fill(engine, table, [old_hash(number) for number in range(rows)], binary=binary)
    return reflect.find(engine, "users", "pw")


def fill(
    engine: Engine, table: Table, values: Sequence[str | None], *, binary: bool = False
) -> None:
    """Insert `values` under the ids 1, 2, 3 ..."""
    kept = [value.encode() if binary and value is not None else value for value in values]
    rows = [{"id": number, "pw": value} for number, value in enumerate(kept, 1)]
    if rows:
        with engine.begin() as connection:
            connection.execute(insert(table), rows)


def stored(engine: Engine) -> list[Any]:
    """Return the column, in the order of the ids."""
    table = Table("users", MetaData(), autoload_with=engine)
    with engine.connect() as connection:
        return list(connection.scalars(select(table.c.pw).order_by(table.c.id)))


def everybody_gets_in(values: Sequence[str]) -> bool:
    """Return whether every user's password fits, and the next one's does not."""
    return all(
        fits(password_of(number), value) and not fits(password_of(number + 1), value)
        for number, value in enumerate(values)
    )


def fits(password: str, value: str) -> bool:
    """Return what `verify_password` would say, which also makes a hash at the full cost."""
    found = hasher.judge(value, password, cost=LOWEST, report=lambda *args, **more: None)
    return found is not None and found.matched is not None


def sqlite(folder: Path) -> Engine:
    """Return an engine for a new database file, which waits for no disk."""
    (folder / "users.sqlite").touch()
    engine = reflect.open_engine(f"sqlite:///{folder / 'users.sqlite'}")
    event.listen(engine, "connect", lambda raw, _: raw.execute("PRAGMA synchronous = OFF"))
    return engine


def engine_of(url: str) -> Engine:
    """Return an engine whose errors hold no hashes."""
    return create_engine(url, hide_parameters=True)
