"""Known devices: nobody locks an owner out, and a stolen device is worth little."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from hardening.policy import Policy

COOKIE = "known_device"


def lock_out(site: Any, name: str = "anna") -> None:
    for number in range(15):
        site.post(name, address=f"198.51.100.{number}")


def test_the_owner_comes_in_while_others_guess(site: Any) -> None:
    """While everybody else is refused, a browser that logged in before is not."""
    browser = site.client()
    site.post(password="right", client=browser)
    lock_out(site)

    assert site.post(password="right", address="192.0.2.77").status_code == 429
    assert site.post(password="right", client=browser, address="198.51.100.3").data == b"welcome"


def test_its_cookie(site: Any) -> None:
    """The cookie is out of reach for scripts and other sites, and host-bound over https."""
    plain = site.post(password="right")
    secure = site.post(password="right", base_url="https://localhost")
    attributes = secure.headers["Set-Cookie"]
    names = [
        header.partition("=")[0]
        for answer in (plain, secure)
        for header in answer.headers.getlist("Set-Cookie")
        if COOKIE in header
    ]

    assert names == [COOKIE, "__Host-" + COOKIE]
    for attribute in ("Secure", "HttpOnly", "SameSite=Lax", "Path=/", "Max-Age=31536000"):
        assert attribute in attributes


def test_its_own_budget_is_small(site: Any) -> None:
    """A stolen device guesses as seldom as anybody from one address."""
    browser = site.client()
    site.post(password="right", client=browser)
    answers = [site.post(client=browser) for _ in range(6)]

    assert [answer.status_code for answer in answers] == [200] * 5 + [429]
    assert site.named("excess_rate_limit_exceeded")[-1]["limit"] == "device"


def test_it_is_known_for_its_account_only(site: Any) -> None:
    """A known device of one account is nobody for another."""
    browser = site.client()
    site.post("mallory", "own", client=browser)
    lock_out(site)

    assert site.post(client=browser, address="192.0.2.77").status_code == 429


def test_two_accounts_on_one_browser(site: Any) -> None:
    """A shared browser is known for both of its people."""
    browser = site.client()
    site.post("anna", "right", client=browser)
    site.post("bert", "own", client=browser)
    lock_out(site, "anna")
    lock_out(site, "bert")

    assert site.post("anna", "right", client=browser).data == b"welcome"
    assert site.post("bert", "own", client=browser).data == b"welcome"


def test_forgotten(site: Any) -> None:
    """After a password change no browser is known any more."""
    browser = site.client()
    site.post(password="right", client=browser)
    forgotten = site.throttle.devices.forget("id-anna")
    lock_out(site)

    assert forgotten == 1
    assert site.post(client=browser, address="192.0.2.77").status_code == 429


def test_a_year_later(site: Any) -> None:
    """A device that was not used for a year is unknown."""
    browser = site.client()
    site.post(password="right", client=browser)
    site.clock.now += 366 * 86400
    lock_out(site)

    assert site.post(client=browser, address="192.0.2.77").status_code == 429


@pytest.mark.parametrize("change", ["first", "middle", "last", "cut", "long", "letters"])
def test_a_changed_cookie_is_unknown(site: Any, change: str) -> None:
    """No change of the cookie makes a device, and none is an error."""
    browser = site.client()
    site.post(password="right", client=browser)
    value = browser.get_cookie(COOKIE).value
    flip = {"first": 0, "middle": len(value) // 2, "last": len(value) - 5}
    if change in flip:
        at = flip[change]
        value = value[:at] + ("A" if value[at] != "A" else "B") + value[at + 1 :]
    else:
        value = {"cut": value[:20], "long": value * 20, "letters": "ü.ü.ü"}[change]
    browser.set_cookie(COOKIE, value)
    lock_out(site)

    assert site.post(client=browser, address="192.0.2.77").status_code == 429


def test_a_failure_makes_no_device(site: Any) -> None:
    """Only a success sets the cookie."""
    assert not site.post().headers.getlist("Set-Cookie")


def test_switched_off(simple_site: Callable[..., Any]) -> None:
    """`known_device=False` sets no cookie and honours none."""
    site = simple_site(policy=Policy(known_device=False))

    assert COOKIE not in str(site.post(password="right").headers)


def test_key_rotation_forgets_neither_devices_nor_guesses(site: Any) -> None:
    """While the old key is a fallback, devices stay known and counters stand."""
    browser = site.client()
    site.post(password="right", client=browser)
    lock_out(site)
    site.app.config["SECRET_KEY_FALLBACKS"] = [site.app.secret_key]
    site.app.secret_key = "9c81d7" * 12

    assert site.post(password="right", address="192.0.2.77").status_code == 429
    assert site.post(password="right", client=browser, address="198.51.100.3").data == b"welcome"
