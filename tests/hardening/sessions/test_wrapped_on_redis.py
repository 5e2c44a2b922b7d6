"""A wrapped app on Redis: the server stops in the middle of traffic, and workers share it."""

from __future__ import annotations

import secrets
import sys
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
import requests
from redis_servers import Server, server, until
from servers import free_port, running
from site_app import FIREFOX, PASSWORD, Site

from hardening.context import Context
from hardening.logins.counting import RETRY_AFTER_S

Make = Callable[..., Site]
ROOT = Path(__file__).parents[3]


@pytest.fixture
def lasting(tmp_path: Path) -> Iterator[Server]:
    """A server that remembers everything over a restart."""
    with server(tmp_path / "redis", "--appendonly", "yes", "--appendfsync", "always") as one:
        yield one


@pytest.fixture
def later(monkeypatch: pytest.MonkeyPatch) -> Callable[[float], None]:
    """Returns a function that moves the time of every wrapped app ahead."""
    ahead = [0.0]
    monkeypatch.setattr(Context, "now", lambda _context: time.time() + ahead[0])

    def move(seconds: float) -> None:
        ahead[0] += seconds

    return move


@pytest.mark.parametrize("options", ["", "&cache=1"])
def test_sessions_end_on_every_worker(
    make_site: Make, redis_url: Callable[..., str], options: str
) -> None:
    """A stolen cookie dies with the owner's logout."""
    site = make_site(store=redis_url(options=options))
    owner = site.browser()
    owner.login()
    thief = owner.copy_to(site.browser())
    assert thief.who() == "ada"
    owner.get("/logout")

    assert thief.who() is None
    assert owner.login().data == b"welcome"
    assert owner.who() == "ada"


def test_a_server_that_stops(
    make_site: Make, lasting: Server, later: Callable[[float], None]
) -> None:
    """While the server is gone, requests are anonymous and logins still limited; nothing is
    answered 500. When it is back, the same cookie works again."""
    site = make_site(store=f"redis://{lasting.name}")
    owner, attacker = site.browser(), site.browser(address="198.51.100.9")
    owner.login()
    attacker.login("bob", "wrong")
    lasting.stop()
    answers = [owner.get("/who") for _ in range(5)]
    tried = [attacker.login("bob", "wrong").status_code for _ in range(8)]

    assert [answer.status_code for answer in answers] == [200] * 5
    assert {answer.get_json()["user"] for answer in answers} == {None}
    assert set(tried[:5]) == {200}
    assert tried[5:] == [429] * 3
    assert "store_down" in site.names()

    lasting.start()
    until(lambda: owner.who() == "ada")
    later(RETRY_AFTER_S)
    attacker.login("bob", "wrong")
    assert "store_back" in site.names()


def test_a_login_while_it_is_gone(make_site: Make, lasting: Server) -> None:
    """A login that no record can back is no login, and no error page."""
    site = make_site(store=f"redis://{lasting.name}")
    owner = site.browser()
    lasting.stop()

    assert owner.login().status_code == 200
    assert owner.who() is None


def test_a_server_that_stops_under_load(make_site: Make, lasting: Server) -> None:
    """Killed and restarted under eight threads of traffic: each answer is a page, and every
    session is there afterwards."""
    site = make_site(store=f"redis://{lasting.name}", limit_address="1000/minute")
    browsers = [site.browser(address=f"203.0.113.{number}") for number in range(8)]
    for browser in browsers:
        browser.login()
    statuses: set[int] = set()
    seen: set[Any] = set()

    def visit(browser: Any) -> None:
        for _ in range(60):
            answer = browser.get("/who")
            statuses.add(answer.status_code)
            seen.add(answer.get_json()["user"])

    with ThreadPoolExecutor(8) as pool:
        visits = [pool.submit(visit, browser) for browser in browsers]
        lasting.stop()
        lasting.start()
        for one in visits:
            one.result()

    assert statuses == {200}
    assert seen <= {"ada", None}
    until(lambda: all(browser.who() == "ada" for browser in browsers))


APP = """
import os
from site_app import build_app
from hardening import harden

app, users = build_app()
app.secret_key = os.environ["SITE_KEY"]
hardening = harden(app, store=os.environ["SITE_STORE"])

@app.get("/worker")
def worker():
    return str(os.getpid())

with app.app_context():  # connected before the fork, as a preloaded app may well be
    hardening.sessions.list("ada")
    print(hardening.wrapped().context.store.store_id())
"""


def test_preloaded_workers(tmp_path: Path, redis_url: Callable[..., str]) -> None:
    """Under gunicorn with four workers forked from a connected process, no answer goes to the
    wrong worker, and a logout in one is in force in all of them."""
    (tmp_path / "shop.py").write_text(APP)
    port = free_port()
    command = [sys.executable, "-m", "gunicorn", "--preload", "-w", "4", "--threads", "4"]
    command += ["-b", f"127.0.0.1:{port}", "shop:app"]
    environment = {
        "PYTHONPATH": f"{tmp_path}:{ROOT}:{ROOT / 'tests' / 'support'}",
        "SITE_KEY": secrets.token_hex(32),
        "SITE_STORE": redis_url(),
    }
    with running(command, port, tmp_path, name="gunicorn", environment=environment):
        cookies: dict[str, str] = {}

        def ask(path: str, **data: str) -> requests.Response:
            # Each on a connection of its own, so that any worker may answer. The proxy in front
            # took care of https.
            return requests.request(
                "POST" if data else "GET",
                f"http://127.0.0.1:{port}{path}",
                data=data,
                cookies=cookies,
                headers={"User-Agent": FIREFOX, "X-Forwarded-Proto": "https"},
                timeout=30,
            )

        answer = ask("/login", username="ada", password=PASSWORD)
        cookies = dict(answer.cookies)
        with ThreadPoolExecutor(8) as pool:
            workers = set(pool.map(lambda _: ask("/worker").text, range(60)))
            users = list(pool.map(lambda _: ask("/who").json()["user"], range(60)))
            ask("/logout")
            afterwards = list(pool.map(lambda _: ask("/who").json()["user"], range(60)))

    assert len(workers) >= 2
    assert users == ["ada"] * 60
    assert afterwards == [None] * 60
