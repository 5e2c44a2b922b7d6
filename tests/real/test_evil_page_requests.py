"""A real browser on an evil page, whose forms, images and scripts send requests to a shop."""

from __future__ import annotations

import pytest
from evil_shop import MALLORY, MALLORYS, OWNER, STOLEN
from evil_victim import Victim
from evil_web import EVIL, Site, Web, trap

ATTACKER = {"username": MALLORY, "password": MALLORYS}


def logged_out(victim: Victim, site: Site, page: str, *, leads: bool, at: str) -> bool:
    """Return whether an evil page ends the session of somebody who has just logged in."""
    victim.log_in(site)
    assert victim.is_at(site) == OWNER
    address = trap(page, site.url("/logout"), at=at)
    if leads:
        victim.is_led_by(address)
    else:
        victim.meets(address)
    return victim.is_at(site) is None


def changed(victim: Victim, site: Site, page: str, *, at: str = EVIL) -> bool:
    """Return whether an evil page sets the password of somebody who has just logged in."""
    victim.forget()
    victim.log_in(site)
    address = trap(page, site.url("/password"), at=at, password=STOLEN)
    if page == "post":
        victim.is_led_by(address)
    else:
        victim.meets(address)
    return site.shop.opens(STOLEN)


@pytest.mark.parametrize("page", ["post", "unreferred", "sandboxed"])
def test_login_by_a_form(web: Web, victim: Victim, page: str) -> None:
    """A form that sends itself logs the visitor in as Mallory; wrapped it is refused."""
    victim.is_led_by(trap(page, web.bare.url("/login"), **ATTACKER))
    victim.is_led_by(trap(page, web.wrapped.url("/login"), **ATTACKER))

    assert victim.is_at(web.bare) == MALLORY
    assert victim.is_at(web.wrapped) is None
    assert "malicious_csrf" in web.wrapped.shop.events

    victim.log_in(web.wrapped)

    assert victim.is_at(web.wrapped) == OWNER


def test_login_by_a_form_that_nobody_sees(web: Web, victim: Victim) -> None:
    """In a hidden frame it takes cookies that their owner lets others set, or a subdomain."""
    loose_bare, loose_wrapped = web.loose
    for site, at in (
        (web.bare, EVIL),
        (loose_bare, EVIL),
        (loose_wrapped, EVIL),
        (web.wrapped, web.wrapped.sibling),
    ):
        victim.meets(trap("hidden-post", site.url("/login"), at=at, **ATTACKER))

    assert victim.is_at(web.bare) is None  # the browser's doing: Lax by default
    assert victim.is_at(loose_bare) == MALLORY
    assert victim.is_at(loose_wrapped) is None
    assert victim.is_at(web.wrapped) is None
    victim.meets(trap("hidden-post", web.bare.url("/login"), at=web.bare.sibling, **ATTACKER))
    assert victim.is_at(web.bare) == MALLORY


@pytest.mark.parametrize("page", ["jump", "meta"])
def test_logout_by_leading_there(web: Web, victim: Victim, page: str) -> None:
    """A page that leads to the logout logs out; wrapped, its visitor is asked."""
    assert logged_out(victim, web.bare, page, leads=True, at=EVIL)
    assert not logged_out(victim, web.wrapped, page, leads=True, at=EVIL)
    assert "logout_confirmation" in web.wrapped.shop.events


@pytest.mark.parametrize("page", ["image", "prefetch", "frame"])
def test_logout_by_a_part_of_a_page(web: Web, victim: Victim, page: str) -> None:
    """An image or frame logs out from a subdomain, and from anywhere where cookies are loose."""
    loose_bare, loose_wrapped = web.loose
    wrapped = web.wrapped

    assert not logged_out(victim, web.bare, page, leads=False, at=EVIL)  # Lax by default
    assert logged_out(victim, web.bare, page, leads=False, at=web.bare.sibling)
    assert logged_out(victim, loose_bare, page, leads=False, at=EVIL)
    assert not logged_out(victim, wrapped, page, leads=False, at=wrapped.sibling)
    assert not logged_out(victim, loose_wrapped, page, leads=False, at=EVIL)
    assert "malicious_csrf" in loose_wrapped.shop.events


def test_password_by_a_form(web: Web, victim: Victim) -> None:
    """Chromium sends cookies without SameSite with a POST for two minutes; wrapped they have it."""
    loose_bare, loose_wrapped = web.loose

    assert changed(victim, web.bare, "post")
    assert changed(victim, loose_bare, "post")
    assert not changed(victim, web.wrapped, "post")
    assert not changed(victim, loose_wrapped, "post")
    assert "malicious_csrf" in loose_wrapped.shop.events
    assert victim.is_at(loose_wrapped) == OWNER


def test_password_by_a_script(web: Web, victim: Victim) -> None:
    """A script needs loose cookies, or a subdomain; wrapped neither is enough."""
    loose_bare, loose_wrapped = web.loose
    wrapped = web.wrapped

    assert not changed(victim, web.bare, "fetch")  # the browser's doing
    assert changed(victim, web.bare, "fetch", at=web.bare.sibling)
    assert changed(victim, loose_bare, "fetch")
    assert not changed(victim, wrapped, "fetch", at=wrapped.sibling)
    assert not changed(victim, loose_wrapped, "fetch")
    assert victim.is_at(loose_wrapped) == OWNER


def test_web_socket(web: Web, victim: Victim) -> None:
    """A subdomain's page reads the visitor's feed; wrapped only the shop's own page does."""
    loose_bare, loose_wrapped = web.loose
    heard = {}
    for site, at in (
        (web.bare, web.bare.sibling),
        (loose_bare, EVIL),
        (web.wrapped, web.wrapped.sibling),
        (loose_wrapped, EVIL),
    ):
        victim.log_in(site)
        address = trap("socket", f"wss://{site.host}/live", at=at)
        heard[site.host] = victim.meets(address, says=lambda title: title != "evil")

    assert heard == {
        "bare.example": "feed of ada",
        "loose-bare.example": "feed of ada",
        "wrapped.example": "refused",
        "loose-wrapped.example": "refused",
    }
    assert victim.hears(web.wrapped) == "feed of ada"
