"""Wrong passwords on purpose, to lock the owner out.

Row `lock-victim`: an app that stops an account after some failures lets everybody stop it.
"""

from __future__ import annotations

from collections import Counter

from flask import Flask, redirect, request
from flask.typing import ResponseReturnValue
from flask_login import login_user

from ._browser import Browser
from ._doors import spread
from ._guessing import guess
from ._people import LOGIN_FORM, OWNER, WRONG, add_logout, add_me, inside, log_in, people
from ._row import Outcome, Row, require
from ._target import Target

ROW = Row("strangers lock the owner out of the own account")
GUESSES = 120


def build(target: Target) -> Flask:
    """An app that, bare, stops an account after five failures."""
    app = target.app(__name__)
    users = people(app)
    failures: Counter[str] = Counter()

    @app.route("/login", methods=["GET", "POST"])
    def login() -> ResponseReturnValue:
        if request.method == "GET":
            return LOGIN_FORM
        name = request.form["username"]
        if not target.wrapped and failures[name] >= 5:
            return "This account is locked.", 429
        user = users.get(name)
        if user is None or not user.knows(request.form["password"]):
            failures[name] += 1
            return "Wrong user name or password.", 401
        failures.pop(name, None)
        login_user(user)
        return redirect("/me")

    add_me(app)
    add_logout(app)
    return target.ready(app)


def attack(target: Target) -> Outcome:
    """Fail for the owner from everywhere, while the owner comes back."""
    app = build(target)
    owner = Browser(app)
    log_in(owner)
    require(inside(owner), "the owner could not log in before the attack")
    owner.post("/logout")
    for number in range(GUESSES):
        guess(spread(app, number), OWNER, f"{WRONG} {number}")
    owner.address = "203.0.113.200"
    log_in(owner)
    locked = not inside(owner)
    return Outcome(locked, "the owner was locked out" if locked else "the owner came in all along")
