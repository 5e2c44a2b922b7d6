"""The throttle on a real Redis: one round trip for an attempt, and a server that goes away."""

from __future__ import annotations

import secrets
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from itertools import takewhile
from pathlib import Path
from typing import Any

import pytest
from redis_servers import IN_MEMORY, Server, server
from site_app import PASSWORD, Site

from hardening.context import Context
from hardening.logins.counting import RETRY_AFTER_S


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """The time of every wrapped app, for a test to move."""
    now = [1_900_000_000.0]
    monkeypatch.setattr(Context, "now", lambda _context: now[0])
    return now


def asked(one: Server, call: Callable[[], object]) -> list[str]:
    """Return the commands that a call sends to the server."""
    watcher = one.client()
    watcher.ping()
    with one.client().monitor() as monitor:
        call()
        watcher.echo("done")
        told = iter(monitor.next_command, None)
        seen = takewhile(lambda each: each["command"] != "ECHO done", told)
        return [each["command"].split()[0] for each in seen if each["client_type"] != "lua"]


def fail(site: Site, number: int = 0, name: str = "ada") -> Any:
    return site.browser(address=f"198.51.100.{number}").login(name, f"wrong{number}")


def test_one_round_trip(make_site: Callable[..., Site], tmp_path: Path) -> None:
    """All counters of an attempt, name and stored hash, are asked together; a refusal too."""
    with server(tmp_path / "redis", *IN_MEMORY) as one:
        site = make_site(store=f"redis://{one.name}", guards={"timing": False})
        site.browser().login()
        for _ in range(4):  # the server learns the scripts, this process whose hash it is
            fail(site, 1)
        failing = asked(one, lambda: fail(site, 2))
        for _ in range(4):
            fail(site, 2)
        refused = asked(one, lambda: fail(site, 2, "nobody"))

        assert failing == ["EVALSHA"]
        assert refused == ["EVALSHA"]


def test_parallel_checks(
    make_site: Callable[..., Site], tmp_path: Path, clock: list[float]
) -> None:
    """Of sixty guesses at once exactly five are looked at, over two processes' worth of apps."""
    with server(tmp_path / "redis", *IN_MEMORY) as one:
        key = secrets.token_hex(32)
        sites = [make_site(store=f"redis://{one.name}", guards={"timing": False}) for _ in range(2)]
        for site in sites:
            site.app.secret_key = key
        with ThreadPoolExecutor(12) as pool:
            answers = list(pool.map(lambda n: fail(sites[n % 2], 7), range(60)))

        assert sorted(answer.status_code for answer in answers) == [200] * 5 + [429] * 55


def test_a_server_that_goes_away(
    make_site: Callable[..., Site],
    tmp_path: Path,
    clock: list[float],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Limits of this process hold while it is gone, nobody gets a 500, and the shared limits
    are back without a restart."""
    # The connection's own pause follows a clock that no test can turn.
    monkeypatch.setattr("hardening.storage.breaker.TRY_AGAIN_AFTER_S", 0.0)
    with server(tmp_path / "redis", *IN_MEMORY) as one:
        site = make_site(store=f"redis://{one.name}", guards={"timing": False})
        before = [fail(site, 1).status_code for _ in range(3)]
        one.stop()
        down = [fail(site, 2).status_code for _ in range(7)]
        one.start()
        clock[0] += RETRY_AFTER_S + 60
        entered = site.browser(address="192.0.2.1").login("ada", PASSWORD).status_code
        again = [fail(site, 3).status_code for _ in range(6)]
        kept = len(one.client().keys("*"))

    assert before == [200] * 3
    assert down == [200] * 5 + [429] * 2
    assert entered == 200
    assert again == [200] * 5 + [429]
    assert kept > 0
    assert site.names().count("store_down") >= 1
    assert "store_back" in site.names()
