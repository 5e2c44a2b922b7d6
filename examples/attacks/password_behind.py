"""A script changes the password in the database, and old sessions go on.

Row `password-behind`: an administrator who resets the password of a stolen account expects the
thief to be out. The app has not seen the change.
"""

from __future__ import annotations

import sqlite3
from contextlib import closing

from flask import Flask, redirect, request
from flask.typing import ResponseReturnValue
from flask_login import login_user
from werkzeug.security import check_password_hash, generate_password_hash

from ._browser import CAFE, CHROME, Browser
from ._people import (
    CHEAP,
    NEW_PASSWORD,
    OWNER,
    add_me,
    close,
    inside,
    log_in,
    stored_people,
)
from ._row import Outcome, Row, require
from ._target import Target

ROW = Row("stay logged in after a script changed the password in the database")


def build(target: Target) -> Flask:
    """An app with its users in a database."""
    app = target.app(__name__)
    find = stored_people(app, target.folder / "people.sqlite3")
    add_me(app)

    @app.post("/login")
    def login() -> ResponseReturnValue:
        member = find(request.form["username"])
        if member and check_password_hash(member.password_hash, request.form["password"]):
            login_user(member, remember="remember" in request.form)
            return redirect("/me")
        return "Wrong user name or password.", 401

    return target.ready(app)


def attack(target: Target) -> Outcome:
    """Steal both cookies; an administrator sets another password with SQL."""
    app = build(target)
    owner = Browser(app)
    log_in(owner, remember="on")
    require(inside(owner), "the owner could not log in")
    thief = Browser(app).steal_from(owner)
    remembered = close(Browser(app).steal_from(owner))
    stored = (generate_password_hash(NEW_PASSWORD, CHEAP), OWNER)
    with closing(sqlite3.connect(target.folder / "people.sqlite3")) as connection, connection:
        connection.execute("UPDATE member SET password_hash = ? WHERE id = ?", stored)
    tries = {"session cookie": inside(thief), "remember cookie": inside(remembered)}
    fresh = Browser(app, agent=CHROME, address=CAFE)
    log_in(fresh, password=NEW_PASSWORD)
    require(inside(fresh), "the new password does not log in")
    alive = [name for name, works in tries.items() if works]
    return Outcome(bool(alive), f"still in after the change: {', '.join(alive) or 'nothing'}")
