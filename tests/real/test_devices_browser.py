"""The page of devices in a real browser, behind TLS, under an enforced content policy."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from chromium import Elsewhere, arrive, chromium, devices_site, sign_in
from selenium import webdriver
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys
from site_app import PHONE

TABLET = (
    "Mozilla/5.0 (iPad; CPU OS 18_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) "
    "Version/18.5 Mobile/15E148 Safari/604.1"
)


@pytest.fixture
def origin(tmp_path: Path) -> Iterator[str]:
    """The https origin of a site that runs the page."""
    with devices_site(tmp_path) as found:
        yield found


@pytest.fixture
def browser() -> Iterator[webdriver.Chrome]:
    """A browser."""
    with chromium() as found:
        yield found


def blocks(browser: webdriver.Chrome) -> list[str]:
    """Return the texts of the devices that the page shows."""
    return [item.text for item in browser.find_elements(By.CSS_SELECTOR, ".devices li")]


def status(browser: webdriver.Chrome) -> str:
    return browser.find_element(By.CSS_SELECTOR, "[role=status]").text


def test_page(origin: str, browser: webdriver.Chrome) -> None:
    """A user reaches the page by password, ends one device by keyboard, then all others."""
    phone, tablet = Elsewhere(origin, PHONE), Elsewhere(origin, TABLET)
    spare = Elsewhere(origin, TABLET)
    sign_in(browser, origin)
    browser.get(f"{origin}/account/devices")
    first, *others = blocks(browser)

    assert phone.inside()
    assert "on Linux\nThis device\n" in first
    assert len(others) == 3
    assert "127.0.0.x" in first

    buttons = browser.find_elements(By.CSS_SELECTOR, ".devices button")

    assert buttons[0].accessible_name == "Log out Chrome Mobile on Android"
    assert buttons[1].accessible_name == "Log out Mobile Safari on iOS"

    browser.find_element(By.TAG_NAME, "body").send_keys(Keys.TAB)
    arrive(browser, lambda: browser.switch_to.active_element.send_keys(Keys.ENTER))

    assert status(browser) == "The device was logged out."
    assert [phone.inside(), tablet.inside(), spare.inside()] == [False, True, True]
    assert len(blocks(browser)) == 3

    arrive(browser, browser.find_element(By.CSS_SELECTOR, "main > form button").click)

    assert status(browser) == "All other devices were logged out."
    assert [tablet.inside(), spare.inside()] == [False, False]
    assert len(blocks(browser)) == 1

    browser.get(f"{origin}/me")

    assert browser.find_element(By.TAG_NAME, "body").text == "You are ada."


def test_looks(origin: str, browser: webdriver.Chrome) -> None:
    """The style sheet gets past the policy, nothing is blocked, and a narrow screen is enough."""
    Elsewhere(origin, PHONE)
    sign_in(browser, origin)
    browser.get(f"{origin}/account/devices")
    rules = browser.execute_script("return document.styleSheets[0].cssRules.length")
    log = [line["message"] for line in browser.get_log("browser")]

    assert rules > 5
    assert [line for line in log if "Content Security Policy" in line] == []

    narrow = {"width": 320, "height": 640, "deviceScaleFactor": 1, "mobile": True}
    browser.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", narrow)
    wide = browser.execute_script("return document.documentElement.scrollWidth")

    assert wide <= 320
    assert browser.find_element(By.TAG_NAME, "html").get_attribute("lang") == "en"
    assert browser.title == "Your devices"


def test_back_button(origin: str, browser: webdriver.Chrome) -> None:
    """After the session is over, the back button does not show the page again."""
    sign_in(browser, origin)
    browser.get(f"{origin}/account/devices")

    assert len(blocks(browser)) == 1

    browser.delete_all_cookies()
    browser.get(f"{origin}/login")
    browser.back()

    assert blocks(browser) == []
