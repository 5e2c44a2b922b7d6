"""Somebody with a real browser who uses the shop and, in between, meets evil pages."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any
from urllib.parse import urlsplit

from chromium import LIMIT_S, arrive
from evil_shop import OWNER, PASSWORD
from evil_web import EVIL, Site
from selenium import webdriver
from selenium.common.exceptions import WebDriverException
from selenium.webdriver.common.by import By
from selenium.webdriver.support.ui import WebDriverWait


class Victim:
    """What a person does in a browser.

    Args:
        browser: at whatever page, with any number of windows.
        knows_nothing: whether it forgets all cookies first.
    """

    def __init__(self, browser: webdriver.Chrome, *, knows_nothing: bool = True) -> None:
        self.browser = browser
        first, *others = browser.window_handles
        for window in others:
            browser.switch_to.window(window)
            browser.close()
        browser.switch_to.window(first)
        browser.set_script_timeout(LIMIT_S)
        browser.get("about:blank")
        if knows_nothing:
            self.forget()

    def forget(self) -> None:
        """Delete all cookies, of every site."""
        self.browser.execute_cdp_cmd("Network.clearBrowserCookies", {})

    def jar(self, site: Site) -> dict[str, dict[str, Any]]:
        """Return the cookies that the browser would send to a page of the shop, by name."""
        asked = {"urls": [site.url("/account"), site.url("/account", "http")]}
        found = self.browser.execute_cdp_cmd("Network.getCookies", asked)
        return {cookie["name"]: cookie for cookie in found["cookies"]}

    def log_in(
        self,
        site: Site,
        name: str = OWNER,
        password: str = PASSWORD,
        *,
        path: str = "/login",
        remember: bool = False,
        scheme: str = "https",
    ) -> None:
        """Fill the shop's form with a name and a password, and send it."""
        self.browser.get(site.url(path, scheme))
        fill = """const form = document.forms[0], [name, password, remember] = arguments
            form.username.value = name
            form.password.value = password
            form.remember.checked = remember
            form.querySelector("button").click()"""
        arrive(self.browser, lambda: self.browser.execute_script(fill, name, password, remember))

    def is_at(self, site: Site, scheme: str = "https") -> str | None:
        """Return who the shop says this is, to somebody who types its address."""
        self.browser.get(site.url("/who", scheme))
        text = self.browser.find_element(By.TAG_NAME, "pre").text
        name: str | None = json.loads(text)["user"]
        return name

    def title_of(self, url: str) -> str:
        """Return the title of the page at an address."""
        self.browser.get(url)
        return self.browser.title

    def meets(self, page: str, *, says: Callable[[str], bool] = "done".__eq__) -> str:
        """Open an evil page and wait until it has done what it wants; return what it says."""
        self.browser.get(page)
        self.until(lambda: says(self.browser.title))
        return self.browser.title

    def is_led_by(self, page: str) -> str:
        """Open an evil page that leads on by itself; return the path where that ends."""
        self.browser.get(page)
        evil = urlsplit(EVIL).hostname
        self.until(lambda: urlsplit(self.browser.current_url).hostname != evil)
        self.settles()
        return urlsplit(self.browser.current_url).path

    def hears(self, site: Site) -> str:
        """Return what the shop's own page gets from its WebSocket."""
        self.browser.get(site.url("/"))
        script = """const socket = new WebSocket(arguments[0]), heard = arguments[1]
            socket.onmessage = event => { heard(event.data); socket.close() }
            socket.onerror = () => heard("refused")"""
        text: str = self.browser.execute_async_script(script, f"wss://{site.host}/live")
        return text

    def settles(self) -> None:
        """Wait until the page that the browser is about to show is there."""
        script = "return document.readyState === 'complete'"
        wait = WebDriverWait(self.browser, LIMIT_S, 0.05, [WebDriverException])
        wait.until(lambda browser: browser.execute_script(script))

    def until(self, holds: Callable[[], bool]) -> None:
        """Wait until something holds."""
        WebDriverWait(self.browser, LIMIT_S, 0.05).until(lambda _: holds())
