"""Strong session protection becomes basic without a word when the session is permanent.

Row `strong-permanent`: `LoginManager._session_protection_failed` treats both alike, so a
stolen cookie stays logged in from any browser.
"""

from __future__ import annotations

from flask import Flask, session

from ._browser import CAFE, CHROME, Browser
from ._people import add_login, add_me, inside, log_in, people
from ._row import Outcome, Row, require
from ._target import Target

ROW = Row("strong protection silently becomes basic in a permanent session")


def build(target: Target) -> Flask:
    """An app under strong protection whose sessions are permanent."""
    app = target.app(__name__)
    users = people(app, protection="strong")
    add_login(app, users)
    add_me(app)

    @app.before_request
    def keep_sessions() -> None:
        session.permanent = True

    return target.ready(app)


def attack(target: Target) -> Outcome:
    """Replay the cookie from another browser at another address."""
    app = build(target)
    owner = Browser(app)
    log_in(owner)
    require(inside(owner), "the owner could not log in")
    thief = Browser(app, agent=CHROME, address=CAFE).steal_from(owner)
    reply = thief.get("/me")
    log_in(owner)
    require(inside(owner), "the owner could not log in again")
    if reply.status == 200:
        return Outcome(True, f"another browser at another address reads: {reply.text}")
    return Outcome(False, f"another browser at another address gets {reply.status}")
