"""`flask hardening status` on a Redis that may throw records away when its memory is full."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from redis_servers import IN_MEMORY, Server, server
from site_app import Site

from hardening.cli import group

Make = Callable[..., Site]


@pytest.fixture
def own(tmp_path: Path) -> Iterator[Server]:
    """A server that the test may do anything to."""
    with server(tmp_path / "own", *IN_MEMORY) as one:
        yield one


def status(site: Site) -> str:
    """What the command prints, with one space between words."""
    result = site.app.test_cli_runner().invoke(group, ["status"])
    text = " ".join(result.output.split())
    assert "store redis" in text
    return text


@pytest.mark.parametrize(
    "policy", ["allkeys-lru", "allkeys-random", "volatile-lru", "volatile-ttl"]
)
@pytest.mark.parametrize("options", ["", "?cache=1"])
def test_a_server_that_evicts(make_site: Make, own: Server, policy: str, options: str) -> None:
    """With a memory limit, every policy that evicts is unsafe: all our keys expire, so that
    ``volatile-*`` ends sessions and lifts limits as well."""
    own.client().config_set("maxmemory", 100_000_000)
    own.client().config_set("maxmemory-policy", policy)
    site = make_site(store=f"redis://{own.name}{options}")

    assert f"maxmemory-policy is {policy}" in status(site)


@pytest.mark.parametrize(("limit", "policy"), [(0, "allkeys-lru"), (100_000_000, "noeviction")])
def test_a_server_that_keeps(make_site: Make, own: Server, limit: int, policy: str) -> None:
    """Without a memory limit nothing is evicted, and with `noeviction` neither."""
    own.client().config_set("maxmemory", limit)
    own.client().config_set("maxmemory-policy", policy)
    site = make_site(store=f"redis://{own.name}")

    assert "maxmemory-policy" not in status(site)


def test_one_node_that_evicts(
    make_site: Make, redis_cluster: list[Server], redis_url: Callable[..., str]
) -> None:
    """On a cluster every master is asked."""
    site, last = make_site(store=redis_url("redis-cluster")), redis_cluster[-1].client()
    before = status(site)
    last.config_set("maxmemory", 100_000_000)
    last.config_set("maxmemory-policy", "allkeys-lfu")
    try:
        after = status(site)
    finally:
        last.config_set("maxmemory", 0)
        last.config_set("maxmemory-policy", "noeviction")

    assert "maxmemory-policy" not in before
    assert "maxmemory-policy is allkeys-lfu" in after


def test_a_user_who_may_not_ask(make_site: Make, own: Server) -> None:
    """Where the store's user may not ask, that is said, and is not unsafe by itself."""
    own.client().execute_command("ACL", "SETUSER", "app", "on", ">secret", "~*", "+@all", "-info")
    site = make_site(store=f"redis://app:secret@{own.name}")

    assert "redis (whether it evicts keys could not be asked)" in status(site)
    assert "maxmemory-policy" not in status(site)
