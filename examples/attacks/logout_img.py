"""An image, a frame or a link on another site logs the visitor out.

Row `logout-img`: logout by GET, as every tutorial has it. Links in mails and chats come in as
top-level requests, which SameSite=Lax lets through.
"""

from __future__ import annotations

from flask import Flask

from ._browser import Browser
from ._people import add_login, add_logout, add_me, inside, log_in, people
from ._row import Outcome, Row, require
from ._target import Target

ROW = Row("a cross-site image, frame or link logs out")


def build(target: Target) -> Flask:
    """An app that logs out by GET."""
    app = target.app(__name__)
    users = people(app)
    add_login(app, users)
    add_me(app)
    add_logout(app)
    return target.ready(app)


def attack(target: Target) -> Outcome:
    """Load the logout as each of the three, in a browser with and one without SameSite."""
    app = build(target)
    fallen = []
    for dest in ("image", "iframe", "document"):
        for withhold in (True, False):
            owner = Browser(app)
            log_in(owner)
            require(inside(owner), "the owner could not log in")
            reply = owner.get("/logout", site="cross-site", dest=dest, withhold=withhold)
            if not inside(owner):
                fallen.append(dest)
            elif dest == "document":
                require("<form" in reply.text, "a cross-site link got no confirmation form")
                owner.post("/logout")
                require(not inside(owner), "confirming the logout did not log out")
    owner = Browser(app)
    log_in(owner)
    owner.get("/logout")
    require(not inside(owner), "the site's own link no longer logs out")
    if fallen:
        return Outcome(True, f"logged out by: {', '.join(dict.fromkeys(fallen))}")
    return Outcome(False, "image, frame and link leave the visitor logged in; the link asks first")
