"""Ways out that tell neither Flask-Login nor the session: a copy must end with each of them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask, make_response, session
from flask_login import login_user, logout_user
from site_app import PHONE, Browser, Site

Make = Callable[..., Site]


def _forget(browser: Browser, word: str) -> Browser:
    for cookie in list(browser.client._cookies.values()):
        if word in cookie.key:
            browser.client.delete_cookie(cookie.key, domain=cookie.domain, path=cookie.path)
    return browser


def _copied(browser: Browser, site: Site, without: str) -> Browser:
    return _forget(browser.copy_to(site.browser()), without)


def _cookie_takers(app: Flask) -> None:
    @app.post("/drop-session")
    def drop_session() -> Any:
        response = make_response("bye")
        response.delete_cookie(app.config["SESSION_COOKIE_NAME"])
        return response

    @app.post("/drop-remember")
    def drop_remember() -> Any:
        response = make_response("bye")
        response.delete_cookie("remember_token")
        return response


def test_deleted_session_cookie(make_site: Make) -> None:
    """A view that logs out by deleting the session's cookie ends every copy of it."""
    site = make_site(before=_cookie_takers)
    owner = site.browser()
    owner.login()
    thief = owner.copy_to(site.browser())
    owner.post("/drop-session")

    assert [owner.who(), thief.who()] == [None, None]


def test_deleted_remember_cookie(make_site: Make) -> None:
    """A view that deletes the remember cookie by itself ends every copy of it."""
    site = make_site(before=_cookie_takers)
    owner = site.browser()
    owner.login(remember="1")
    thief = _copied(owner, site, "session")
    owner.post("/drop-remember")

    assert [owner.who(), thief.who()] == ["ada", None]


def test_refused_remember_cookie_is_its_bearers_only(site: Site) -> None:
    """A token that another browser brings is taken from that browser, and not from its owner."""
    owner = site.browser()
    owner.login(remember="1")
    thief = _forget(owner.copy_to(site.browser(PHONE)), "session")

    assert thief.who() is None
    assert _forget(owner, "session").who() == "ada"


@pytest.mark.parametrize("nobody", [None, "", "nobody"])
def test_session_that_names_nobody(make_site: Make, nobody: str | None) -> None:
    """A session that is made to name nobody any more is over, and every copy with it."""

    def before(app: Flask) -> None:
        @app.post("/nobody")
        def name_nobody() -> str:
            session["_user_id"] = nobody
            return "bye"

    site = make_site(before=before)
    owner = site.browser()
    owner.login()
    thief = owner.copy_to(site.browser())
    owner.post("/nobody")

    assert thief.who() is None


def test_logout_without_the_remember_cookie(site: Site) -> None:
    """A logout ends the session's remember token, also where its cookie did not come along."""
    owner = site.browser()
    owner.login(remember="1")
    thief = _copied(owner, site, "session")
    _forget(owner, "remember").get("/logout")

    assert thief.who() is None


def test_logout_under_another_path(make_site: Make) -> None:
    """The same where the path of the remember cookie keeps it from the logout view."""

    def before(app: Flask) -> None:
        app.config["REMEMBER_COOKIE_PATH"] = "/who"

    site = make_site(before=before)
    owner = site.browser()
    owner.login(remember="1")
    thief = _copied(owner, site, "session")

    assert _copied(thief, site, "nothing").who() == "ada"

    owner.get("/logout")

    assert thief.who() is None


def test_logout_ends_what_was_restored_beside_it(site: Site) -> None:
    """Sessions that were restored from the same remember token end with it."""
    owner = site.browser()
    owner.login(remember="1")
    _forget(owner, "session")
    thief = owner.copy_to(site.browser())

    assert [owner.who(), thief.who()] == ["ada", "ada"]

    owner.get("/logout")

    assert thief.who() is None


def test_other_user_in_one_request(make_site: Make) -> None:
    """Logging out and in again as somebody else, in one view, ends the first one's token."""

    def before(app: Flask) -> None:
        @app.post("/switch")
        def switch() -> str:
            logout_user()
            login_user(users["bob"])
            return "switched"

    users: dict[str, Any] = {}
    site = make_site(before=before)
    users.update(site.users)
    owner = site.browser()
    owner.login(remember="1")
    thief = _copied(owner, site, "session")
    owner.post("/switch")

    assert [owner.who(), thief.who()] == ["bob", None]


def test_evicted_by_the_cap(make_site: Make) -> None:
    """A session that made room for another does not come back by its remember token."""
    site = make_site(session_limit=1)
    first, second = site.browser(), site.browser(PHONE, "198.51.100.4")
    first.login(remember="1")
    second.login(remember="1")

    assert [first.who(), second.who()] == [None, "ada"]


def test_cookie_that_is_refreshed_belongs_to_its_session(make_site: Make) -> None:
    """A remember cookie that Flask-Login refreshes late ends with a revoked session."""

    def before(app: Flask) -> None:
        app.config["REMEMBER_COOKIE_REFRESH_EACH_REQUEST"] = True

    site = make_site(before=before)
    owner = site.browser()
    owner.login()
    _forget(owner, "remember").who()

    assert any("remember" in name for name in owner.cookies())

    assert site.hardening is not None
    (only,) = site.hardening.sessions.list("ada")
    site.hardening.sessions.revoke(only.id)

    assert owner.who() is None


def test_planted_remember_cookie(site: Site) -> None:
    """A token of somebody else's that a sibling subdomain plants under the plain name is none."""
    mallory, victim = site.browser(), site.browser()
    mallory.login("bob", remember="1")
    value = mallory.cookies()["__Host-remember_token"]
    victim.client.set_cookie("remember_token", value, domain="app.example")

    assert victim.who() is None
    assert ("authn_token_refused", {"reason": "planted cookie"}) in site.events


def test_weak_key_and_a_login_by_hand(make_site: Make) -> None:
    """With a weak key nobody gets in by a view that writes the session itself, either."""

    def before(app: Flask) -> None:
        app.secret_key = "dev"

        @app.get("/magic")
        def magic() -> str:
            session["_user_id"] = "ada"
            return "welcome"

    site = make_site(before=before)
    browser = site.browser()
    browser.get("/magic")

    assert browser.who() is None
    assert "login_refused_weak_key" in site.names()
