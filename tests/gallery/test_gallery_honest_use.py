"""What ordinary people do with a wrapped app goes on working."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from flask import Flask
from flask_login import fresh_login_required

from examples.attacks._browser import CAFE, CHROME, PHONE, Browser
from examples.attacks._people import (
    PASSWORD,
    WRONG,
    add_login,
    add_logout,
    add_me,
    inside,
    log_in,
    people,
)
from examples.attacks._target import Target

KINDS = [
    pytest.param((wrap, store), id=f"{wrap}-{store}")
    for wrap in ("late", "early")
    for store in ("embedded", "memory")
]


def build(target: Target, protection: str = "basic") -> Flask:
    app = target.app(__name__)
    users = people(app, protection=protection)
    add_login(app, users)
    add_me(app)
    add_logout(app)

    @app.get("/fresh")
    @fresh_login_required
    def fresh() -> str:
        return "fresh"

    return target.ready(app)


@pytest.fixture(params=KINDS)
def app(request: pytest.FixtureRequest, target: Callable[..., Target]) -> Flask:
    """An ordinary app in every way of wrapping it."""
    return build(target("wrapped", *request.param))


@pytest.fixture(params=KINDS)
def strong(request: pytest.FixtureRequest, target: Callable[..., Target]) -> Flask:
    """The same under strong session protection."""
    return build(target("wrapped", *request.param), "strong")


def forget_session(browser: Browser) -> None:
    """Close the browser: session cookies go, the remember cookie stays."""
    for name in [name for name in browser.jar.cookies if name.endswith("session")]:
        del browser.jar.cookies[name]


def test_twenty_good_logins_in_a_row(app: Flask) -> None:
    """Somebody who knows the password is never slowed down, however often they log in."""
    browser = Browser(app)
    for _ in range(20):
        log_in(browser)
        assert inside(browser)
        browser.post("/logout")
        assert not inside(browser)


def test_twenty_new_browsers(app: Flask) -> None:
    """The same from a new browser each time, as behind one office's address."""
    for _ in range(20):
        browser = Browser(app)
        log_in(browser)
        assert inside(browser)


def test_a_few_typing_mistakes(app: Flask) -> None:
    """Three mistakes before the right password do not lock anybody out."""
    browser = Browser(app)
    for _ in range(3):
        assert log_in(browser, password=WRONG).status == 401
    log_in(browser)

    assert inside(browser)


def test_remember_me_restores_under_strong_protection(strong: Flask) -> None:
    """A closed browser is logged in again, and still is at the second and third request."""
    browser = Browser(strong, agent=PHONE)
    log_in(browser, remember="on")
    assert inside(browser)
    forget_session(browser)

    assert [inside(browser) for _ in range(3)] == [True, True, True]


def test_remembered_is_not_fresh(strong: Flask) -> None:
    """A session that a remember cookie restored does not open pages that need the password."""
    browser = Browser(strong)
    log_in(browser, remember="on")
    assert browser.get("/fresh").status == 200
    forget_session(browser)

    assert inside(browser)
    assert browser.get("/fresh").status != 200


def test_without_remember_me_a_closed_browser_is_logged_out(strong: Flask) -> None:
    """Nothing but the remember cookie restores a login."""
    browser = Browser(strong)
    log_in(browser)
    forget_session(browser)

    assert not inside(browser)


@pytest.mark.parametrize("back", [False, True])
def test_a_phone_that_changes_network_stays_in(strong: Flask, back: bool) -> None:
    """Only a page that needs a fresh login asks again, also after coming back home."""
    phone = Browser(strong, agent=PHONE)
    log_in(phone)
    home, phone.address = phone.address, CAFE
    assert inside(phone)
    assert phone.get("/fresh").status != 200
    if back:
        phone.address = home
    log_in(phone)

    assert inside(phone)
    assert phone.get("/fresh").status == 200


def test_two_devices_side_by_side(app: Flask) -> None:
    """Logging out on one device leaves the other one alone."""
    phone, laptop = Browser(app, agent=PHONE, address=CAFE), Browser(app, agent=CHROME)
    log_in(phone)
    log_in(laptop)
    assert inside(phone)
    assert inside(laptop)
    phone.post("/logout")

    assert not inside(phone)
    assert inside(laptop)


def test_a_program_with_a_password_gets_in(app: Flask) -> None:
    """A script sends no browser headers, and still logs in, works and logs out."""
    script = Browser(app, scripted=True, agent="curl/8.5.0")
    log_in(script, password=PASSWORD)
    assert inside(script)
    script.post("/logout")

    assert not inside(script)
