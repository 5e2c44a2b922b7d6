"""Stolen session and remember cookies are replayed after the owner changed the password.

Row `session-replay-password`: changing the password is what people do when they suspect a
theft. Nothing in a Flask-Login session or remember cookie depends on the password.
"""

from __future__ import annotations

from flask import Flask, request
from flask_login import current_user, login_required

from ._browser import CAFE, CHROME, Browser
from ._people import NEW_PASSWORD, PASSWORD, add_login, add_me, inside, log_in, people
from ._row import Outcome, Row, require
from ._target import Target

ROW = Row("replay a session or remember cookie after the password changed")


def build(target: Target) -> Flask:
    """An app with remember-me and a form that changes the password."""
    app = target.app(__name__)
    users = people(app)
    add_login(app, users)
    add_me(app)

    @app.post("/password")
    @login_required
    def password() -> tuple[str, int] | str:
        if not current_user.knows(request.form["current"]):
            return "That is not your password.", 403
        current_user.set_password(request.form["password"])
        return "Changed."

    return target.ready(app)


def attack(target: Target) -> Outcome:
    """Steal both cookies, let the owner change the password, use each of them."""
    app = build(target)
    owner, other = Browser(app), Browser(app, agent=CHROME, address=CAFE)
    log_in(owner, remember="on")
    log_in(other)
    require(inside(owner) and inside(other), "the owner could not log in on two devices")
    with_all = Browser(app).steal_from(owner)
    with_remember = Browser(app).steal_from(owner)
    for name in [name for name in with_remember.jar.cookies if "remember" not in name]:
        del with_remember.jar.cookies[name]
    reply = owner.post("/password", {"current": PASSWORD, "password": NEW_PASSWORD})
    require(reply.status == 200, f"changing the password answered {reply.status}")

    tries = {
        "session cookie": inside(with_all),
        "remember cookie": inside(with_remember),
        "other device": inside(other),
    }
    require(inside(owner), "the session that changed the password was ended")
    fresh = Browser(app, agent=CHROME)
    log_in(fresh, password=NEW_PASSWORD)
    require(inside(fresh), "the new password does not log in")
    alive = [name for name, works in tries.items() if works]
    if alive:
        return Outcome(True, f"still logged in after the change: {', '.join(alive)}")
    return Outcome(False, "session cookie, remember cookie and other device are all logged out")
