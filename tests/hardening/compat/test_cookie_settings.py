"""Settings of Flask's that decide where the session's cookie goes, and how long it stays."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask, request, session, stream_with_context
from flask_login import login_user, logout_user
from flask_versions import partitions
from redis_servers import server
from site_app import PASSWORD, Browser, Site
from werkzeug.test import TestResponse

Make = Callable[..., Site]


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Callable[[float], None]:
    """Return a function that moves the time on by so many seconds."""
    offset = [0.0]
    real = time.time
    monkeypatch.setattr(time, "time", lambda: real() + offset[0])

    def move(seconds: float) -> None:
        offset[0] += seconds

    return move


def session_cookies(answer: TestResponse, name: str = "session") -> list[str]:
    """Return the headers that set the session's cookie."""
    return [one for one in answer.headers.getlist("Set-Cookie") if f"{name}=" in one]


def configured(make_site: Make, **config: Any) -> Site:
    """Return a wrapped site with these settings, and a view that changes `session.permanent`."""

    def add(app: Flask) -> None:
        app.config.update(config)

        @app.post("/permanent")
        def permanent() -> str:
            session.permanent = bool(request.form["on"])
            return "changed"

    return make_site(before=add)


def test_permanent_toggled(make_site: Make, clock: Callable[[float], None]) -> None:
    """Going from a session cookie to a lasting one and back changes nothing but the cookie."""
    site = configured(make_site)
    owner = site.browser()
    owner.login()
    (lasting,) = session_cookies(owner.post("/permanent", {"on": "1"}))
    assert site.hardening is not None
    first = site.hardening.sessions.list("ada")
    (passing,) = session_cookies(owner.post("/permanent", {"on": ""}))
    thief = owner.copy_to(site.browser())

    assert "Expires=" in lasting
    assert "Expires=" not in passing
    for cookie in (lasting, passing):
        assert cookie.startswith("__Host-session=")
        assert {"Secure", "HttpOnly", "SameSite=Lax", "Path=/"} <= set(cookie.split("; "))
    assert owner.who() == "ada"
    assert [one.id for one in site.hardening.sessions.list("ada")] == [first[0].id]

    owner.post("/permanent", {"on": "1"})
    clock(60 * 60 + 1)  # an hour of idleness: the lasting cookie would live for 31 days

    assert owner.who() is None
    assert thief.who() is None


def test_no_refresh(make_site: Make, clock: Callable[[float], None]) -> None:
    """Without SESSION_REFRESH_EACH_REQUEST no page sets a cookie, and use still counts."""
    site = configured(make_site, SESSION_REFRESH_EACH_REQUEST=False)
    owner = site.browser()
    owner.login()
    owner.post("/permanent", {"on": "1"})
    for _ in range(4):
        clock(50 * 60)
        answer = owner.get("/who")
        assert answer.get_json() == {"user": "ada"}
        assert session_cookies(answer) == []

    owner.address = "198.51.100.20"  # what must be written is
    assert len(session_cookies(owner.get("/who"))) == 1
    clock(61 * 60)
    assert owner.who() is None


def away(browser: Browser, path: str, root: str, **options: Any) -> TestResponse:
    """Send a request to an app that is mounted at `root`."""
    return browser.open(path, base_url=f"https://app.example{root}", **options)


PLACES = {
    "root": ({"APPLICATION_ROOT": "/shop"}, "/shop", {"Path=/shop"}),
    "path": ({"SESSION_COOKIE_PATH": "/shop"}, "/shop", {"Path=/shop"}),
    "domain": ({"SESSION_COOKIE_DOMAIN": "app.example"}, "", {"Domain=app.example", "Path=/"}),
    "both": (
        {"APPLICATION_ROOT": "/shop", "SESSION_COOKIE_DOMAIN": "app.example"},
        "/shop",
        {"Domain=app.example", "Path=/shop"},
    ),
}


@pytest.mark.parametrize(("config", "root", "expected"), PLACES.values(), ids=PLACES)
def test_other_places(
    make_site: Make, config: dict[str, str], root: str, expected: set[str]
) -> None:
    """A cookie with a path or a domain of its own is set, found and deleted there."""
    site = configured(make_site, **config)
    owner = site.browser()
    data = {"username": "ada", "password": PASSWORD, "remember": "1"}
    (cookie,) = session_cookies(away(owner, "/login", root, method="POST", data=data))

    assert cookie.startswith("__Secure-session=")
    assert expected | {"Secure", "HttpOnly", "SameSite=Lax"} <= set(cookie.split("; "))
    assert away(owner, "/who", root).get_json() == {"user": "ada"}

    thief = owner.copy_to(site.browser())
    (deletion,) = session_cookies(away(owner, "/logout", root))

    assert deletion.startswith("__Secure-session=;")
    assert expected | {"Secure", "Max-Age=0"} <= set(deletion.split("; "))
    assert owner.cookies().keys() <= {"__Host-known_device"}
    assert away(thief, "/who", root).get_json() == {"user": None}


@partitions
def test_partitioned(make_site: Make) -> None:
    """A cookie that a browser keeps for each embedding site stays one, deletion included."""
    site = configured(make_site, SESSION_COOKIE_PARTITIONED=True, SESSION_COOKIE_SAMESITE="None")
    owner = site.browser()
    (cookie,) = session_cookies(owner.login())
    thief = owner.copy_to(site.browser())
    (deletion,) = session_cookies(owner.get("/logout"))

    for one in (cookie, deletion):
        assert one.startswith("__Host-session=")
        assert {"Secure", "SameSite=None", "Partitioned", "Path=/"} <= set(one.split("; "))
    assert thief.who() is None


@partitions
@pytest.mark.parametrize("switched", [{"mode": "off"}, {"guards": {"cookies": False}}])
def test_partitioned_is_taken_back(make_site: Make, switched: dict[str, Any]) -> None:
    """Switched off, the deletion of our cookie reaches the one that the browser keeps apart."""

    def add(app: Flask) -> None:
        app.config.update(SESSION_COOKIE_PARTITIONED=True, SESSION_COOKIE_SAMESITE="None")

    site = make_site(before=add, **switched)
    browser = site.browser()
    browser.client.set_cookie("__Host-session", "old", domain="app.example", secure=True)
    (deletion,) = session_cookies(browser.get("/static-page"), "__Host-session")

    assert {"Secure", "Partitioned", "Path=/", "Max-Age=0"} <= set(deletion.split("; "))


def test_logout_while_streaming(make_site: Make) -> None:
    """When its headers are gone a logout can delete no cookie, but it ends the session."""

    def add(app: Flask) -> None:
        @app.get("/stream")
        def stream() -> Any:
            return stream_with_context(str(logout_user()) for _ in range(1))

        @app.post("/in-and-out")
        def in_and_out() -> Any:
            login_user(site.users["ada"])
            return stream_with_context(str(logout_user()) for _ in range(1))

    site = make_site(before=add)
    owner = site.browser()
    owner.login(remember="1")

    assert owner.get("/stream").data == b"True"
    assert owner.who() is None

    owner.post("/in-and-out")

    assert owner.who() is None
    assert site.hardening is not None
    assert site.hardening.sessions.list("ada") == []


def test_remembering_while_the_store_is_down(make_site: Make, tmp_path: Any) -> None:
    """A login that asks to be remembered gets no cookie that nothing backs, and no failure."""
    with server(tmp_path / "redis", "--save", "") as one:
        site = make_site(store=f"redis://{one.name}")
        owner = site.browser()
        owner.get("/who")
        one.stop()
        answer = owner.login(remember="1")

    assert answer.status_code == 200
    assert not any("remember_token=" in one for one in answer.headers.getlist("Set-Cookie"))
    assert "store_down" in site.names()
    assert "guard_failed" not in site.names()
