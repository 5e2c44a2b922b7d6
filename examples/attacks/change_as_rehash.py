"""A password change that checks the old password first looks like a mere re-hash.

Row `change-as-rehash`: whoever keeps sessions alive over a re-hash must tell it from a change. In
both, the old password was just verified and a new hash is stored. Only the new hash tells: it
verifies the old password, or it does not.
"""

from __future__ import annotations

from flask import Flask, redirect, request
from flask.typing import ResponseReturnValue
from flask_login import current_user, login_required, login_user
from werkzeug.security import check_password_hash, generate_password_hash

from ._browser import CAFE, CHROME, PHONE, Browser
from ._people import NEW_PASSWORD, PASSWORD, add_me, close, inside, log_in, people
from ._row import Outcome, Row, require
from ._target import Target

ROW = Row("keep a stolen session over a password change that looks like a re-hash")
OWN = "pbkdf2:sha256:2000"


def build(target: Target) -> Flask:
    """An app that re-hashes at login by itself, and asks for the old password at a change."""
    app = target.app(__name__, password_upgrade=False)
    users = people(app)
    add_me(app)

    @app.post("/login")
    def login() -> ResponseReturnValue:
        user, password = users.get(request.form["username"]), request.form["password"]
        if user is None or not check_password_hash(user.password_hash, password):
            return "Wrong user name or password.", 401
        if not user.password_hash.startswith(OWN):
            user.password_hash = generate_password_hash(password, OWN)
        login_user(user, remember="remember" in request.form)
        return redirect("/me")

    @app.post("/password")
    @login_required
    def password() -> tuple[str, int] | str:
        if not check_password_hash(current_user.password_hash, request.form["current"]):
            return "That is not your password.", 403
        current_user.password_hash = generate_password_hash(request.form["password"], OWN)
        return "Changed."

    @app.get("/mailed-link")
    def mailed_link() -> str:
        login_user(users["alice"])
        return "Welcome."

    return target.ready(app)


def attack(target: Target) -> Outcome:
    """Log in before the app's own re-hash and after it, steal both, change the password."""
    app = build(target)
    phone = Browser(app, agent=PHONE, address=CAFE)
    phone.get("/mailed-link")
    owner = Browser(app)
    log_in(owner, remember="on")
    require(inside(phone), "the app's own re-hash logged another device out")
    thieves = {
        "session": Browser(app).steal_from(owner),
        "remember cookie": close(Browser(app).steal_from(owner)),
        "other device": Browser(app, agent=PHONE, address=CAFE).steal_from(phone),
    }
    owner.post("/password", {"current": PASSWORD, "password": NEW_PASSWORD})
    require(inside(owner), "the session that changed the password was ended")
    alive = [name for name, thief in thieves.items() if inside(thief)]
    fresh = Browser(app, agent=CHROME)
    log_in(fresh, password=NEW_PASSWORD)
    require(inside(fresh), "the new password does not log in")
    return Outcome(bool(alive), f"still in after the change: {', '.join(alive) or 'nothing'}")
