"""The victim's name in the address, another one in the form.

Row `guess-decoy`: a limiter that reads the form counts decoys, and the view reads the name from
the query. A new decoy and a new address with every guess leave nothing to count.
"""

from __future__ import annotations

from flask import Flask, request

from ._browser import Browser, Reply
from ._doors import add_lax_login, answered, spread
from ._guessing import by_hand
from ._people import OWNER, WRONG, add_me, inside, log_in, people
from ._row import Outcome, Row, require
from ._target import Target

ROW = Row("the victim's name in the query, a decoy in the form")
GUESSES, ALLOWED = 30, 15  # ten free ones, then growing pauses


def build(target: Target) -> Flask:
    """An app that, bare, allows five failures a minute for each name in the form."""
    app = target.app(__name__)
    add_lax_login(app, people(app))
    add_me(app)
    if not target.wrapped:
        limited = by_hand(app, lambda: request.form.get("username") or "nobody")
        login = app.view_functions["login"]
        app.view_functions["login"] = limited.limit("5/minute", methods=["POST"])(login)
    return target.ready(app)


def attack(target: Target) -> Outcome:
    """Guess thirty times, each time beside another decoy."""
    app = build(target)
    owner = Browser(app)
    log_in(owner)
    require(inside(owner), "the owner could not log in before the attack")

    def one(number: int) -> Reply:
        form = {"username": f"decoy{number}", "password": f"{WRONG} {number}"}
        query = {"username": OWNER}
        return spread(app, number).post("/login", form, query=query)

    checked = answered(one, GUESSES)
    log_in(owner)
    require(inside(owner), "the owner's known device was locked out by the attack")
    return Outcome(checked > ALLOWED, f"{checked} of {GUESSES} guesses beside a decoy were checked")
