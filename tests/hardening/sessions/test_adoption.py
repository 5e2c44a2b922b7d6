"""Logins from before the wrap."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
from site_app import PHONE, Browser, Site, build_app

Make = Callable[..., Site]
Clock = Callable[[float], None]
KEY = "5d" + "1b93ae" * 12
HOUR_S = 60 * 60


def tomorrow() -> str:
    return (datetime.now(UTC) + timedelta(days=1)).date().isoformat()


def before_the_wrap() -> dict[str, str]:
    """Return the cookies of somebody who logged in to the bare app."""
    app, _ = build_app()
    app.secret_key = KEY
    browser = Browser(app, PHONE, "198.51.100.4")
    browser.login(remember="1")
    return browser.cookies()


def arrive(site: Site, cookies: dict[str, str]) -> Browser:
    browser = site.browser(PHONE, "198.51.100.4")
    for name, value in cookies.items():
        browser.client.set_cookie(name, value, domain="app.example")
    return browser


@pytest.fixture
def old_site(make_site: Make, clock: Clock) -> Callable[..., Site]:
    """Return a function that wraps a site whose store is `age_s` old."""

    def make(age_s: float = 2 * HOUR_S, key: str = KEY, **settings: object) -> Site:
        site = make_site(before=lambda app: setattr(app, "secret_key", key), **settings)
        assert site.hardening is not None
        site.hardening.wrapped().context.store.created_at()
        clock(age_s)
        return site

    return make


@pytest.mark.parametrize("kept", [{"session"}, {"remember_token"}, {"session", "remember_token"}])
def test_adopted(old_site: Callable[..., Site], kept: set[str]) -> None:
    """Old cookies are let in and get a record: a logout then ends every copy."""
    site = old_site(adopt_until=tomorrow())
    cookies = {name: value for name, value in before_the_wrap().items() if name in kept}
    owner = arrive(site, cookies)

    assert [owner.who(), owner.who()] == ["ada", "ada"]
    assert "session_adopted" in site.names()

    thief = owner.copy_to(site.browser(PHONE, "198.51.100.4"))
    owner.get("/logout")

    assert thief.who() is None


def test_off_by_default(old_site: Callable[..., Site]) -> None:
    """Without a day in the policy nobody is adopted."""
    assert arrive(old_site(), before_the_wrap()).who() is None


def test_after_the_day(old_site: Callable[..., Site]) -> None:
    """After the day it is over."""
    site = old_site(age_s=3 * 24 * HOUR_S, adopt_until=tomorrow())

    assert arrive(site, before_the_wrap()).who() is None


def test_fresh_store(old_site: Callable[..., Site]) -> None:
    """A fresh store may have forgotten what was adopted and ended: it adopts nothing."""
    site = old_site(age_s=0, adopt_until=tomorrow())

    assert arrive(site, before_the_wrap()).who() is None
    assert "session_not_adopted" in site.names()


def test_weak_key(old_site: Callable[..., Site]) -> None:
    """With a key that can be guessed, old cookies can be forged: none is adopted."""
    site = old_site(key="super secret string", adopt_until=tomorrow(), weak_secret_key="warn")
    serializer = site.app.session_interface.get_signing_serializer(site.app)
    forged = serializer.dumps({"_user_id": "ada", "_fresh": True})

    assert arrive(site, {"session": forged}).who() is None


def test_only_once(old_site: Callable[..., Site], clock: Clock) -> None:
    """A copy of an adopted cookie is refused after a minute, so a logout stays one."""
    site = old_site(adopt_until=tomorrow())
    cookies = before_the_wrap()
    arrive(site, cookies).who()
    clock(30)

    assert arrive(site, cookies).who() == "ada"

    clock(31)

    assert arrive(site, cookies).who() is None


def test_adopted_sessions_are_not_fresh_by_their_own_word(old_site: Callable[..., Site]) -> None:
    """What an old cookie says of its freshness is not taken."""
    site = old_site(adopt_until=tomorrow())
    owner = arrive(site, before_the_wrap())
    owner.who()

    assert owner.get("/private").status_code == 401
