"""Guessing the code of the second factor.

Row `guess-otp`: six digits are a million tries, and no password field shows that a code is
guessed. The attacker has the password and logs in anew whenever the session is spent.
"""

from __future__ import annotations

from flask import Flask, redirect, request, session
from flask.typing import ResponseReturnValue
from flask_login import login_user

from ._browser import Browser
from ._people import OWNER, PASSWORD, Tally, add_me, inside, log_in, people
from ._row import Outcome, Row, require
from ._target import Target

ROW = Row("the six digits of the second factor are guessed")
GUESSES, ALLOWED = 60, 5
CODE = "402917"


def build(target: Target, tally: Tally) -> Flask:
    """An app whose login has two steps."""
    app = target.app(__name__)
    users = people(app)

    @app.post("/login")
    def login() -> ResponseReturnValue:
        user = users.get(request.form["username"])
        if user is None or not user.knows(request.form["password"]):
            return "Wrong user name or password.", 401
        session["mfa_user_id"] = user.id
        return redirect("/login/code")

    @app.post("/login/code")
    def verify_code() -> ResponseReturnValue:
        tally.add()
        if "mfa_user_id" not in session or request.form["code"] != CODE:
            return "Wrong code."
        login_user(users[session.pop("mfa_user_id")])
        return redirect("/me")

    add_me(app)
    return target.ready(app)


def attack(target: Target) -> Outcome:
    """Guess from many addresses, three codes in each session; the last guess is right."""
    tally = Tally(target.folder)
    app = build(target, tally)
    owner = Browser(app)
    log_in(owner)
    for code in ("402971", CODE):
        owner.post("/login/code", {"code": code})
    require(inside(owner), "the owner, who mistyped a code, could not log in")
    before, got_in = int(tally), False
    for turn in range(GUESSES // 3):
        thief = Browser(app, address=f"198.51.100.{turn + 1}", scripted=True)
        log_in(thief, OWNER, PASSWORD)
        for number in range(3):
            last = turn * 3 + number == GUESSES - 1
            thief.post("/login/code", {"code": CODE if last else f"{turn * 3 + number:06}"})
        got_in = got_in or inside(thief)
    checked = int(tally) - before
    text = f"{checked} of {GUESSES} codes were looked at"
    return Outcome(got_in or checked > ALLOWED, f"{text}, the right one got in" if got_in else text)
