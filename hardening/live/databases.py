"""Which databases the app would ask, before anything is asked of it."""

from __future__ import annotations

import gc
import re
import sys
from collections.abc import Iterable, Iterator
from typing import Any

from flask import Flask

SQLITE = "sqlite"
_ADDRESS = re.compile(
    r"(postgres|postgresql|mysql|mariadb|oracle|mssql|cockroachdb|mongodb|firebird|db2|hana|"
    r"clickhouse|snowflake|redshift|bigquery|sqlite)(?:\+\w+)*://"
)
_KEYS = re.compile(r"(MONGODB|MONGO|MYSQL|PG|POSTGRES|NEO4J|CASSANDRA|CQLALCHEMY|DYNAMO)_?[A-Z_]*")
# Clients of databases that ask without SQLAlchemy.
_CLIENTS = (
    "psycopg2", "psycopg", "pymysql", "MySQLdb", "mysql.connector", "oracledb", "cx_Oracle",
    "pyodbc", "asyncpg", "neo4j", "cassandra", "couchdb", "rethinkdb", "duckdb",
)  # fmt: skip
_DOCUMENTS = ("pymongo", "mongoengine", "motor")


def databases_of(app: Flask) -> list[str]:
    """Return the kinds of databases that the app is set up for, sorted, such as ``sqlite``."""
    found = {_kind(text) for text in _addresses(app.config.values())}
    found |= {kind for key in app.config if app.config[key] for kind in _named(key)}
    engines = set(_engines(app))
    found |= engines
    loaded = {name.replace(".", "-") for name in _CLIENTS if name in sys.modules}
    if not found:
        found |= loaded  # who has neither an address nor an engine connects by hand
    found |= {name for name in _DOCUMENTS if name in sys.modules}
    return sorted(found)


def _addresses(values: Iterable[Any]) -> Iterator[str]:
    """Yield the settings that are a database's address, those within others included."""
    for value in values:
        if isinstance(value, str):
            if _ADDRESS.match(value):
                yield value
        elif isinstance(value, dict):
            yield from _addresses(value.values())
        elif type(value).__module__.startswith("sqlalchemy."):
            yield str(getattr(value, "drivername", "")) + "://"  # an URL object


def _kind(address: str) -> str:
    match = _ADDRESS.match(address)
    name = match[1] if match is not None else address.partition(":")[0].partition("+")[0]
    return "postgresql" if name == "postgres" else name


def _named(key: object) -> Iterator[str]:
    match = _KEYS.fullmatch(key) if isinstance(key, str) else None
    if match is not None:
        yield match[1].lower()


def _engines(app: Flask) -> Iterator[str]:
    """Yield the kinds of SQLAlchemy's engines and Peewee's databases that there are."""
    extension = app.extensions.get("sqlalchemy")
    if extension is not None:
        with app.app_context():
            for engine in dict(getattr(extension, "engines", {})).values():
                yield engine.url.get_backend_name()
    classes = [_class("sqlalchemy.engine", "Engine"), _class("peewee", "Database")]
    wanted = tuple(cls for cls in classes if cls is not None)
    for found in gc.get_objects() if wanted else ():
        if not isinstance(type(found), type) or not issubclass(type(found), wanted):
            continue
        url = getattr(found, "url", None)
        if url is not None:
            yield url.get_backend_name()
        elif "sqlite" in type(found).__name__.lower():
            yield SQLITE
        else:
            yield type(found).__name__.lower()


def _class(module: str, name: str) -> type | None:
    found = getattr(sys.modules.get(module), name, None)
    return found if isinstance(found, type) else None
