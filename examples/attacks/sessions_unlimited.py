"""Two hundred sessions of one account live side by side, and nobody can see them.

Row `sessions-unlimited`: an account that is sold or shared shows nowhere, and nothing ends its
sessions. Wrapped they are listed, each can be ended, and a cap ends the oldest.
"""

from __future__ import annotations

from flask import Flask
from flask_login import login_user

from ._browser import Browser
from ._people import OWNER, inside, usual
from ._row import Outcome, Row, require
from ._target import Target

ROW = Row("keep 200 sessions of one account alive, unseen")
SESSIONS, CAP = 200, 5


def build(target: Target) -> Flask:
    """An app with a login by a mailed link, which costs no password check."""
    app = target.app(__name__, session_limit=CAP)
    users = usual(app)

    @app.get("/mailed-link")
    def mailed_link() -> str:
        login_user(users[OWNER])
        return "Welcome."

    return target.ready(app)


def attack(target: Target) -> Outcome:
    """Log in two hundred times, then count who is still in."""
    app = build(target)
    browsers = [Browser(app) for _ in range(SESSIONS)]
    for browser in browsers:
        browser.get("/mailed-link")
    require(inside(browsers[-1]), "the newest login is out")
    if target.wrapped:
        sessions = app.extensions["hardening"].sessions
        listed = sessions.list(OWNER)
        require(len(listed) == CAP, f"{len(listed)} sessions are listed, not {CAP}")
        require(sessions.revoke(listed[0].id), "a listed session cannot be ended")
    alive = sum(inside(browser) for browser in browsers)
    return Outcome(alive > CAP, f"{alive} of {SESSIONS} sessions are alive")
