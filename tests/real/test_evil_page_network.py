"""A real browser on a network whose owner answers whatever is asked over plain http."""

from __future__ import annotations

from urllib.parse import urlsplit

from evil_shop import MALLORY, MALLORYS, OWNER
from evil_victim import Victim
from evil_web import EVIL, WIFI, Web, trap

HTTP_EVIL = EVIL.replace("https:", "http:")


def test_first_visit(web: Web, victim: Victim) -> None:
    """Who types no scheme logs in over http; wrapped they are led to https first."""
    victim.log_in(web.bare, scheme="http")

    assert victim.browser.current_url == web.bare.url("/account", "http")

    victim.log_in(web.wrapped, path="/login?next=/who", scheme="http")

    assert victim.browser.current_url == web.wrapped.url("/who")
    assert all(cookie["secure"] for cookie in victim.jar(web.wrapped).values())


def test_form_over_http(web: Web, victim: Victim) -> None:
    """A form that is sent over http works, and is refused wrapped; HSTS sends it over https."""
    form = {"username": MALLORY, "password": MALLORYS}
    for site in (web.bare, web.tuned):
        victim.is_led_by(trap("post", site.url("/login", "http"), at=HTTP_EVIL, **form))
        assert urlsplit(victim.browser.current_url).scheme == "http"

    assert victim.is_at(web.bare, "http") == MALLORY
    assert victim.is_at(web.tuned) is None
    assert "insecure_transport" in web.tuned.shop.events

    victim.title_of(web.wrapped.url("/"))
    web.wrapped.shop.restore()
    address = web.wrapped.url("/login", "http")
    victim.is_led_by(trap("post", address, at=HTTP_EVIL, **form))

    assert victim.browser.current_url == web.wrapped.url("/login")
    assert "insecure_transport" not in web.wrapped.shop.events
    assert victim.is_at(web.wrapped) is None


def test_later_visits(web: Web, victim: Victim) -> None:
    """After one visit over https the browser asks for nothing over http, which bare it does."""
    _, wrapped = web.loose  # no other test here has been there: HSTS outlives all else
    for site in (web.bare, wrapped):
        page = trap("link", at=site.url(WIFI, "http"))
        victim.title_of(page)
        victim.log_in(site)
        victim.title_of(page)

    assert len(web.heard("bare.example")) == 2
    assert len(web.heard(wrapped.host)) == 1
    assert victim.browser.current_url.startswith("https:")
    assert victim.is_at(wrapped) == OWNER
