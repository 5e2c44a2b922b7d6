"""A real browser that logs in at a link of somebody else's, and where it ends up."""

from __future__ import annotations

from urllib.parse import quote, urlsplit

import pytest
from evil_victim import Victim
from evil_web import EVIL, Site, Web

# Werkzeug writes what it is given anew, backslashes as %5C. These leave the shop all the same.
LEAVING = (
    EVIL,
    "//evil.example",
    "////evil.example/%2e%2e",
    "https:evil.example",
    "http:evil.example",
    "https:///evil.example",
    "hTTps://bare.example@evil.example",
    "https://bare.example\\@evil.example",
    "//\uff45vil.example",  # a full-width letter
    " //evil.example",
)
STAYING = ("/account", "/account?from=//evil.example", "account")


def ends(victim: Victim, site: Site, target: str) -> tuple[str | None, str]:
    """Log in at a link with `target` in it; return the host and path where that ends."""
    victim.forget()
    victim.log_in(site, path=f"/login?next={quote(target)}")
    found = urlsplit(victim.browser.current_url)
    return found.hostname, found.path


@pytest.mark.parametrize("target", LEAVING, ids=ascii)
def test_leaving(web: Web, victim: Victim, target: str) -> None:
    """A login leads to another site; wrapped it leads home."""
    assert ends(victim, web.bare, target)[0] == "evil.example"
    assert ends(victim, web.wrapped, target) == ("wrapped.example", "/")
    assert "open_redirect_blocked" in web.wrapped.shop.events


@pytest.mark.parametrize("target", STAYING)
def test_staying(web: Web, victim: Victim, target: str) -> None:
    """A login leads where the shop itself said."""
    assert ends(victim, web.bare, target) == ("bare.example", "/account")
    assert ends(victim, web.wrapped, target) == ("wrapped.example", "/account")


def test_script(web: Web, victim: Victim) -> None:
    """No browser follows a redirect to a script; wrapped there is none."""
    assert ends(victim, web.wrapped, "javascript:alert(1)") == ("wrapped.example", "/")
