"""What must hold of our cookies once the wrapper, or its cookie guard, is switched off."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from flask import Flask
from site_app import Browser, Site, build_app
from werkzeug.test import TestResponse

from examples.attacks._jar import Jar

Make = Callable[..., Site]
OURS = ("__Host-session", "__Host-remember_token", "__Host-known_device")
OFF = [{"mode": "off"}, {"guards": {"cookies": False}}]


def carrying(site: Site, *names: str) -> Browser:
    """Return a browser that still has cookies under these names."""
    browser = site.browser()
    for name in names:
        browser.client.set_cookie(name, "left", domain="app.example", path="/", secure=True)
    return browser


def deleted(answer: TestResponse) -> list[str]:
    """Return the names of the cookies that a browser forgets after `answer`."""
    headers = answer.headers.getlist("Set-Cookie")
    return [header.partition("=")[0] for header in headers if "Max-Age=0" in header]


@pytest.mark.parametrize("settings", OFF, ids=["mode", "guard"])
def test_takes_back(make_site: Make, settings: dict[str, object]) -> None:
    """A browser that still sends our cookies is told to forget them, and then nothing more."""
    site = make_site(**settings)
    browser = carrying(site, *OURS)

    assert sorted(deleted(browser.get("/static-page"))) == sorted(OURS)
    assert set(OURS).isdisjoint(browser.cookies())
    assert deleted(browser.get("/static-page")) == []


def test_as_browsers_demand(make_site: Make) -> None:
    """A browser obeys the deletions: they keep the promise of the prefix."""
    site, jar = make_site(mode="off"), Jar()
    for name in OURS:
        jar.accept(f"{name}=left; Path=/; Secure; HttpOnly", scheme="https")
    for header in carrying(site, *OURS).get("/static-page").headers.getlist("Set-Cookie"):
        jar.accept(header, scheme="https")

    assert jar.cookies == {}


def test_with_domain_and_path(make_site: Make) -> None:
    """Where the app sets a domain and a path, the deletion names the same ones."""

    def configure(app: Flask) -> None:
        app.config.update(
            SESSION_COOKIE_DOMAIN="app.example",
            REMEMBER_COOKIE_DOMAIN="app.example",
            REMEMBER_COOKIE_PATH="/in",
            APPLICATION_ROOT="/",
        )

    site = make_site(before=configure, mode="off")
    browser = carrying(site, "__Secure-session", "__Secure-remember_token")
    session, remember = browser.get("/static-page").headers.getlist("Set-Cookie")

    assert session.startswith("__Secure-session=;")
    assert "Domain=app.example" in session
    assert remember.startswith("__Secure-remember_token=;")
    assert "Domain=app.example" in remember
    assert "Path=/in" in remember
    assert "Secure" in remember


def test_only_ours(make_site: Make) -> None:
    """Cookies of other names stay, and so does one that the app itself calls so."""

    def configure(app: Flask) -> None:
        app.config["SESSION_COOKIE_NAME"] = "__Host-session"

    site = make_site(before=configure, mode="off")
    names = ("__Host-session", "__Host-other", "__Secure-cart", "known_device", "session2")

    assert deleted(carrying(site, *names).get("/static-page")) == []


def test_nothing_for_others(make_site: Make) -> None:
    """A browser without our cookies gets the app's own answer."""
    site = make_site(mode="off")
    bare, _ = build_app()
    ours = site.browser().get("/static-page")
    theirs = Browser(bare, "x", "203.0.113.7").get("/static-page")

    assert list(ours.headers) == list(theirs.headers)


def test_not_on_files(make_site: Make) -> None:
    """A static file, which a shared cache may keep, deletes nobody's cookies."""
    site = make_site(mode="off")

    assert deleted(carrying(site, *OURS).get("/static/none.css")) == []


@pytest.mark.parametrize("mode", ["enforce", "observe"])
def test_not_while_in_use(make_site: Make, mode: str) -> None:
    """A wrapped app, observing ones included, keeps them: they may be wanted again."""
    site = make_site(mode=mode)
    answer = carrying(site, "__Host-known_device").get("/static-page")

    assert deleted(answer) == []


@pytest.mark.parametrize("settings", OFF, ids=["mode", "guard"])
def test_the_kill_switch(make_site: Make, settings: dict[str, object]) -> None:
    """Users of a wrapped app that is switched off log in once more, and then all works."""
    before, after = make_site(), make_site(**settings)
    after.app.secret_key = before.app.secret_key
    wrapped = before.browser()
    wrapped.login(remember="1")
    browser = wrapped.copy_to(after.browser())

    assert sorted(browser.cookies()) == sorted(OURS)
    assert browser.who() is None
    assert browser.cookies() == {}

    browser.login(remember="1")

    assert browser.who() == "ada"
    assert {"session", "remember_token"} <= set(browser.cookies())

    browser.get("/logout")

    assert browser.who() is None


def test_and_on_again(make_site: Make) -> None:
    """Back on, nobody is locked out: one more login."""
    off, on = make_site(mode="off"), make_site()
    on.app.secret_key = off.app.secret_key
    plain = off.browser()
    plain.login(remember="1")
    browser = plain.copy_to(on.browser())

    assert browser.who() is None

    browser.login()

    assert browser.who() == "ada"
