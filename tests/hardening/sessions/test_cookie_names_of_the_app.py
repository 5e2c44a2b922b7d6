"""Apps whose request and response classes give cookies other names in the browser.

A printer's control panel does: a suffix with the port, so that two of them on one machine keep
apart, and the path of the folder that the proxy mounts it in.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import flask
import pytest
from site_app import Browser, Site

Make = Callable[..., Site]

SUFFIX = "_P443"


class Request(flask.Request):
    """Shows the app the names without the suffix."""

    @property
    def cookies(self) -> Any:
        kept = super().cookies
        return {name.removesuffix(SUFFIX): value for name, value in kept.items()}


class Response(flask.Response):
    """Adds the suffix, and the folder that the app is mounted in."""

    def set_cookie(self, key: str, value: str = "", **options: Any) -> None:  # type: ignore[override]  # as that app does
        options["path"] = flask.request.script_root + options.get("path", "/")
        super().set_cookie(key + SUFFIX, value, **options)


@pytest.fixture
def panel(make_site: Make) -> Site:
    site = make_site()
    site.app.request_class, site.app.response_class = Request, Response
    return site


@pytest.fixture(params=["https://app.example", "https://app.example/panel"])
def owner(panel: Site, request: pytest.FixtureRequest) -> Browser:
    browser = panel.browser()
    at, opened = request.param, browser.open
    browser.open = lambda path, method="GET", **options: opened(  # type: ignore[method-assign]  # elsewhere
        path, method, base_url=at, **options
    )
    browser.login(remember="1")
    return browser


def test_the_names_in_the_browser(owner: Browser) -> None:
    """The prefix and the app's suffix stand side by side, whatever the path."""
    names = {name.partition("-")[2] for name in owner.cookies()}

    assert {"session_P443", "remember_token_P443"} <= names
    assert all(name.startswith(("__Host-", "__Secure-")) for name in owner.cookies())


def test_a_login_lasts(owner: Browser) -> None:
    """And a logout ends it for every copy."""
    assert [owner.who() for _ in range(3)] == ["ada"] * 3

    kept = dict(owner.client._cookies)
    owner.get("/logout")
    owner.client._cookies.update(kept)

    assert owner.who() is None


def test_remember_me(owner: Browser) -> None:
    """The remember cookie carries our token under the app's own name for it."""
    for key in [key for key in owner.client._cookies if "session" in str(key)]:
        del owner.client._cookies[key]

    assert owner.who() == "ada"


def test_a_class_that_fails(panel: Site) -> None:
    """A response class that cannot be asked leaves its cookies under their plain names."""

    class Failing(flask.Response):
        def set_cookie(self, key: str, value: str = "", **options: Any) -> None:  # type: ignore[override]  # fails
            if value == "":
                raise ValueError(key)
            super().set_cookie(key, value, **options)

    panel.app.request_class, panel.app.response_class = flask.Request, Failing
    browser = panel.browser()
    browser.login()

    assert browser.who() == "ada"
    assert "__Host-session" in browser.cookies()
