"""Redis and PostgreSQL for every test that asks for one, started once for each test process."""

from __future__ import annotations

import secrets
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from postgres import Postgres
from postgres import cluster as postgres_cluster
from redis_clusters import cluster
from redis_sentinels import Sentinels, sentinels
from redis_servers import IN_MEMORY, VALKEY, Server, certificate, server
from told_secrets import WATCH, install

_installed: list[bool] = []


@pytest.fixture(autouse=True)
def nothing_told() -> Iterator[None]:
    """Fail a test during which the wrapper logged a secret that the test used."""
    if "hardening.state" not in sys.modules:  # a test of the audit, which never imports it
        yield
        return
    if not _installed:
        install()
        _installed.append(True)
    WATCH.start()
    yield
    if told := WATCH.told():
        pytest.fail("the wrapper told a secret:\n" + "\n".join(told[:10]), pytrace=False)


@pytest.fixture(scope="session")
def postgres() -> Iterator[Postgres]:
    """One PostgreSQL; each test makes a database of its own in it."""
    with postgres_cluster() as one:
        yield one


@pytest.fixture(scope="session")
def redis_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """One server, for tests that leave it running."""
    with server(tmp_path_factory.mktemp("redis"), *IN_MEMORY) as one:
        yield one


@pytest.fixture(scope="session")
def valkey_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A Valkey, where it is installed, for tests that leave it running."""
    with server(tmp_path_factory.mktemp("valkey"), *IN_MEMORY, program=VALKEY) as one:
        yield one


@pytest.fixture(scope="session")
def valkey_tls_server(
    tmp_path_factory: pytest.TempPathFactory, redis_certificate: Path
) -> Iterator[Server]:
    folder = tmp_path_factory.mktemp("valkey-tls")
    with server(folder, *IN_MEMORY, tls=redis_certificate, program=VALKEY) as one:
        yield one


@pytest.fixture(scope="session")
def redis_certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return certificate(tmp_path_factory.mktemp("redis-certificate"))


@pytest.fixture(scope="session")
def redis_tls_server(
    tmp_path_factory: pytest.TempPathFactory, redis_certificate: Path
) -> Iterator[Server]:
    folder = tmp_path_factory.mktemp("redis-tls")
    with server(folder, *IN_MEMORY, tls=redis_certificate) as one:
        yield one


@pytest.fixture(scope="session")
def redis_sentinels(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Sentinels]:
    with sentinels(tmp_path_factory.mktemp("redis-sentinels")) as found:
        yield found


@pytest.fixture(scope="session")
def redis_cluster(tmp_path_factory: pytest.TempPathFactory) -> Iterator[list[Server]]:
    with cluster(tmp_path_factory.mktemp("redis-cluster")) as nodes:
        yield nodes


@pytest.fixture
def redis_url(request: pytest.FixtureRequest) -> Callable[..., str]:
    """Returns a function that names a store of this test's own, empty at first."""
    own = f"t{secrets.token_hex(4)}"

    def url(form: str = "redis", options: str = "") -> str:
        tail = f"?prefix={own}{options}"
        if form in ("redis-tls", "valkey-tls"):
            folder: Path = request.getfixturevalue("redis_certificate")
            one: Server = request.getfixturevalue(f"{form.replace('-', '_')}_server")
            scheme = "rediss" if form == "redis-tls" else "valkeys"
            return f"{scheme}://{one.name}/0{tail}&ssl_ca_certs={folder / 'cert.pem'}"
        if form == "valkey":
            one = request.getfixturevalue("valkey_server")
            return f"valkey://{one.name}/0{tail}"
        if form == "redis-sentinel":
            found: Sentinels = request.getfixturevalue("redis_sentinels")
            return f"{found.url}/0{tail}"
        if form == "redis-cluster":
            nodes: list[Server] = request.getfixturevalue("redis_cluster")
            return f"redis+cluster://{','.join(node.name for node in nodes)}{tail}"
        one = request.getfixturevalue("redis_server")
        return f"redis://{one.name}/0{tail}"

    return url
