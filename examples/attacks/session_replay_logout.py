"""A session cookie copied before logout is replayed after it.

Row `session-replay-logout`: Flask's session lives in the cookie, so a logout only asks the
owner's browser to forget it. Every copy stays valid.
"""

from __future__ import annotations

from flask import Flask

from ._browser import Browser
from ._people import add_login, add_logout, add_me, inside, log_in, people
from ._row import Outcome, Row, require
from ._target import Target

ROW = Row("replay a session cookie copied before the owner logged out")


def build(target: Target) -> Flask:
    """The smallest app with a logout."""
    app = target.app(__name__)
    users = people(app)
    add_login(app, users)
    add_me(app)
    add_logout(app)
    return target.ready(app)


def attack(target: Target) -> Outcome:
    """Copy the owner's cookies, wait for the logout, use the copy."""
    app = build(target)
    owner = Browser(app)
    log_in(owner)
    require(inside(owner), "the owner could not log in")
    thief = Browser(app).steal_from(owner)
    owner.get("/logout")
    require(not inside(owner), "the owner's own browser is still logged in after logout")
    reply = thief.get("/me")
    require(target.reported("session_use_after_expire"), "the replay was refused without an event")
    log_in(owner)
    require(inside(owner), "the owner could not log in again")
    if reply.status == 200:
        return Outcome(True, f"after the logout the copied cookie still answers: {reply.text}")
    return Outcome(False, f"after the logout the copied cookie answers {reply.status}")
