"""A wrapped app on a Redis that answers but refuses: a replica, a full disk, no memory, loading.

Who is inside stays inside where the record can be read; nothing new is let in where it cannot be
written; the throttle counts for itself; and no request is answered 500.
"""

from __future__ import annotations

import shutil
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from redis_relay import relay
from redis_servers import IN_MEMORY, Server, server, until
from site_app import Site

from hardening.context import Context
from hardening.logins.counting import RETRY_AFTER_S

Make = Callable[..., Site]


@pytest.fixture
def own(tmp_path: Path) -> Iterator[Server]:
    """A server that the test may do anything to."""
    with server(tmp_path / "own", *IN_MEMORY) as one:
        yield one


@pytest.fixture
def later(monkeypatch: pytest.MonkeyPatch) -> Callable[[float], None]:
    """Returns a function that moves the time of every wrapped app ahead."""
    ahead = [0.0]
    monkeypatch.setattr(Context, "now", lambda _context: time.time() + ahead[0])

    def move(seconds: float) -> None:
        ahead[0] += seconds

    return move


def replica(one: Server) -> Callable[[], object]:
    """Make it a replica of nobody there: it goes on reading, and refuses writes."""
    one.client().replicaof("127.0.0.1", 1)
    return lambda: one.client().replicaof("NO", "ONE")


def disk_gone(one: Server) -> Callable[[], object]:
    """Make its snapshots fail, after which it refuses writes (MISCONF)."""
    one.client().config_set("save", "3600 1")
    shutil.rmtree(one.folder)
    one.client().bgsave()
    until(lambda: one.client().info("persistence")["rdb_last_bgsave_status"] == "err")
    return lambda: one.client().config_set("stop-writes-on-bgsave-error", "no")


def memory_full(one: Server) -> Callable[[], object]:
    """Make it refuse writes for want of memory."""
    one.client().config_set("maxmemory", 1)
    return lambda: one.client().config_set("maxmemory", 0)


def too_few_replicas(one: Server) -> Callable[[], object]:
    """Make it refuse writes that no replica would hold (NOREPLICAS)."""
    one.client().config_set("min-replicas-to-write", 1)
    return lambda: one.client().config_set("min-replicas-to-write", 0)


@pytest.mark.parametrize("refuse", [replica, disk_gone, memory_full, too_few_replicas])
def test_writes_are_refused(
    make_site: Make,
    own: Server,
    later: Callable[[float], None],
    refuse: Callable[[Server], Callable[[], object]],
) -> None:
    """Sessions go on, also when they are to be noted as seen; a login does not hold; guesses are
    limited; a logout leaves this browser; one event says so; and all of it ends with the cause."""
    site = make_site(store=f"redis://{own.name}", limit_address="1000/minute")
    owner, leaving, newcomer = site.browser(), site.browser(), site.browser()
    attacker = site.browser(address="198.51.100.9")
    for browser in (owner, leaving):
        browser.login()
    stolen = leaving.copy_to(site.browser())
    mend = refuse(own)
    later(120)  # so that the session is to be noted as seen
    site.events.clear()

    assert [owner.who() for _ in range(3)] == ["ada"] * 3
    assert newcomer.login().status_code == 200
    assert newcomer.who() is None
    assert leaving.get("/logout").status_code == 200
    assert (leaving.who(), stolen.who()) == (None, None)
    tried = [attacker.login("bob", "wrong").status_code for _ in range(8)]
    assert tried == [200] * 5 + [429] * 3
    assert owner.who() == "ada"
    assert {details["guard"] for name, details in site.events if name == "store_down"} == {
        "sessions",
        "throttle",
    }
    assert site.names().count("store_down") <= 3  # told once by each who found out, not per request
    assert site.names().count("store_back") <= site.names().count("store_down")
    assert "guard_failed" not in site.names()

    mend()
    later(RETRY_AFTER_S + 120)
    until(lambda: newcomer.login().status_code == 200 and newcomer.who() == "ada")
    assert owner.who() == "ada"
    assert stolen.who() is None


def test_an_address_that_moved_on(make_site: Make, tmp_path: Path) -> None:
    """Where a managed service moves its address to a new master, and the old one lives on as a
    replica, the first refused write lets go of the old one."""
    with (
        server(tmp_path / "old", *IN_MEMORY) as old,
        server(tmp_path / "new", *IN_MEMORY, "--replicaof", "127.0.0.1", str(old.port)) as new,
        relay(old.port) as address,
    ):
        site = make_site(store=f"redis://{address.name}")
        owner, newcomer = site.browser(), site.browser()
        owner.login()
        until(lambda: new.client().info("replication")["master_link_status"] == "up")
        assert old.client().wait(1, 10_000) == 1
        new.client().replicaof("NO", "ONE")
        old.client().replicaof("127.0.0.1", new.port)
        address.target = new.port

        until(lambda: newcomer.login().status_code == 200 and newcomer.who() == "ada")
        assert owner.who() == "ada"
        site.hardening.sessions.revoke_all("ada")
        assert owner.who() is None
        assert "guard_failed" not in site.names()


def test_a_server_that_loads(make_site: Make, tmp_path: Path) -> None:
    """While a restarted server still reads its data back it counts as down; then all goes on."""
    slow = ["--key-load-delay", "2000", "--loading-process-events-interval-bytes", "1024"]
    with server(tmp_path / "own", *IN_MEMORY, *slow) as one:
        site, watcher = make_site(store=f"redis://{one.name}"), one.client()
        owner, newcomer = site.browser(), site.browser()
        owner.login()
        watcher.mset({f"ballast {number}": "x" * 99 for number in range(30_000)})  # for 60 s
        watcher.save()
        one.stop()
        one.start()

        assert owner.get("/who").status_code == 200
        assert owner.who() is None
        assert newcomer.login().status_code == 200
        assert one.client().info("persistence")["loading"] == 1
        one.client().config_set("key-load-delay", 0)
        until(lambda: owner.who() == "ada")
        assert "guard_failed" not in site.names()
