"""Guessing on with a stolen cookie of a known device.

Row `device-theft`: browsers that logged in before are let past the limits, so that nobody locks
their owner out. In the bare app that exemption is the author's own, and has no end.
"""

from __future__ import annotations

from collections import Counter

from flask import Flask, make_response, redirect, request
from flask.typing import ResponseReturnValue
from flask_login import login_user

from ._browser import CAFE, Browser, Reply
from ._doors import answered
from ._people import LOGIN_FORM, MALLORY, OWNER, WRONG, add_me, inside, log_in, people
from ._row import Outcome, Row, require
from ._target import Target

ROW = Row("a stolen known-device cookie guesses on")
GUESSES = 40
ALLOWED = 5 + 5  # the device's five a minute, then another account's five from that address


def build(target: Target) -> Flask:
    """An app that, bare, lets a browser it knows try as often as it likes."""
    app = target.app(__name__)
    users = people(app)
    failures: Counter[str] = Counter()

    @app.route("/login", methods=["GET", "POST"])
    def login() -> ResponseReturnValue:
        if request.method == "GET":
            return LOGIN_FORM
        name = request.form["username"]
        if not target.wrapped and failures[name] >= 5 and "seen_before" not in request.cookies:
            return "Too many attempts.", 429
        user = users.get(name)
        if user is None or not user.knows(request.form["password"]):
            failures[name] += 1
            return "Wrong user name or password.", 401
        login_user(user)
        answer = make_response(redirect("/me"))
        if not target.wrapped:
            answer.set_cookie("seen_before", "1")
        return answer

    add_me(app)
    return target.ready(app)


def attack(target: Target) -> Outcome:
    """Guess at the owner's account, then at another one, with the owner's device cookie."""
    app = build(target)
    owner = Browser(app)
    log_in(owner)
    require(inside(owner), "the owner could not log in before the attack")
    thief = Browser(app, address=CAFE, scripted=True)
    for name, cookie in owner.jar.cookies.items():
        if "device" in name or name == "seen_before":
            thief.jar.cookies[name] = cookie

    def one(number: int) -> Reply:
        victim = OWNER if number < GUESSES // 2 else MALLORY
        return thief.post("/login", {"username": victim, "password": f"{WRONG} {number}"})

    checked = answered(one, GUESSES)
    return Outcome(checked > ALLOWED, f"{checked} of {GUESSES} guesses by the thief were checked")
