"""A page behind the login is kept by the back button or a shared cache.

Row `cached-page`: without ``Cache-Control`` any cache may keep a page and guess for how long.
After the logout the next person at the machine presses "back".
"""

from __future__ import annotations

from flask import Flask

from ._browser import Browser, Reply
from ._people import add_login, add_logout, add_me, inside, log_in, people
from ._row import Outcome, Row, require
from ._target import Target

ROW = Row("a page behind the login is shown from a cache after logout")


class History:
    """What a browser keeps of the pages it has shown, by RFC 9111."""

    def __init__(self) -> None:
        self.pages: dict[str, Reply] = {}

    def show(self, path: str, reply: Reply) -> Reply:
        """Keep a page unless it says no-store."""
        if reply.status == 200 and "no-store" not in (reply.header("Cache-Control") or ""):
            self.pages[path] = reply
        return reply

    def back(self, path: str) -> Reply | None:
        """Return the kept page, without asking the server."""
        return self.pages.get(path)


def build(target: Target) -> Flask:
    """An app with a page for everybody and one behind the login."""
    app = target.app(__name__)
    users = people(app)
    add_login(app, users)
    add_me(app)
    add_logout(app)

    @app.get("/about")
    def about() -> str:
        return "About us."

    return target.ready(app)


def attack(target: Target) -> Outcome:
    """Look at both pages, log out, press back."""
    app = build(target)
    browser, history = Browser(app), History()
    log_in(browser)
    history.show("/me", browser.get("/me"))
    history.show("/about", browser.get("/about"))
    browser.post("/logout")
    require(not inside(browser), "logout did not log out")
    kept = history.back("/me")
    require(history.back("/about"), "a page that shows nothing personal may no longer be cached")
    if kept:
        return Outcome(True, f"after the logout the back button shows: {kept.text}")
    return Outcome(False, "the personal page was not kept, the public one was")
