"""The same replay where the app logs out by ``session.clear()``.

Row `session-replay-clear`: no Flask-Login signal fires, so an extension that listens for
`user_logged_out` never hears of the logout.
"""

from __future__ import annotations

from flask import Flask, session

from ._browser import Browser
from ._people import add_login, add_me, inside, log_in, people
from ._row import Outcome, Row, require
from ._target import Target

ROW = Row("the same where the app logs out by session.clear()")


def build(target: Target) -> Flask:
    """An app whose logout empties the session and calls nothing else."""
    app = target.app(__name__)
    users = people(app)
    add_login(app, users)
    add_me(app)

    @app.route("/logout", methods=["GET", "POST"])
    def logout() -> str:
        session.clear()
        return "Logged out."

    return target.ready(app)


def attack(target: Target) -> Outcome:
    """Copy the owner's cookies, wait for the logout, use the copy."""
    app = build(target)
    owner = Browser(app)
    log_in(owner)
    require(inside(owner), "the owner could not log in")
    thief = Browser(app).steal_from(owner)
    owner.get("/logout")
    reply = thief.get("/me")
    log_in(owner)
    require(inside(owner), "the owner could not log in again")
    if reply.status == 200:
        return Outcome(True, f"after session.clear() the copied cookie answers: {reply.text}")
    return Outcome(False, f"after session.clear() the copied cookie answers {reply.status}")
