"""One Redis, many threads, processes and servers: limits hold, forks work, failovers pass."""

from __future__ import annotations

import multiprocessing
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from redis.crc import key_slot
from redis_clusters import cluster, holder
from redis_sentinels import Sentinels, sentinels
from redis_servers import Server, certificate, until

from hardening.errors import StoreError
from hardening.storage import open_store
from hardening.storage.base import Claim, Record, Store

NOW = 1_000_000.0
FIVE = Claim(b"five", 5, 60)
SPREAD = "shop1"  # a prefix whose sessions and counters lie on different ones of three nodes
fork = multiprocessing.get_context("fork")

Url = Callable[..., str]


def opened(url: str) -> Store:
    return open_store(url, app_name="shop", instance_path="/nowhere", testing=False)


def attempt(url: str, results: Any) -> None:
    store = opened(url)
    with ThreadPoolExecutor(4) as pool:
        answers = list(pool.map(lambda _: store.reserve([FIVE], NOW), range(200)))
    results.put((sum(one.refused_by is None for one in answers), store.store_id()))
    store.close()


@pytest.mark.parametrize("form", ["redis", "redis-cluster"])
def test_threads_and_processes_never_exceed_the_amount(redis_url: Url, form: str) -> None:
    """Of 800 attempts from sixteen threads of four processes exactly five pass; all processes
    agree on the id of the store that they made together."""
    url, results = redis_url(form), fork.SimpleQueue()
    workers = [fork.Process(target=attempt, args=(url, results)) for _ in range(4)]
    for worker in workers:
        worker.start()
    answers = [results.get() for _ in workers]
    for worker in workers:
        worker.join(60)

    assert sum(passed for passed, _ in answers) == 5
    assert len({store_id for _, store_id in answers}) == 1


def use(store: Store, results: Any) -> None:
    store.put("session", Record("from the child", "", b"x", NOW + 9))
    used = [store.reserve([Claim(b"many", 999, 60)], NOW).grants[0].used for _ in range(100)]
    results.put(used)


@pytest.mark.parametrize("form", ["redis", "redis-tls", "redis-sentinel", "redis-cluster"])
def test_a_forked_worker_uses_connections_of_its_own(redis_url: Url, form: str) -> None:
    """A store that was used before the fork works on both sides at the same time, and no
    answer reaches the wrong process."""
    store, results = opened(redis_url(form)), fork.SimpleQueue()
    store.get("session", "k", NOW)
    worker = fork.Process(target=use, args=(store, results))
    worker.start()
    mine = [store.reserve([Claim(b"many", 999, 60)], NOW).grants[0].used for _ in range(100)]
    worker.join(60)

    assert sorted(mine + results.get()) == list(range(1, 201))
    assert store.get("session", "from the child", NOW) is not None


@pytest.fixture
def failing_over(tmp_path: Path) -> Iterator[Sentinels]:
    with sentinels(tmp_path) as found:
        yield found


def test_a_failover(failing_over: Sentinels) -> None:
    """When the master is killed the Sentinels name another one, and it is found: until then
    there are StoreErrors and nothing else, afterwards everything is still there."""
    store = opened(failing_over.url)
    identity = store.store_id()
    store.put("session", Record("k", "anna", b"x", NOW + 9))
    store.reserve([FIVE], NOW)
    master = failing_over.master.client()
    assert master.wait(1, 10_000) == 1  # the replica has it too
    failing_over.master.stop()
    failures = []

    def answers() -> bool:
        try:
            store.put("session", Record("after", "anna", b"x", NOW + 9))
        except StoreError as error:
            failures.append(error)
            return False
        return True

    until(answers)

    assert failures
    assert [one.key for one in store.owned("session", "anna", NOW)] == ["after", "k"]
    assert store.reserve([FIVE], NOW).grants[0].used == 2
    assert store.store_id() == identity


def test_a_lost_node(tmp_path: Path) -> None:
    """When a node of a cluster is killed, what lies on the others goes on, and the store works
    again when the node is back."""
    with cluster(tmp_path) as nodes:
        store = opened(f"redis+cluster://{nodes[0].name},{nodes[1].name}?prefix={SPREAD}")
        parts = {name: holder(f"{{{SPREAD}:{name}}}") for name in ("session", "counters")}
        assert len(set(parts.values())) == 2
        store.get("session", "k", NOW)
        store.reserve([FIVE], NOW)
        nodes[parts["session"]].stop()
        with pytest.raises(StoreError):
            store.get("session", "k", NOW)

        assert store.reserve([FIVE], NOW).grants[0].used == 2
        nodes[parts["session"]].start()
        until(lambda: works(store))


def works(store: Store) -> bool:
    try:
        store.get("session", "k", NOW)
    except StoreError:
        return False
    return True


def test_kinds_lie_in_one_slot_each(redis_cluster: list[Server], redis_url: Url) -> None:
    """Whatever is stored, the keys of one kind share a slot, so that scripts are atomic."""
    store = opened(redis_url("redis-cluster"))
    for number in range(20):
        store.put("session", Record(f"k{number}", f"owner{number % 3}", b"x", NOW + 9))
        store.reserve([Claim(bytes([number]), 5, 60), Claim(b"}{x", 99, 60)], NOW)
    own = redis_url("redis-cluster").partition("prefix=")[2]
    names = [name for node in redis_cluster for name in node.client().keys(f"{{{own}*")]

    assert len({key_slot(name) for name in names if b":session}" in name}) == 1
    assert len({key_slot(name) for name in names if b":counters}" in name}) == 1
    assert len(names) >= 20 + 3 + 21


def test_a_cluster_over_tls(tmp_path: Path) -> None:
    """A cluster that speaks nothing but TLS."""
    trusted = certificate(tmp_path / "certificate")
    with cluster(tmp_path, nodes=1, tls=trusted) as (node,):
        store = opened(f"rediss+cluster://{node.name}?ssl_ca_certs={trusted / 'cert.pem'}")
        store.put("session", Record("k", "anna", b"x", NOW + 9))

        assert store.delete_owned("session", "anna") == 1
