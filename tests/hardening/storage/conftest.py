"""Both stores, so that one suite holds them to the same promises."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import count
from pathlib import Path

import pytest

from hardening.storage.base import Store
from hardening.storage.memory import MemoryStore
from hardening.storage.sqlite import SqliteStore


@pytest.fixture(params=["memory", "sqlite"])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Store]:
    made: Store = (
        MemoryStore() if request.param == "memory" else SqliteStore(tmp_path / "s.sqlite3")
    )
    yield made
    made.close()


@pytest.fixture(scope="session")
def sqlite_store(tmp_path_factory: pytest.TempPathFactory) -> Callable[[], Store]:
    """Returns a function that makes a new, empty store at every call."""
    folder = tmp_path_factory.mktemp("stores")
    numbers = count()
    return lambda: SqliteStore(folder / f"{next(numbers)}.sqlite3")
