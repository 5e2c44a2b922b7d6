"""Failures that answer 400 or 500.

Row `guess-abort`: limiters that count failed logins by their status take these for broken forms
and broken servers.
"""

from __future__ import annotations

from flask import Flask, Response, abort, request
from flask.typing import ResponseReturnValue
from flask_login import login_user

from ._browser import Browser, Reply
from ._doors import answered, spread
from ._guessing import by_hand
from ._people import LOGIN_FORM, OWNER, WRONG, add_me, inside, log_in, people
from ._row import Outcome, Row, require
from ._target import Target

ROW = Row("wrong passwords that end in status 400 or 500")
GUESSES, ALLOWED = 30, 15  # ten free ones, then growing pauses


def build(target: Target) -> Flask:
    """An app that, bare, counts answers of 401 and 403."""
    app = target.app(__name__)
    users = people(app)

    def login() -> ResponseReturnValue:
        if request.method == "GET":
            return LOGIN_FORM
        user = users.get(request.form["username"])
        if user is None or not user.knows(request.form["password"]):
            abort(400 if len(request.form["password"]) % 2 else 500)
        login_user(user)
        return "Welcome."

    if not target.wrapped:

        def failed(response: Response) -> bool:
            return response.status_code in (401, 403)

        name = lambda: request.form.get("username", "") or "-"  # noqa: E731  # as their docs do
        limit = by_hand(app, name).limit("5/minute", methods=["POST"], deduct_when=failed)
        login = limit(login)
    app.add_url_rule("/login", "login", login, methods=["GET", "POST"])
    add_me(app)
    return target.ready(app)


def attack(target: Target) -> Outcome:
    """Guess thirty times from as many addresses."""
    app = build(target)
    owner = Browser(app)
    log_in(owner)
    require(inside(owner), "the owner could not log in before the attack")

    def one(number: int) -> Reply:
        password = f"{WRONG} {'x' * number}"
        return spread(app, number).post("/login", {"username": OWNER, "password": password})

    checked = answered(one, GUESSES)
    log_in(owner)
    require(inside(owner), "the owner's known device was locked out by the attack")
    return Outcome(checked > ALLOWED, f"{checked} of {GUESSES} guesses were checked")
