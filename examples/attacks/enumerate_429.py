"""Names are told apart by what the app says when there were too many attempts.

Row `enumerate-429`: many apps lock an account after some failures and say so, and can only do
that for accounts that exist.
"""

from __future__ import annotations

from flask import Flask, redirect, request
from flask.typing import ResponseReturnValue
from flask_login import login_user

from ._browser import Browser, Reply
from ._guessing import guess, script
from ._people import LOGIN_FORM, OWNER, add_me, inside, log_in, people
from ._row import Outcome, Row, require
from ._target import Target

ROW = Row("after too many attempts, the answer differs for names that exist")
ALLOWED, ATTEMPTS = 5, 8


def build(target: Target) -> Flask:
    """An app that locks accounts by a counter of its own."""
    app = target.app(__name__)
    users = people(app)
    failures = dict.fromkeys(users, 0)

    @app.route("/login", methods=["GET", "POST"])
    def login() -> ResponseReturnValue:
        if request.method == "GET":
            return LOGIN_FORM
        user = users.get(request.form["username"])
        if user is not None and failures[user.id] >= ALLOWED:
            return "This account is locked.", 423
        if user is None or not user.knows(request.form["password"]):
            if user is not None:
                failures[user.id] += 1
            return "Wrong user name or password.", 401
        failures[user.id] = 0
        login_user(user)
        return redirect("/me")

    add_me(app)
    return target.ready(app)


def attack(target: Target) -> Outcome:
    """Try a few wrong passwords for a known and an unknown name and compare every answer."""
    app = build(target)
    owner = Browser(app)
    log_in(owner)
    require(inside(owner), "the owner cannot log in")
    answers = []
    for address, name in (("198.51.100.1", OWNER), ("198.51.100.2", "nobody")):
        guesser = script(app, address)
        answers.append([_seen(guess(guesser, name)) for _ in range(ATTEMPTS)])
    for number, (known, unknown) in enumerate(zip(*answers, strict=True), 1):
        if known != unknown:
            return Outcome(True, f"attempt {number}: {known[0]} if known, {unknown[0]} if not")
    return Outcome(False, f"{ATTEMPTS} attempts, the last answered {answers[0][-1][0]} for both")


def _seen(reply: Reply) -> tuple[int, str, list[tuple[str, str]]]:
    """Return all that tells answers apart: status, page and headers, but for cookies' values."""
    headers = [(name, "" if name == "Set-Cookie" else text) for name, text in reply.headers]
    return reply.status, reply.text, sorted(headers)
