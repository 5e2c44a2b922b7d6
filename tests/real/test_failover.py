"""Redis loses its master under traffic: no error page, and who was logged in stays so.

Until another one is named the store is down, and what that means is written in docs/stores.md.
"""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import pytest
import requests
from deployment import PASSWORD, Deployment, deployed
from redis_clusters import cluster, holder
from redis_sentinels import sentinels
from redis_servers import Server, certificate, until

OWNERS = range(6)
BUSY = range(8, 14)
PREFIX = "failover"


@dataclass
class Topology:
    """A store whose master can be killed."""

    url: str
    master: Server
    replica: Server


@contextmanager
def on_sentinels(folder: Path, watchers: int, over_tls: bool = False) -> Iterator[Topology]:
    tls = certificate(folder / "certificate") if over_tls else None
    options = "" if tls is None else f"?ssl_ca_certs={tls / 'cert.pem'}"
    with sentinels(folder, watchers, tls) as found:
        yield Topology(f"{found.url}{options}", found.master, found.replica)


@contextmanager
def on_cluster(folder: Path) -> Iterator[Topology]:
    with cluster(folder, replicas=True) as nodes:
        lost = holder(f"{{{PREFIX}:session}}")
        hosts = ",".join(node.name for node in nodes[:3])
        yield Topology(f"redis+cluster://{hosts}?prefix={PREFIX}", nodes[lost], nodes[lost + 3])


FORMS = {
    "three sentinels": lambda folder: on_sentinels(folder, 3),
    "one sentinel over TLS": lambda folder: on_sentinels(folder, 1, over_tls=True),
    "cluster": on_cluster,
}


@pytest.fixture(params=FORMS)
def topology(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Topology]:
    """Each form of Redis that names another master by itself."""
    with FORMS[request.param](tmp_path / "redis") as found:
        yield found


@dataclass
class Traffic:
    """Clients that log in, look and log out until they are told to stop."""

    site: Deployment
    statuses: Counter[int] = field(default_factory=Counter)
    stop: threading.Event = field(default_factory=threading.Event)

    def live(self, number: int) -> None:
        while not self.stop.is_set():
            browser = self.site.browser()
            for answer in (
                self.site.post(browser, "/login", username=f"user{number}", password=PASSWORD),
                browser.get(f"{self.site.url}/who", timeout=60),
                self.site.post(browser, "/logout"),
            ):
                self.statuses[answer.status_code] += 1

    @contextmanager
    def flowing(self, numbers: Sequence[int]) -> Iterator[None]:
        threads = [threading.Thread(target=self.live, args=(number,)) for number in numbers]
        for thread in threads:
            thread.start()
        try:
            yield
        finally:
            self.stop.set()
            for thread in threads:
                thread.join()


def test_the_master_is_killed(topology: Topology, tmp_path: Path) -> None:
    """Every answer under way is a page; the sessions that the replica held go on, revoked ones
    stay revoked, logins work again, and events say when it began and ended."""
    with deployed(tmp_path, "gthread", store=topology.url, workers=2) as site:
        owners, ended = come(site), site.browser()
        site.login(ended, "user20")
        copied = site.copy(ended)
        site.post(ended, "/logout")
        until(lambda: caught_up(topology))
        traffic = Traffic(site)
        with traffic.flowing(BUSY):
            topology.master.stop()
            until(lambda: all_inside(site, owners))
            until(lambda: "store_back" in names(site))
        newcomer = site.browser()

        assert set(traffic.statuses) == {200}
        assert site.who(copied)[0] == ""
        until(lambda: site.login(newcomer, "user21") == 200 and site.who(newcomer)[0] == "user21")
        assert all_inside(site, owners)
        counted = names(site)
        assert counted["store_down"] >= 1
        assert "guard_failed" not in counted
        assert "store_not_shared" not in counted


def come(site: Deployment) -> dict[str, requests.Session]:
    owners = {f"user{number}": site.browser() for number in OWNERS}
    for name, browser in owners.items():
        assert site.login(browser, name) == 200
        assert site.who(browser)[0] == name
    return owners


def all_inside(site: Deployment, owners: dict[str, requests.Session]) -> bool:
    # Asked several times, as each worker finds the new master for itself.
    return all(site.who(browser)[0] == name for _ in range(3) for name, browser in owners.items())


def caught_up(topology: Topology) -> bool:
    """Return whether the replica holds what was written so far."""
    sent = topology.master.client().info("replication")["master_repl_offset"]
    held: int = topology.replica.client().info("replication")["slave_repl_offset"]
    return held >= sent


def names(site: Deployment) -> Counter[str]:
    return Counter(str(event["event"]) for event in site.events())
