"""A mere upgrade of the stored hash must not log the owner's other devices out.

Row `rehash-keeps-devices`: a session that is tied to the stored hash dies when the hash is
only rewritten in a better format. Honest: nothing is attacked.
"""

from __future__ import annotations

from flask import Flask
from flask.typing import ResponseReturnValue
from flask_login import login_user

from ._browser import CAFE, CHROME, PHONE, Browser
from ._people import OWNER, add_login, add_me, inside, log_in, people
from ._row import Outcome, Row, require
from ._target import Target

ROW = Row("a hash upgrade keeps the owner's other devices logged in", kind="promise")


def build(target: Target) -> Flask:
    """An app with an old hash, and a login by a mailed link, which checks no password."""
    app = target.app(__name__)
    users = people(app)
    add_login(app, users)
    add_me(app)

    @app.get("/mailed-link")
    def mailed_link() -> ResponseReturnValue:
        login_user(users[OWNER])
        return "Welcome."

    @app.get("/stored")
    def stored() -> str:
        return users[OWNER].password_hash.split("$")[0] or users[OWNER].password_hash[:10]

    return target.ready(app)


def attack(target: Target) -> Outcome:
    """Log a first device in before the upgrade and look at it after two more logins."""
    app = build(target)
    phone, laptop = Browser(app, agent=PHONE), Browser(app, agent=CHROME, address=CAFE)
    phone.get("/mailed-link")
    require(inside(phone), "the mailed link does not log in")
    before = phone.get("/stored").text
    log_in(laptop)
    desk = Browser(app)
    log_in(desk)
    after = phone.get("/stored").text
    require(not target.wrapped or after != before, "the old hash was not upgraded at login")
    stay = inside(phone) and inside(laptop) and inside(desk)
    change = f"the stored hash went from {before} to {after}" if after != before else "no upgrade"
    return Outcome(stay, f"{change}; all three devices {'stay' if stay else 'do not stay'} in")
