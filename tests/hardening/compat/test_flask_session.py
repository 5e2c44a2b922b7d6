"""Flask-Session keeps the session on the server; the wrapper goes around it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from cachelib import FileSystemCache
from flask import Flask, session
from flask_session import Session
from redis import Redis
from redis_servers import IN_MEMORY, server
from site_app import Browser, Site

Make = Callable[..., Site]
COOKIE = "__Host-session"


@pytest.fixture(scope="module")
def redis_port(tmp_path_factory: pytest.TempPathFactory) -> Iterator[int]:
    """The port of a Redis server."""
    with server(tmp_path_factory.mktemp("redis"), *IN_MEMORY) as one:
        yield one.port


def basket(app: Flask) -> None:
    """Give `app` a page that puts something into the session before any login."""

    @app.get("/basket")
    def show() -> str:
        session["basket"] = session.get("basket", 0) + 1
        return str(session["basket"])


@pytest.fixture(params=["cachelib", "redis"])
def install(
    request: pytest.FixtureRequest, tmp_path: Path, redis_port: int
) -> Callable[[Flask], None]:
    """A function that gives an app Flask-Session on one backend."""

    def on_cachelib(app: Flask) -> None:
        cache = FileSystemCache(str(tmp_path / "sessions"))
        app.config.update(SESSION_TYPE="cachelib", SESSION_CACHELIB=cache)
        Session(app)

    def on_redis(app: Flask) -> None:
        app.config.update(SESSION_TYPE="redis", SESSION_REDIS=Redis(port=redis_port))
        Session(app)

    return on_cachelib if request.param == "cachelib" else on_redis


@pytest.fixture(params=["before the wrap", "after the wrap"])
def shop(request: pytest.FixtureRequest, make_site: Make, install: Any) -> Site:
    """A wrapped site with Flask-Session, installed before or after the wrap."""
    if request.param == "before the wrap":
        return make_site(before=lambda app: (basket(app), install(app)))
    site = make_site(before=basket)
    install(site.app)
    return site


def sid(browser: Browser) -> str:
    return browser.cookies()[COOKIE]


def test_login_and_logout(shop: Site) -> None:
    """People log in, keep what was in the session, and log out."""
    owner = shop.browser()
    owner.get("/basket")
    owner.login()

    assert owner.who() == "ada"
    assert owner.get("/basket").get_data(as_text=True) == "2"

    owner.get("/logout")

    assert owner.who() is None
    assert owner.get("/basket").get_data(as_text=True) == "3"


def test_fixation(shop: Site) -> None:
    """A session id that somebody knew before the login is not the one after it."""
    owner = shop.browser()
    owner.get("/basket")
    attacker = owner.copy_to(shop.browser())
    before = sid(owner)
    owner.login()

    assert sid(owner) != before
    assert attacker.who() is None
    assert attacker.get("/basket").get_data(as_text=True) == "1"


def test_replay_after_logout(shop: Site) -> None:
    """A copied session id lets nobody in after the logout, nor after the owner's next login."""
    owner = shop.browser()
    owner.login()
    thief = owner.copy_to(shop.browser())

    assert thief.who() == "ada"

    owner.get("/logout")

    assert thief.who() is None

    owner.login()

    assert owner.who() == "ada"
    assert thief.who() is None


def test_restored_session_is_not_worth_anything(shop: Site) -> None:
    """Somebody who puts the old contents back into the session store lets nobody in."""
    owner = shop.browser()
    owner.login()
    interface: Any = shop.app.session_interface
    key = interface._get_store_id(sid(owner))
    saved = dict(interface._retrieve_session_data(key))
    owner.get("/logout")
    again = owner.copy_to(shop.browser())
    again.get("/basket")
    kept = interface.session_class(saved, sid=sid(again))
    interface._upsert_session(
        shop.app.permanent_session_lifetime, kept, interface._get_store_id(sid(again))
    )

    assert again.who() is None


def test_password_change(shop: Site) -> None:
    """The session that changed the password stays, under an id that no copy of the cookie has."""
    owner = shop.browser()
    owner.login()
    thief = owner.copy_to(shop.browser())
    owner.post("/password", {"password": "another good password"})

    assert owner.who() == "ada"
    assert thief.who() is None
    assert owner.who() == "ada"


def test_remembered(shop: Site) -> None:
    """Remember-me restores a login into a session id of its own."""
    owner = shop.browser()
    owner.login(remember="1")
    before = sid(owner)
    owner.client.delete_cookie(COOKIE, domain="app.example")

    assert [owner.who(), owner.who()] == ["ada", "ada"]
    assert sid(owner) != before


def test_observe_leaves_the_id_alone(make_site: Make, install: Any) -> None:
    """In observe mode not even the session id changes."""
    site = make_site(before=lambda app: (basket(app), install(app)), mode="observe")
    owner = site.browser()
    owner.get("/basket")
    before = owner.cookies()["session"]
    owner.login()

    assert owner.cookies()["session"] == before
    assert owner.who() == "ada"
