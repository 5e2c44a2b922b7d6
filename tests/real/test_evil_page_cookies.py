"""A real browser in which a subdomain or the network's owner meddles with a shop's cookies."""

from __future__ import annotations

import pytest
from evil_shop import MALLORY, MALLORYS, OWNER
from evil_victim import Victim
from evil_web import WIFI, Site, Web, trap

# What a subdomain may try to pass for our cookie. In the second half the browser sees no prefix.
NAMES = (
    "session",
    "__Secure-session",
    "__Host-session",
    "__HOST-session",
    "=__Host-session",
    " __Host-session",
    "\t__Host-session",
    "\x85__Host-session",
    "\xa0__Host-session",
    "\xa0session",
    "\u2000__Host-session".encode().decode("latin-1"),
)


def planted(victim: Victim, site: Site, *cookies: str) -> None:
    """Set cookies from a subdomain."""
    victim.meets(trap("plant", at=site.sibling, cookie=list(cookies)))


def mallorys(victim: Victim, site: Site, cookie: str = "session") -> str:
    """Return a cookie of Mallory's own; the same kind of browser made it."""
    victim.log_in(site, MALLORY, MALLORYS, remember=True)
    jar = victim.jar(site)
    victim.forget()
    value: str = next(one["value"] for name, one in jar.items() if name.endswith(cookie))
    return value


def over_http(victim: Victim, site: Site, *cookies: str) -> None:
    """Look at a page over http, which the network answers with cookies."""
    page = trap("plant", at=site.url(WIFI, "http"), cookie=list(cookies))
    victim.browser.get(page)


def test_planted_by_a_subdomain(web: Web, victim: Victim) -> None:
    """The owner works in Mallory's account; wrapped in the own one, whatever is planted."""
    own = f"{mallorys(victim, web.bare)}; Domain=bare.example; Path=/account"
    victim.log_in(web.bare)
    planted(victim, web.bare, f"session={own}")

    assert victim.title_of(web.bare.url("/account")) == "Account of mallory"

    site = web.wrapped
    own = f"{mallorys(victim, site)}; Domain={site.host}; Path=/account; Secure"
    victim.log_in(site)
    planted(victim, site, *(f"{name}={own}" for name in NAMES))

    assert {"session", "__Secure-session", "\u2000__Host-session"} < set(victim.jar(site))
    assert victim.title_of(site.url("/account")) == "Account of ada"


@pytest.mark.parametrize("cookie", ["session", "remember_token"])
def test_planted_before_a_login(web: Web, victim: Victim, cookie: str) -> None:
    """Whoever has not logged in works in Mallory's account; wrapped they are nobody."""
    seen = {}
    for site in (web.bare, web.wrapped):
        own = f"{mallorys(victim, site, cookie)}; Domain={site.host}; Secure"
        names = [name.replace("session", cookie) for name in NAMES]
        planted(victim, site, *(f"{name}={own}" for name in names))
        seen[site.host] = victim.is_at(site)

    assert seen == {"bare.example": MALLORY, "wrapped.example": None}


def test_planted_quotes(web: Web, victim: Victim) -> None:
    """Two cookies with a quote each swallow the session between them; wrapped they do not."""
    seen = {}
    for site in (web.bare, web.wrapped):
        victim.log_in(site)
        quotes = f'a="1; Domain={site.host}; Path=/account', f'b=2"; Domain={site.host}'
        planted(victim, site, *quotes)
        seen[site.host] = victim.title_of(site.url("/account"))

    assert seen == {"bare.example": "Log in", "wrapped.example": "Account of ada"}


def test_deleted_by_a_subdomain(web: Web, victim: Victim) -> None:
    """No subdomain deletes a cookie of the host alone, not even bare."""
    for site in (web.bare, web.wrapped):
        victim.log_in(site)
        ends = ("Path=/; Max-Age=0; Secure", f"Path=/; Max-Age=0; Secure; Domain={site.host}")
        planted(victim, site, *(f"{name}=; {end}" for name in victim.jar(site) for end in ends))

        assert victim.is_at(site) == OWNER


def test_pushed_out_by_a_subdomain(web: Web, victim: Victim) -> None:
    """A browser keeps only so many cookies of a site: a logout is all that comes of it."""
    site = web.wrapped
    value = mallorys(victim, site)
    victim.log_in(site)
    names = [f"a{number}" for number in range(200)]
    planted(victim, site, *(f"{name}=; Domain={site.host}; Secure" for name in names))
    planted(victim, site, f"session={value}; Domain={site.host}; Secure")

    assert "__Host-session" not in victim.jar(site)
    assert victim.is_at(site) is None


def test_replaced_over_http(web: Web, victim: Victim) -> None:
    """The network puts Mallory's session in place of the owner's, and not where it is Secure."""
    value = mallorys(victim, web.bare)
    victim.log_in(web.bare)
    over_http(victim, web.bare, f"session={value}; Path=/")

    assert victim.is_at(web.bare) == MALLORY

    site = web.tuned  # without HSTS, which would not let the browser ask over http
    value = mallorys(victim, site)
    victim.log_in(site, remember=True)
    names = [*victim.jar(site), "session", "remember_token"]
    over_http(victim, site, *(f"{name}={value}; Path=/" for name in names))

    assert victim.browser.title == "done"
    assert victim.is_at(site) == OWNER

    over_http(victim, site, *(f"{name}=; Path=/; Max-Age=0" for name in names))

    assert victim.browser.title == "done"
    assert victim.is_at(site) == OWNER


def test_heard_over_http(web: Web, victim: Victim) -> None:
    """The network hears the session cookie of whoever looks at an http page, and ours never."""
    heard = {}
    for site in (web.bare, web.tuned):
        victim.log_in(site, remember=True)
        over_http(victim, site)
        heard[site.host] = web.heard(site.host)[-1]

    assert "session=" in heard["bare.example"]
    assert "remember_token=" in heard["bare.example"]
    assert heard["tuned.example"] == ""


def test_logout_deletes(web: Web, victim: Victim) -> None:
    """After a logout the browser holds neither cookie, bare and wrapped."""
    held = {}
    for site in (web.bare, web.wrapped):
        victim.log_in(site, remember=True)
        before = set(victim.jar(site))
        victim.title_of(site.url("/logout"))
        held[site.host] = before, set(victim.jar(site))

    assert held["bare.example"] == ({"session", "remember_token"}, set())
    before, after = held["wrapped.example"]
    assert {"__Host-session", "__Host-remember_token"} < before
    assert after == {"__Host-known_device"}
