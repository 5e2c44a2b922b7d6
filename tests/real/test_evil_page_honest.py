"""The same browser in honest hands: what people do in a wrapped shop goes on working."""

from __future__ import annotations

from pathlib import Path

from chromium import arrive, chromium
from evil_shop import OWNER, PASSWORD
from evil_victim import Victim
from evil_web import Web, trap
from selenium.webdriver.common.by import By


def test_login_by_hand(web: Web, victim: Victim) -> None:
    """Somebody who was sent to the login types, and ends up where they wanted to go."""
    browser = victim.browser
    browser.get(web.wrapped.url("/account"))
    browser.find_element(By.NAME, "username").send_keys(OWNER)
    browser.find_element(By.NAME, "password").send_keys(PASSWORD)
    arrive(browser, browser.find_element(By.TAG_NAME, "button").click)

    assert browser.current_url == web.wrapped.url("/account")
    assert browser.title == "Account of ada"

    arrive(browser, browser.find_element(By.TAG_NAME, "button").click)

    assert web.wrapped.shop.deleted == [OWNER]


def test_link_from_elsewhere(web: Web, victim: Victim) -> None:
    """A link on another site finds the visitor logged in, as without us."""
    victim.log_in(web.wrapped)
    victim.browser.get(trap("link", web.wrapped.url("/account")))
    arrive(victim.browser, victim.browser.find_element(By.TAG_NAME, "a").click)

    assert victim.browser.title == "Account of ada"


def test_logout_by_a_link_from_elsewhere(web: Web, victim: Victim) -> None:
    """A link on another site leads to a question, and its button logs out."""
    browser = victim.browser
    victim.log_in(web.wrapped, remember=True)
    browser.get(trap("link", web.wrapped.url("/logout")))
    arrive(browser, browser.find_element(By.TAG_NAME, "a").click)

    assert browser.title == "Log out?"

    arrive(browser, browser.find_element(By.TAG_NAME, "button").click)

    assert browser.current_url == web.wrapped.url("/")
    assert victim.is_at(web.wrapped) is None


def test_logout_by_a_link_of_the_shop(web: Web, victim: Victim) -> None:
    """A link on a page of the shop logs out at once."""
    victim.log_in(web.wrapped)
    victim.browser.get(web.wrapped.url("/search?q=<a href=/logout>Leave</a>"))
    arrive(victim.browser, victim.browser.find_element(By.TAG_NAME, "a").click)

    assert victim.browser.current_url == web.wrapped.url("/")
    assert victim.is_at(web.wrapped) is None


def test_devices(web: Web, victim: Victim) -> None:
    """The page of devices shows both logins, and ends the other one."""
    browser, site = victim.browser, web.tuned
    victim.log_in(site)
    victim.forget()
    victim.log_in(site)
    browser.get(site.url("/account/devices"))

    assert len(browser.find_elements(By.CSS_SELECTOR, ".devices li")) == 2

    arrive(browser, browser.find_element(By.CSS_SELECTOR, ".devices button").click)

    assert len(browser.find_elements(By.CSS_SELECTOR, ".devices li")) == 1
    assert victim.is_at(site) == OWNER


def test_remembered(web: Web, tmp_path: Path) -> None:
    """Who asks to be remembered is, by a browser that was closed; who does not is not."""
    arguments = (*web.arguments, f"--user-data-dir={tmp_path / 'profile'}")
    with chromium(arguments=arguments) as browser:
        before = Victim(browser)
        before.log_in(web.bare)
        before.log_in(web.wrapped, remember=True)
        before.log_in(web.tuned)

    with chromium(arguments=arguments) as browser:
        after = Victim(browser, knows_nothing=False)

        assert after.is_at(web.wrapped) == OWNER
        assert after.is_at(web.tuned) is None
        assert after.is_at(web.bare) is None
        assert set(after.jar(web.tuned)) == {"__Host-known_device"}
