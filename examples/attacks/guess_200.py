"""Failed logins that show the form again with status 200.

Row `guess-200`: rules that count by status 401 or 403 are blind here, and most tutorials
answer 200. This app compares in a way of its own that no password library sees.
"""

from __future__ import annotations

import hmac
from hashlib import sha256

from flask import Flask, Response, redirect, request
from flask.typing import ResponseReturnValue
from flask_login import login_user

from ._browser import CAFE, Browser
from ._guessing import by_hand, guess, script
from ._people import LOGIN_FORM, PASSWORD, WRONG, Tally, add_me, inside, log_in, people
from ._row import Outcome, Row, require
from ._target import Target

ROW = Row("failures that re-render the form with status 200 are not counted")
GUESSES = 60


def build(target: Target, tally: Tally) -> Flask:
    """An app that answers 200 to a wrong password; bare, it limits by status 401."""
    app = target.app(__name__)
    users = people(app)
    digest = sha256(PASSWORD.encode()).digest()

    def login() -> ResponseReturnValue:
        if request.method == "POST":
            tally.add()
            given = sha256(request.form["password"].encode()).digest()
            user = users.get(request.form["username"])
            if user and hmac.compare_digest(given, digest):
                login_user(user)
                return redirect("/me")
        return LOGIN_FORM

    if not target.wrapped:
        login = by_hand(app).limit("5/minute", methods=["POST"], deduct_when=_refused)(login)
    app.add_url_rule("/login", "login", login, methods=["GET", "POST"])
    add_me(app)
    return target.ready(app)


def _refused(response: Response) -> bool:
    return response.status_code in (401, 403)


def attack(target: Target) -> Outcome:
    """Guess sixty times from one address, then send the right password."""
    tally = Tally(target.folder)
    app = build(target, tally)
    guesser = script(app, CAFE)
    for number in range(GUESSES):
        guess(guesser, password=f"{WRONG} {number}")
    checked = int(tally)
    thief = Browser(app, address=CAFE, scripted=True)
    log_in(thief)
    got_in = inside(thief)
    owner = Browser(app)
    log_in(owner)
    require(inside(owner), "the owner, at another address, was refused")
    text = f"{checked} of {GUESSES} guesses were checked"
    return Outcome(got_in, f"{text}, the right one got in" if got_in else text)
