"""A client without an address, or with an empty name.

Row `empty-key`: where a limiter's key function returns nothing, Flask-Limiter limits nothing.
Behind a Unix socket every client's address is empty.
"""

from __future__ import annotations

from flask import Flask, request

from ._browser import Browser, Reply
from ._doors import add_lax_login, answered
from ._guessing import by_hand
from ._people import OWNER, WRONG, add_me, inside, log_in, people
from ._row import Outcome, Row, require
from ._target import Target

ROW = Row("a key function that returns nothing limits nothing")
GUESSES, ALLOWED = 30, 15


def build(target: Target) -> Flask:
    """An app that, bare, limits each address."""
    app = target.app(__name__)
    add_lax_login(app, people(app))
    add_me(app)
    if not target.wrapped:
        limited = by_hand(app, lambda: request.remote_addr or "")
        login = app.view_functions["login"]
        app.view_functions["login"] = limited.limit("5/minute", methods=["POST"])(login)
    return target.ready(app)


def attack(target: Target) -> Outcome:
    """Guess without an address."""
    app = build(target)
    nobody = Browser(app, address="", scripted=True, keeps_cookies=False)

    def one(number: int) -> Reply:
        return nobody.post("/login", {"username": OWNER, "password": f"{WRONG} {number}"})

    checked = answered(one, GUESSES)
    owner = Browser(app, address="203.0.113.5")
    if target.wrapped:
        require(owner.get("/login").status == 200, "the login page is gone")
    else:
        log_in(owner)
        require(inside(owner), "the owner could not log in")
    text = f"{checked} of {GUESSES} guesses without an address were checked"
    return Outcome(checked > ALLOWED, text)
