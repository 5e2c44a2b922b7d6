"""One account by all its names: user name, e-mail address, telephone number.

Row `spray-alias`: each name has a budget of its own, and an account has several names.
"""

from __future__ import annotations

from flask import Flask, request

from ._browser import Browser, Reply
from ._doors import add_lax_login, answered, spread
from ._guessing import by_hand
from ._people import OWNER, WRONG, Person, add_me, inside, log_in, people
from ._row import Outcome, Row, require
from ._target import Target

ROW = Row("the names of one account have a budget each")
NAMES = (OWNER, f"{OWNER}@shop.example", "+49 30 901820", f"{OWNER}+news@shop.example")
EACH, ALLOWED = 10, 15  # ten free ones, then growing pauses


def build(target: Target) -> Flask:
    """An app that, bare, allows ten attempts for each name."""
    app = target.app(__name__)
    users = people(app)

    def find(name: str) -> Person | None:
        return users[OWNER] if name in NAMES else users.get(name)

    add_lax_login(app, users, find)
    add_me(app)
    if not target.wrapped:
        limited = by_hand(app, lambda: request.form.get("username") or "nobody")
        login = app.view_functions["login"]
        app.view_functions["login"] = limited.limit("11/minute", methods=["POST"])(login)
    return target.ready(app)


def attack(target: Target) -> Outcome:
    """Use up the budget of each name."""
    app = build(target)
    owner = Browser(app)
    log_in(owner)
    require(inside(owner), "the owner could not log in before the attack")

    def one(number: int) -> Reply:
        form = {"username": NAMES[number % len(NAMES)], "password": f"{WRONG} {number}"}
        return spread(app, number).post("/login", form)

    checked = answered(one, EACH * len(NAMES))
    log_in(owner)
    require(inside(owner), "the owner's known device was locked out by the attack")
    text = f"{checked} guesses at one account by its {len(NAMES)} names were checked"
    return Outcome(checked > ALLOWED, text)
