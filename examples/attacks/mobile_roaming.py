"""An honest phone changes from one network to another.

Row `mobile-roaming`: Flask-Login's strong protection logs it out. The wrapped app keeps it
logged in and asks for the password again only where a fresh login is needed.
"""

from __future__ import annotations

from flask import Flask
from flask_login import fresh_login_required

from ._browser import CAFE, PHONE, Browser
from ._people import add_login, add_me, inside, log_in, people
from ._row import Outcome, Row, require
from ._target import Target

ROW = Row("a phone that changes its network stays logged in", kind="promise", bare_keeps=False)


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
    """Log a phone in at home and walk to a café."""
    app = build(target)
    phone = Browser(app, agent=PHONE)
    log_in(phone)
    require(phone.get("/bank-details").status == 200, "the phone's own login is not fresh")
    phone.address = CAFE
    if not inside(phone):
        return Outcome(False, "logged out by the change of network")
    again = phone.get("/bank-details").status
    require(again != 200, "a fresh page was shown on another network without the password")
    log_in(phone)
    require(phone.get("/bank-details").status == 200, "logging in again did not make it fresh")
    return Outcome(True, f"stays in; the page that needs a fresh login answers {again}")
