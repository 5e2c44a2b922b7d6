"""An account of one's own whose name looks like the victim's clears the victim's failures.

Row `reset-lookalike`: names are brought to one form before they are counted, as they should be,
but the app tells `Alice` and `alice` apart. So each login to the look-alike is a success of the
counter that stands for both.
"""

from __future__ import annotations

from collections import Counter

from flask import Flask, redirect, request
from flask.typing import ResponseReturnValue
from flask_login import login_user

from ._browser import Browser, Reply
from ._doors import answered, spread
from ._people import LOGIN_FORM, MALLORYS, OWNER, WRONG, Person, add_me, inside, log_in, people
from ._row import Outcome, Row, require
from ._target import Target

ROW = Row("logins to a look-alike account clear the victim's failures")
ROUNDS, EACH, ALLOWED = 8, 4, 15  # ten free guesses, then growing pauses


def build(target: Target) -> Flask:
    """An app that, bare, stops a name after five failures in a row."""
    app = target.app(__name__)
    users = people(app)
    lookalike = users[OWNER.upper()] = Person(OWNER.upper(), users["mallory"].password_hash)
    failures: Counter[str] = Counter()

    @app.route("/login", methods=["GET", "POST"])
    def login() -> ResponseReturnValue:
        if request.method == "GET":
            return LOGIN_FORM
        name = request.form["username"]
        if not target.wrapped and failures[name.casefold()] >= 5:
            return "Too many attempts.", 429
        user = users.get(name)
        if user is None or not user.knows(request.form["password"]):
            failures[name.casefold()] += 1
            return "Wrong user name or password.", 401
        failures.pop(name.casefold(), None)
        login_user(user)
        return redirect("/me")

    require(lookalike.id != OWNER, "the look-alike is the victim")
    add_me(app)
    return target.ready(app)


def attack(target: Target) -> Outcome:
    """Guess four times, log in to the look-alike, and so on."""
    app = build(target)
    owner = Browser(app)
    log_in(owner)
    require(inside(owner), "the owner could not log in before the attack")
    checked = 0
    for turn in range(ROUNDS):

        def one(number: int, turn: int = turn) -> Reply:
            form = {"username": OWNER, "password": f"{WRONG} {turn} {number}"}
            return spread(app, turn * EACH + number).post("/login", form)

        checked += answered(one, EACH)
        log_in(spread(app, 200 + turn), OWNER.upper(), MALLORYS)
    log_in(owner)
    require(inside(owner), "the owner's known device was locked out by the attack")
    text = f"{checked} of {ROUNDS * EACH} guesses between logins to a look-alike were checked"
    return Outcome(checked > ALLOWED, text)
