"""The database leaks, and its hashes are typed as passwords.

Row `pass-the-hash`: an app that moved from plain texts to hashes still compares both, for the
accounts that have not logged in since. So every leaked hash is a password.
"""

from __future__ import annotations

from flask import Flask, redirect, request
from flask.typing import ResponseReturnValue
from flask_login import login_user
from werkzeug.security import check_password_hash, generate_password_hash

from ._browser import CAFE, Browser
from ._people import LOGIN_FORM, OWNER, PASSWORD, add_me, inside, log_in, people
from ._row import Outcome, Row, require
from ._target import Target

ROW = Row("a leaked hash is typed as the password")
KINDS = ("scrypt", "pbkdf2:sha256:1000")


def build(target: Target, kind: str) -> tuple[Flask, str]:
    """Return an app that accepts plain texts beside hashes, and what leaks from it."""
    app = target.app(__name__)
    users = people(app)
    users[OWNER].password_hash = leaked = generate_password_hash(PASSWORD, kind)

    @app.route("/login", methods=["GET", "POST"])
    def login() -> ResponseReturnValue:
        if request.method == "GET":
            return LOGIN_FORM
        user, password = users.get(request.form["username"]), request.form["password"]
        if user is None or not (
            user.password_hash == password or check_password_hash(user.password_hash, password)
        ):
            return "Wrong user name or password.", 401
        login_user(user)
        return redirect("/me")

    add_me(app)
    return target.ready(app), leaked


def attack(target: Target) -> Outcome:
    """Type the leaked hash of every kind."""
    got_in = []
    for kind in KINDS:
        app, leaked = build(target, kind)
        thief = Browser(app, address=CAFE)
        log_in(thief, password=leaked)
        if inside(thief):
            got_in.append(kind)
        owner = Browser(app)
        log_in(owner)
        require(inside(owner), "the owner cannot log in")
    if got_in:
        return Outcome(True, f"logged in with a leaked hash: {', '.join(got_in)}")
    return Outcome(False, f"{len(KINDS)} leaked hashes were refused as passwords")
