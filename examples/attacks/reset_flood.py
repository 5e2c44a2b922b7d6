"""A thousand registrations and resets.

Row `reset-flood`: each makes a row or sends a mail, and costs the attacker nothing.
"""

from __future__ import annotations

from flask import Flask, request

from ._browser import CAFE, Browser
from ._guessing import script
from ._people import OWNER, add_login, add_me, inside, log_in, people
from ._row import Outcome, Row, require
from ._target import Target

ROW = Row("1,000 registrations from one address, 40 resets for one victim from as many")
POSTS, RESETS = 1000, 40
ALLOWED, MAILS = 20, 5


def build(target: Target, rows: list[str], mails: list[str]) -> Flask:
    """An app that notes what it would write and send."""
    app = target.app(__name__)
    add_login(app, people(app))
    add_me(app)

    @app.post("/register")
    def register() -> str:
        rows.append(request.form["email"])
        return "Welcome."

    @app.post("/forgot-password")
    def forgot() -> str:
        mails.append(request.form["email"])
        return "If there is such an account, a mail is on its way."

    return target.ready(app)


def attack(target: Target) -> Outcome:
    """Register all the time from one address; ask for resets from many."""
    rows: list[str] = []
    mails: list[str] = []
    app = build(target, rows, mails)
    bot = script(app, CAFE)
    for number in range(POSTS):
        bot.post("/register", {"email": f"bot{number}@evil.example", "password": "x" * 20})
    for number in range(RESETS):
        other = script(app, f"192.0.2.{number + 1}")
        other.post("/forgot-password", {"email": f"{OWNER}@shop.example"})
    honest = Browser(app)
    honest.post("/register", {"email": "carol@shop.example", "password": "x" * 20})
    require(rows[-1] == "carol@shop.example", "somebody at another address could not register")
    log_in(honest)
    require(inside(honest), "the owner could not log in")
    text = f"{len(rows) - 1} registrations and {len(mails)} mails to one mailbox went through"
    return Outcome(len(rows) - 1 > ALLOWED or len(mails) > MAILS, text)
