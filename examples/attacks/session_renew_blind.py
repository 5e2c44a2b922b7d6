"""A cookie copied before the logout gets a new session from a view that renews the login.

Row `session-renew-blind`: a "confirm it is you" page calls `confirm_login`, or a view empties
the session and puts the login back to change its cookie, and neither ever looks at the current
user. Who ends sessions on the server must judge a login there as well, or that view turns a dead
cookie into a live one.
"""

from __future__ import annotations

from flask import Flask, session
from flask_login import confirm_login

from ._browser import Browser
from ._people import add_login, add_me, inside, log_in, people
from ._row import Outcome, Row, require
from ._target import Target

ROW = Row("have a copied cookie renewed after the logout, by a view that looks at no user")
PATHS = ("/still-here", "/new-cookie")


def build(target: Target) -> Flask:
    """An app with two views that keep a login going without asking whose it is."""
    app = target.app(__name__)
    users = people(app)
    add_login(app, users)
    add_me(app)

    @app.post("/still-here")
    def still_here() -> str:
        confirm_login()
        return "Welcome back."

    @app.post("/new-cookie")
    def new_cookie() -> str:
        kept = {key: session[key] for key in ("_user_id", "_fresh", "_id") if key in session}
        session.clear()
        session.update(kept)
        return "Done."

    @app.route("/logout", methods=["GET", "POST"])
    def logout() -> str:
        session.clear()
        return "Logged out."

    return target.ready(app)


def attack(target: Target) -> Outcome:
    """Copy the owner's cookies, wait for the logout, have the copy renewed, look around."""
    app = build(target)
    won = []
    for path in PATHS:
        owner = Browser(app)
        log_in(owner)
        owner.post(path, {})
        require(inside(owner), f"the owner lost the login by {path}")
        thief = Browser(app).steal_from(owner)
        owner.get("/logout")
        thief.post(path, {})
        if inside(thief):
            won.append(path)
    return Outcome(bool(won), f"renewed after the logout by: {', '.join(won) or 'none'}")
