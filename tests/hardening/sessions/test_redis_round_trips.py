"""How often a wrapped app asks Redis, counted by the server: once a request on the usual path."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from itertools import takewhile
from pathlib import Path

import pytest
from redis_servers import IN_MEMORY, server
from site_app import Site

from hardening.context import Context
from hardening.sessions.registry import TOUCH_S

Count = Callable[[Callable[[], object]], int]


@pytest.fixture
def later(monkeypatch: pytest.MonkeyPatch) -> Callable[[float], None]:
    """Returns a function that moves the time of every wrapped app ahead."""
    ahead = [0.0]
    monkeypatch.setattr(Context, "now", lambda _context: time.time() + ahead[0])

    def move(seconds: float) -> None:
        ahead[0] += seconds

    return move


@pytest.fixture
def counted(make_site: Callable[..., Site], tmp_path: Path) -> Iterator[tuple[Site, Count]]:
    """A site that used each of its scripts before, and what counts the round trips of a call."""
    with server(tmp_path / "redis", *IN_MEMORY) as one:
        site, watcher = make_site(store=f"redis://{one.name}"), one.client()
        watcher.ping()  # connects
        warm = site.browser(address="192.0.2.1")
        for _ in range(2):  # connects, teaches the server, and upgrades the old hash
            warm.login(remember="1")
        warm.get("/logout")

        def count(call: Callable[[], object]) -> int:
            with one.client().monitor() as monitor:
                call()
                watcher.echo("done")
                told = iter(monitor.next_command, None)
                asked = takewhile(lambda each: each["command"] != "ECHO done", told)
                return sum(each["client_type"] != "lua" for each in asked)

        yield site, count


def test_usual_requests(counted: tuple[Site, Count]) -> None:
    """An authenticated request asks the server once, a public page never."""
    site, count = counted
    owner = site.browser()
    owner.login()

    for path, asked in (("/who", 1), ("/private", 1), ("/static-page", 0), ("/nowhere", 0)):
        owner.get(path)  # a page that is sent for the first time is noted for `flask hardening csp`
        assert [count(lambda path=path: owner.get(path)) for _ in range(5)] == [asked] * 5
    assert count(lambda: site.browser().get("/who")) == 0  # nobody is logged in


def test_noting_when_a_session_was_last_seen(
    counted: tuple[Site, Count], later: Callable[[float], None]
) -> None:
    """Once a minute a second round trip."""
    site, count = counted
    owner = site.browser()
    owner.login()
    later(TOUCH_S + 1)

    assert [count(owner.who) for _ in range(3)] == [2, 1, 1]


def test_logins_and_logouts(counted: tuple[Site, Count]) -> None:
    """A login: reserve, clear, refund, the known browser, the session; a remember token is one
    more. A logout: the look-up, the end of the session and of the token that it may have; where
    there is one, also its end by its cookie, and those of the sessions that it made. A wrong
    password: whether the browser is known, and all counters at once."""
    site, count = counted
    one, two = site.browser(), site.browser()

    assert count(one.login) == 5
    assert count(lambda: two.login(remember="1")) == 6
    assert count(lambda: one.get("/logout")) == 3
    assert count(lambda: two.get("/logout")) == 6
    assert count(lambda: one.login("ada", "wrong")) == 2
    assert count(lambda: site.browser().login("ada", "wrong")) == 1


def test_a_remembered_browser_comes_back(
    counted: tuple[Site, Count], later: Callable[[float], None]
) -> None:
    """Its token is looked up and replaced, and it gets a session; then it is as any other."""
    site, count = counted
    owner = site.browser()
    owner.login(remember="1")
    later(600)
    owner.client.delete_cookie("__Host-session", domain="app.example")

    assert [count(owner.who) for _ in range(3)] == [3, 1, 1]
    assert owner.who() == "ada"
