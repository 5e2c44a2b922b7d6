"""Logins by an identity provider of another site, in a real browser, bare and wrapped."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest
from chromium import chromium
from flask import Flask, redirect
from flask_login import logout_user
from selenium import webdriver
from selenium.common.exceptions import WebDriverException
from selenium.webdriver.common.by import By
from selenium.webdriver.support.ui import WebDriverWait
from sign_on_app import NAME, build_client, build_provider, own_certificate, served

from hardening import Policy, events, harden

LIMIT_S = 60
Serve = Callable[..., str]


@pytest.fixture(scope="module")
def browser() -> Iterator[webdriver.Chrome]:
    """One browser; every app has a port of its own, but cookies know no ports."""
    with chromium() as found:
        yield found


@pytest.fixture
def clean(browser: webdriver.Chrome) -> webdriver.Chrome:
    """The browser with one window and without a cookie."""
    browser.execute_cdp_cmd("Network.clearBrowserCookies", {})
    first, *others = browser.window_handles
    for handle in others:
        browser.switch_to.window(handle)
        browser.close()
    browser.switch_to.window(first)
    return browser


class Heard:
    """The events of the wrapped apps of a test."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._names: list[str] = []

    def __call__(self, _sender: Any, name: str, level: str, details: dict[str, Any]) -> None:
        with self._lock:
            self._names.append(name)

    def names(self) -> list[str]:
        with self._lock:
            return list(self._names)


@pytest.fixture
def heard() -> Heard:
    return Heard()


@pytest.fixture
def serve(tmp_path: Path, heard: Heard) -> Iterator[Serve]:
    """Return a function that serves the app over https beside a provider on another site."""
    with ExitStack() as stack:
        certificate = own_certificate(tmp_path)

        def start(wrapped: bool, referrer: str = "origin", change: Any = None) -> str:
            port = stack.enter_context(served(build_provider(referrer)))
            # `localhost` and 127.0.0.1 are different sites.
            app = build_client(f"http://localhost:{port}")
            if change is not None:
                change(app, f"http://localhost:{port}")
            if wrapped:
                events.event.connect(heard, app)
                stack.callback(events.event.disconnect, heard, app)
                harden(app, policy=Policy(), store="memory://")
            return f"https://127.0.0.1:{stack.enter_context(served(app, certificate))}"

        yield start


def arrives(browser: webdriver.Chrome, text: str) -> None:
    """Wait until the page says `text`."""
    # Between two pages the driver may have found an element of the one that goes.
    WebDriverWait(browser, LIMIT_S, 0.05, [WebDriverException]).until(
        lambda found: text in found.find_element(By.TAG_NAME, "body").text,
        f"no {text!r} on {browser.current_url}",
    )


@pytest.mark.parametrize("referrer", ["origin", "no-referrer"])
@pytest.mark.parametrize("way", ["/start", "/start?post=1", "/saml/start"])
@pytest.mark.parametrize("wrapped", [False, True], ids=["bare", "wrapped"])
def test_login(
    clean: webdriver.Chrome, serve: Serve, heard: Heard, wrapped: bool, way: str, referrer: str
) -> None:
    """A code in the address, ``form_post`` and SAML's POST log in as they do without the wrap."""
    origin = serve(wrapped, referrer)

    clean.get(origin + way)
    arrives(clean, f"You are {NAME}.")

    assert ("sign_on_carried" in heard.names()) is (wrapped and way != "/start")
    assert "malicious_csrf" not in heard.names()


@pytest.mark.parametrize("query", ["popup=1", "popup=1&post=1"])
@pytest.mark.parametrize("wrapped", [False, True], ids=["bare", "wrapped"])
def test_popup(clean: webdriver.Chrome, serve: Serve, wrapped: bool, query: str) -> None:
    """The popup comes back from the provider, tells the page that opened it, and closes."""
    clean.get(f"{serve(wrapped)}/?{query}")
    clean.find_element(By.TAG_NAME, "button").click()

    wait = WebDriverWait(clean, LIMIT_S)
    wait.until(lambda found: found.execute_script("return child.closed"))
    wait.until(lambda found: found.execute_script("return heard") == NAME, "nothing heard")

    clean.get(clean.current_url.partition("?")[0] + "me")
    arrives(clean, f"You are {NAME}.")


def test_another_site_is_not_carried(clean: webdriver.Chrome, serve: Serve) -> None:
    """A form with a made-up answer is not sent once more, so it is nobody's."""
    posts: list[str] = []

    def add(app: Flask, provider: str) -> None:
        @app.post("/note")
        def note() -> str:
            from flask_login import current_user

            posts.append(str(current_user.is_authenticated))
            return "noted"

    origin = serve(True, change=add)
    clean.get(f"{origin}/start")
    arrives(clean, f"You are {NAME}.")
    page = (
        f"<form method=post action='{origin}/note'><input name=code value=x>"
        "<input name=state value=made-up-state></form>"
    )
    clean.get("data:text/html," + page)
    clean.execute_script("document.forms[0].submit()")
    arrives(clean, "noted")

    assert posts == ["False"]


def test_logout_leads_on_to_the_provider(clean: webdriver.Chrome, serve: Serve) -> None:
    """The question that a link of another site gets does not stop what follows the answer."""

    def add(app: Flask, provider: str) -> None:
        @app.get("/logout")
        def logout() -> Any:
            logout_user()
            return redirect(f"{provider}/people/me")

    origin = serve(True, change=add)
    clean.get(f"{origin}/start")
    arrives(clean, f"You are {NAME}.")
    clean.get(f"data:text/html,<a href='{origin}/logout'>out</a>")
    clean.find_element(By.TAG_NAME, "a").click()
    arrives(clean, "Nothing has happened yet.")
    clean.find_element(By.TAG_NAME, "button").click()

    arrives(clean, f'"name":"{NAME}"')
