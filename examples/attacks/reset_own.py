"""The attacker logs into an own account now and then to reset the address's counter.

Row `reset-own`: the usual counter forgets an address's failures when a login from it succeeds.
"""

from __future__ import annotations

from collections import Counter

from flask import Flask, redirect, request
from flask.typing import ResponseReturnValue
from flask_login import login_user

from ._browser import CAFE, Browser
from ._guessing import guess, script
from ._people import LOGIN_FORM, MALLORY, MALLORYS, Tally, add_me, inside, log_in, people
from ._row import Outcome, Row, require
from ._target import Target

ROW = Row("an own login resets the address's counter")
ROUNDS, EACH = 20, 4
ALLOWED = 20  # the address's 20 a minute


def build(target: Target, tally: Tally) -> Flask:
    """An app that, bare, locks an address after five failures in a row."""
    app = target.app(__name__)
    users = people(app, [f"user{number}" for number in range(ROUNDS * EACH)])
    failures: Counter[str] = Counter()

    @app.route("/login", methods=["GET", "POST"])
    def login() -> ResponseReturnValue:
        if request.method == "GET":
            return LOGIN_FORM
        address = request.remote_addr or ""
        if not target.wrapped and failures[address] >= 5:
            return "Too many attempts.", 429
        if request.form["username"] != MALLORY:
            tally.add()
        user = users.get(request.form["username"])
        if user is None or not user.knows(request.form["password"]):
            failures[address] += 1
            return "Wrong user name or password.", 401
        failures.pop(address, None)
        login_user(user)
        return redirect("/me")

    add_me(app)
    return target.ready(app)


def attack(target: Target) -> Outcome:
    """Guess at four accounts, log in to an own one, and so on."""
    tally = Tally(target.folder)
    app = build(target, tally)
    for number in range(ROUNDS * EACH):
        guess(script(app, CAFE), f"user{number}", "123456")
        if number % EACH == EACH - 1:
            log_in(script(app, CAFE), MALLORY, MALLORYS)
    checked = int(tally)
    owner = Browser(app)
    log_in(owner)
    require(inside(owner), "an owner at another address was refused")
    text = f"{checked} of {ROUNDS * EACH} guesses were checked between logins to an own account"
    return Outcome(checked > ALLOWED, text)
