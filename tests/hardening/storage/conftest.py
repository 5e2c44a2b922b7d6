"""Every store, so that one suite holds them to the same promises."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from itertools import count
from pathlib import Path

import pytest
from redis_servers import VALKEY

from hardening.storage import open_store
from hardening.storage.base import Store
from hardening.storage.memory import MemoryStore
from hardening.storage.sqlite import SqliteStore


def opened(url: str) -> Store:
    return open_store(url, app_name="shop", instance_path="/nowhere", testing=False)


@pytest.fixture(
    params=[
        "memory",
        "sqlite",
        "redis",
        "redis-cached",
        "redis-tls",
        "redis-sentinel",
        "redis-cluster",
        *(["valkey", "valkey-tls"] if shutil.which(VALKEY) else []),
    ]
)
def store(
    request: pytest.FixtureRequest, tmp_path: Path, redis_url: Callable[..., str]
) -> Iterator[Store]:
    made: Store
    if request.param == "memory":
        made = MemoryStore()
    elif request.param == "sqlite":
        made = SqliteStore(tmp_path / "s.sqlite3")
    elif request.param == "redis-cached":
        made = opened(redis_url(options="&cache=5"))
    else:
        made = opened(redis_url(request.param))
    yield made
    made.close()


@pytest.fixture(scope="session")
def sqlite_store(tmp_path_factory: pytest.TempPathFactory) -> Callable[[], Store]:
    """Returns a function that makes a new, empty store at every call."""
    folder = tmp_path_factory.mktemp("stores")
    numbers = count()
    return lambda: SqliteStore(folder / f"{next(numbers)}.sqlite3")
