"""What must hold of remember-me once an app is wrapped."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest
from flask import Flask
from flask_login import login_remembered
from site_app import PHONE, Browser, Site

Make = Callable[..., Site]
Clock = Callable[[float], None]
COOKIE = "__Host-remember_token"
DAY_S = 24 * 60 * 60


def close(browser: Browser) -> Browser:
    """Forget the session cookie, as closing the browser does."""
    browser.client.delete_cookie("__Host-session", domain="app.example")
    return browser


def tab(site: Site, browser: Browser) -> Browser:
    """Return another tab of the same browser: the same cookies, no session."""
    return close(browser.copy_to(site.browser(browser.agent, browser.address)))


def remembered(site: Site) -> Browser:
    """Return a browser that logged in with remember-me and was closed."""
    browser = site.browser()
    browser.login(remember="1")
    return close(browser)


def test_use_replaces_the_validator(site: Site, clock: Clock) -> None:
    """Using a token replaces its validator, at most every five minutes."""
    owner = remembered(site)
    first = owner.cookies()[COOKIE]
    owner.who()
    second = owner.cookies()[COOKIE]
    close(owner).who()

    assert first != second
    assert second == owner.cookies()[COOKIE]

    clock(301)
    close(owner).who()

    assert second != owner.cookies()[COOKIE]


def test_theft(site: Site, clock: Clock) -> None:
    """A token that is used after its owner used it ends its family, with an event."""
    owner = remembered(site)
    thief = tab(site, owner)

    assert owner.who() == "ada"

    clock(61)

    assert thief.who() is None
    assert "authn_token_reuse" in site.names()
    assert owner.who() is None
    assert close(owner).who() is None


def test_theft_by_the_quicker_one(site: Site, clock: Clock) -> None:
    """Where the thief comes first, the owner's use tells, and the thief's session ends."""
    owner = remembered(site)
    thief = tab(site, owner)

    assert thief.who() == "ada"

    clock(61)

    assert owner.who() is None
    assert thief.who() is None


def test_reuse_ends_the_session_that_made_the_token(site: Site, clock: Clock) -> None:
    """The session in which remember-me was ticked belongs to the token's family."""
    owner = site.browser()
    owner.login(remember="1")
    thief, other = tab(site, owner), tab(site, owner)
    thief.who()
    clock(61)

    assert owner.who() == "ada"
    assert other.who() is None
    assert owner.who() is None


def test_two_tabs(site: Site, clock: Clock) -> None:
    """Tabs that restore at once all stay in: the validator before is good for 60 seconds."""
    first = remembered(site)
    tabs = [first, *(tab(site, first) for _ in range(4))]

    assert [one.who() for one in tabs] == ["ada"] * 5

    clock(59)

    assert [one.who() for one in tabs] == ["ada"] * 5
    assert "authn_token_reuse" not in site.names()


def test_a_validator_that_never_left_does_not_count(make_site: Make, clock: Clock) -> None:
    """A request that fails without a response replaces nothing, so nobody is taken for a thief."""

    def crash(app: Flask) -> None:
        from flask_login import current_user

        @app.get("/crash")
        def crashing() -> str:
            assert current_user.is_authenticated
            raise RuntimeError

    site = make_site(before=crash)
    owner = remembered(site)
    site.app.config["PROPAGATE_EXCEPTIONS"] = True
    with pytest.raises(RuntimeError):
        owner.get("/crash")
    clock(61)

    assert owner.who() == "ada"


def test_expires_on_the_server(site: Site, clock: Clock) -> None:
    """A token ends 30 days after it was made, whatever its use and its cookie's date."""
    owner = remembered(site)
    for _ in range(5):
        clock(5 * DAY_S)
        assert close(owner).who() == "ada"
    thief = tab(site, owner)
    clock(5 * DAY_S + 1)

    assert thief.who() is None


def test_own_duration(make_site: Make, clock: Clock) -> None:
    """A shorter REMEMBER_COOKIE_DURATION of the app holds on the server, also after a use."""
    site = make_site(
        before=lambda app: app.config.update(REMEMBER_COOKIE_DURATION=timedelta(days=2))
    )
    owner = remembered(site)
    clock(DAY_S)

    assert owner.who() == "ada"

    made = next(c for c in owner.client._cookies.values() if c.key == COOKIE)

    assert made.expires is not None
    clock(DAY_S + 1)

    assert tab(site, owner).who() is None


def test_login_remembered_tells_the_truth(make_site: Make) -> None:
    """Flask-Login's own `login_remembered` works on the wrapped cookie."""

    def view(app: Flask) -> None:
        app.add_url_rule("/remembered", view_func=lambda: str(login_remembered()), endpoint="r")

    site = make_site(before=view)
    owner = remembered(site)

    assert owner.get("/remembered").get_data(as_text=True) == "True"
    assert site.browser().get("/remembered").get_data(as_text=True) == "False"


def test_revoked_session_takes_its_token_along(site: Site) -> None:
    """Ending a session from the list ends the token that it shares a family with."""
    owner = site.browser()
    owner.login(remember="1")
    assert site.hardening is not None
    listed = site.hardening.sessions.list("ada")
    site.hardening.sessions.revoke(listed[0].id)

    assert owner.who() is None
    assert close(owner).who() is None


@pytest.mark.parametrize("path", ["/logout", "/who"])
def test_logout_first_thing(site: Site, path: str) -> None:
    """Somebody who opens the browser only to log out has logged every copy out."""
    owner = remembered(site)
    thief = tab(site, owner)
    owner.get(path)

    assert thief.who() == (None if path == "/logout" else "ada")
    assert "guard_failed" not in site.names()


def test_logout_first_thing_ends_the_session_from_before(site: Site) -> None:
    """A copy of the session cookie that the browser had when it was closed is out as well."""
    owner = site.browser()
    owner.login(remember="1")
    thief = owner.copy_to(site.browser(owner.agent, owner.address))
    thief.client.delete_cookie(COOKIE, domain="app.example")
    close(owner).get("/logout")

    assert thief.who() is None
    assert site.hardening is not None
    assert not list(site.hardening.sessions.list("ada"))


def test_refused_by_the_cap_keeps_the_token(make_site: Make, clock: Clock) -> None:
    """A restored login that the cap refuses does not use the token up."""
    site = make_site(session_limit=1, session_limit_action="refuse")
    owner = remembered(site)
    for _ in range(2):
        clock(400)
        assert tab(site, owner).who() == "ada"  # for this one request

    assert "session_limit_reached" in site.names()
    assert "guard_failed" not in site.names()
    assert "authn_token_reuse" not in site.names()


def test_other_browser(site: Site) -> None:
    """A token copied to another browser family lets nobody in, and its owner keeps it."""
    owner = remembered(site)
    thief = owner.copy_to(site.browser(PHONE))

    assert thief.who() is None
    assert owner.who() == "ada"


def test_refreshed_each_request(make_site: Make) -> None:
    """REMEMBER_COOKIE_REFRESH_EACH_REQUEST sends the cookie again and keeps it working."""
    site = make_site(
        before=lambda app: app.config.update(REMEMBER_COOKIE_REFRESH_EACH_REQUEST=True)
    )
    owner = site.browser()
    owner.login(remember="1")
    first = owner.cookies()[COOKIE]
    answer = owner.get("/who")

    assert any(COOKIE in header for header in answer.headers.getlist("Set-Cookie"))
    assert first == owner.cookies()[COOKIE]
    assert [close(owner).who(), close(owner).who()] == ["ada", "ada"]
