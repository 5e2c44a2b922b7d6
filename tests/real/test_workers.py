"""Real deployments: gunicorn with four workers on the embedded store, and on Redis in each form.

Clients log in, log out and change passwords at once for a while. Afterwards no credential that
was revoked works, no honest session was lost, and every event is in the log.
"""

from __future__ import annotations

import os
import random
import signal
import sqlite3
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from dataclasses import dataclass, field
from itertools import count, product
from pathlib import Path

import pytest
import requests
from deployment import PASSWORD, USERS, Deployment, deployed

# How many clients at once, and for how many seconds: the whole storm on what most apps use, a
# shorter one where only the way to the server differs.
STORMS = {"embedded": (USERS, 12.0), "redis": (USERS, 12.0)}
SHORT_STORM = (24, 5.0)
LEAST_ROUNDS = 2  # of each client, however slow the machine is


@pytest.fixture(params=["sync", "gthread"])
def kind(request: pytest.FixtureRequest) -> str:
    """The kind of gunicorn's workers."""
    return str(request.param)


# On Sentinels and a cluster once is enough: the workers' kind makes no difference to their clients.
PLACES = [
    *product(["embedded", "redis"], ["sync", "gthread"]),
    ("redis-sentinel", "gthread"),
    ("redis-cluster", "gthread"),
]


@pytest.fixture(params=PLACES, ids="-".join)
def place(request: pytest.FixtureRequest) -> tuple[str, str]:
    """A store, and the kind of gunicorn's workers."""
    store, kind = request.param
    return store, kind


@pytest.fixture
def site(
    place: tuple[str, str], tmp_path: Path, redis_url: Callable[..., str]
) -> Iterator[Deployment]:
    """A deployment on each store."""
    store, kind = place
    url = "" if store == "embedded" else redis_url(store)
    with deployed(tmp_path, kind, store=url) as found:
        yield found


def test_revocation_reaches_every_worker(site: Deployment) -> None:
    """What one worker ends is over in the next request of any other."""
    reached: set[int] = set()
    for round_ in range(6):
        owner, thief = site.browser(), site.browser()
        site.login(owner, "user0", remember="1")
        thief.cookies.update(owner.cookies)
        before = [site.who(thief) for _ in range(8)]

        assert {name for name, _ in before} == {"user0"}

        if round_ % 2:
            site.post(site.browser(), "/revoke-all", username="user0")
        else:
            site.post(owner, "/logout")
        after = [site.who(thief) for _ in range(8)]

        assert {name for name, _ in after} == {""}
        reached |= {pid for _, pid in before + after}
    assert len(reached) > 1


@dataclass
class Person:
    """One client: a user with two devices, and what became of its sessions."""

    site: Deployment
    number: int
    password: str = PASSWORD
    revoked: list[requests.Session] = field(default_factory=list)
    live: list[requests.Session] = field(default_factory=list)
    did: Counter[str] = field(default_factory=Counter)
    wrong: list[str] = field(default_factory=list)

    @property
    def name(self) -> str:
        return f"user{self.number}"

    def come(self) -> requests.Session:
        browser = self.site.browser()
        more = {"remember": "1"} if self.number % 2 else {}
        if self.site.login(browser, self.name, self.password, **more) != 200:
            self.wrong.append("an honest login was refused")
        self.did["session_created"] += 1
        self.did["authn_token_created"] += len(more)
        return browser

    def check(self, browser: requests.Session, inside: bool, what: str) -> None:
        if (self.site.who(browser)[0] == self.name) is not inside:
            self.wrong.append(what)

    def live_until(self, end: float) -> None:
        dice = random.Random(self.number)
        for round_ in count():
            if round_ >= LEAST_ROUNDS and time.monotonic() >= end:
                break
            phone, desk = self.come(), self.come()
            self.check(phone, True, "an honest session was lost")
            copied = self.site.copy(phone)
            if dice.random() < 0.5:
                self.site.post(phone, "/logout")
                self.did["logout"] += 1
                self.check(desk, True, "a logout elsewhere ended a session")
                self.site.post(desk, "/logout")
                self.did["logout"] += 1
            else:
                self.password = f"password {dice.random()} of {self.name}"
                self.site.post(phone, "/password", password=self.password)
                self.did["authn_password_change"] += 1
                self.check(phone, True, "the session that changed the password was lost")
                self.revoked.append(desk)
                self.live.append(phone)
            self.check(copied, False, "a revoked copy works")
            self.revoked.append(copied)


def storm(people: list[Person], seconds: float) -> None:
    end = time.monotonic() + seconds
    with ThreadPoolExecutor(len(people)) as pool:
        for ended in [pool.submit(person.live_until, end) for person in people]:
            ended.result()


def test_storm(site: Deployment, place: tuple[str, str]) -> None:
    """Many clients at once: nothing revoked works, nothing honest is lost, no event is missing."""
    clients, seconds = STORMS.get(place[0], SHORT_STORM)
    people = [Person(site, number) for number in range(clients)]
    storm(people, seconds)
    counted = Counter(str(event["event"]) for event in site.events())
    logouts = sum(
        event["event"] == "authn_token_revoked" and event.get("kind") == "session"
        for event in site.events()
    )
    did = sum((person.did for person in people), Counter())

    assert [text for person in people for text in person.wrong] == []
    assert did["session_created"] >= 2 * LEAST_ROUNDS * clients
    assert logouts == did.pop("logout")
    assert {name: counted[name] for name in did} == dict(did)
    assert not {"guard_failed", "store_down", "store_not_shared"} & set(counted)

    for person in people:
        for browser in person.revoked[-4:]:
            person.check(browser, False, "a revoked session works after the storm")
        for browser in person.live[-1:]:
            person.check(browser, True, "an honest session was lost in the storm")
        if person.live and site.login(site.browser(), person.name) == 200:
            person.wrong.append("an old password still logs in")
    assert [text for person in people for text in person.wrong] == []


@pytest.mark.parametrize("kind", ["sync", "gthread"])
def test_killed_worker(kind: str, tmp_path: Path) -> None:
    """A worker that is killed in the middle of its work takes no session and no logout along."""
    with deployed(tmp_path, kind) as site:
        owners = []
        for number in range(8):
            owner = site.browser()
            site.login(owner, f"user{number}")
            owners.append(owner)
        gone = [site.copy(owner) for owner in owners[:4]]
        stop = threading.Event()

        def busy(number: int) -> None:
            while not stop.is_set():
                try:
                    browser = site.browser()
                    site.login(browser, f"user{number}")
                    site.post(browser, "/logout")
                except requests.RequestException:
                    continue  # the request that the killed worker was answering

        threads = [threading.Thread(target=busy, args=(number,)) for number in range(8, 16)]
        for thread in threads:
            thread.start()
        for owner in owners[:4]:
            site.post(owner, "/logout")
            pid = site.who(site.browser())[1]
            os.kill(pid, signal.SIGKILL)
            _until_answering(site)
        stop.set()
        for thread in threads:
            thread.join()

        assert [site.who(owner)[0] for owner in owners[4:]] == [f"user{n}" for n in range(4, 8)]
        assert {site.who(thief)[0] for thief in gone} == {""}

        with closing(sqlite3.connect(next(tmp_path.glob("hardening-*.sqlite3")))) as connection:
            assert connection.execute("PRAGMA integrity_check").fetchone() == ("ok",)


def _until_answering(site: Deployment) -> None:
    until = time.monotonic() + 60
    while time.monotonic() < until:
        try:
            site.who(site.browser())
            return
        except requests.RequestException:
            continue


def test_full_disk(tmp_path: Path) -> None:
    """Where nothing more can be written, pages work, who is in stays in, and nobody comes in."""
    with deployed(tmp_path, "sync", workers=1, file_limit=400_000) as site:
        first = site.browser()
        site.login(first, "user0")

        assert site.who(first)[0] == "user0"

        inside = True
        for number in range(400):
            last = site.browser()

            assert site.login(last, f"user{number % USERS}") == 200

            inside = site.who(last)[0] != ""
            if not inside:
                break
        events = {str(event["event"]): event for event in site.events()}

        assert not inside
        assert site.who(first)[0] == "user0"
        assert events["store_down"]["guard"] == "sessions"
        assert "guard_failed" not in events
