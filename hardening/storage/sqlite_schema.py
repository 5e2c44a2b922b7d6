"""The tables of a SQLite store, and how its file is opened."""

from __future__ import annotations

import secrets
import sqlite3
import time

from hardening.errors import StoreError

BUSY_TIMEOUT_S = 2.0  # longest wait for another writer; a write here takes well under 1 ms
SCHEMA_VERSION = 1

_SCHEMA = (
    "CREATE TABLE IF NOT EXISTS about (name TEXT PRIMARY KEY, value) WITHOUT ROWID",
    """CREATE TABLE IF NOT EXISTS records (
        kind TEXT NOT NULL, key TEXT NOT NULL, owner TEXT NOT NULL, value BLOB NOT NULL,
        expires_at REAL NOT NULL, PRIMARY KEY (kind, key)) WITHOUT ROWID""",
    "CREATE INDEX IF NOT EXISTS records_owner ON records (kind, owner, key)",
    "CREATE INDEX IF NOT EXISTS records_expiry ON records (expires_at)",
    """CREATE TABLE IF NOT EXISTS counters (
        key BLOB PRIMARY KEY, "window" REAL NOT NULL, used INTEGER NOT NULL, last REAL NOT NULL,
        "full" INTEGER NOT NULL, expires_at REAL NOT NULL) WITHOUT ROWID""",
    "CREATE INDEX IF NOT EXISTS counters_expiry ON counters (expires_at)",
)


def prepare(connection: sqlite3.Connection) -> bool:
    """Set a new connection up, and make the tables where the file is new; return whether it was.

    Raises:
        StoreError: another version of this package made the file.
        sqlite3.Error: SQLite failed.
    """
    _use_wal(connection)
    connection.execute("PRAGMA synchronous = NORMAL")  # safe with WAL; no fsync per commit
    version = connection.execute("PRAGMA user_version").fetchone()[0]
    if version not in (0, SCHEMA_VERSION):
        raise StoreError(f"the store's file has format {version}, not {SCHEMA_VERSION}")
    if version == 0:
        connection.execute("BEGIN IMMEDIATE")
        for statement in _SCHEMA:
            connection.execute(statement)
        connection.executemany(
            "INSERT OR IGNORE INTO about VALUES (?, ?)",
            [("id", secrets.token_hex(4)), ("created_at", time.time())],
        )
        connection.execute(f"PRAGMA user_version = {SCHEMA_VERSION}")
        connection.execute("COMMIT")
    return bool(version == 0)


def about(connection: sqlite3.Connection) -> tuple[str, float]:
    """Return the id that the file was given when it was made, and when that was."""
    found = dict(connection.execute("SELECT name, value FROM about").fetchall())
    return str(found["id"]), float(found["created_at"])


def _use_wal(connection: sqlite3.Connection) -> None:
    # Changing the mode does not wait for other connections as everything else does.
    give_up_at = time.monotonic() + BUSY_TIMEOUT_S
    while True:
        try:
            connection.execute("PRAGMA journal_mode = WAL")
            return
        except sqlite3.OperationalError:
            if time.monotonic() > give_up_at:
                raise
            time.sleep(0.01)
