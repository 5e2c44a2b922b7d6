"""A new database for each test, on each kind of server."""

from __future__ import annotations

import secrets
from collections.abc import Iterator
from pathlib import Path

import pytest
from postgres import Postgres
from rehash_tables import engine_of, sqlite
from sqlalchemy import Engine


@pytest.fixture(params=["sqlite", "postgresql"])
def engine(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Engine]:
    """An empty database."""
    if request.param == "sqlite":
        one = sqlite(tmp_path)
    else:
        one = request.getfixturevalue("postgresql")
    yield one
    one.dispose()


@pytest.fixture
def postgresql(postgres: Postgres) -> Iterator[Engine]:
    """An empty database on PostgreSQL."""
    one = engine_of(postgres.create(f"rehash_{secrets.token_hex(4)}"))
    yield one
    one.dispose()
