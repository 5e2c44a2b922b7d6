"""``Alice``, `` alice `` and full-width letters are one account, but not one counter.

Row `spray-name`: the app finds its user whatever the spelling; a limit by the typed name gives
each spelling a budget of its own.
"""

from __future__ import annotations

import itertools
import unicodedata

from flask import Flask, redirect, request
from flask.typing import ResponseReturnValue
from flask_login import login_user

from ._browser import Browser
from ._guessing import by_hand, guess, script
from ._people import (
    LOGIN_FORM,
    PASSWORD,
    WRONG,
    Tally,
    add_logout,
    add_me,
    inside,
    log_in,
    people,
)
from ._row import Outcome, Row, require
from ._target import Target

ROW = Row("spellings of one name multiply the budget")
ALLOWED = 12  # the account's 10 in 5 minutes, and the owner's own logins


def spellings(name: str) -> list[str]:
    """Return forms of `name` that normalise to the same text."""
    wide = "".join(chr(ord(letter) + 0xFEE0) for letter in name)
    cased = ["".join(form) for form in itertools.product(*((c, c.upper()) for c in name))]
    return [*cased, f" {name}", f"{name} ", f"\u00a0{name}", wide, wide.upper(), f"  {wide}"]


def build(target: Target, tally: Tally) -> Flask:
    """An app that forgives spelling; bare, it allows five logins a minute to each name."""
    app = target.app(__name__)
    users = people(app)

    def login() -> ResponseReturnValue:
        if request.method == "GET":
            return LOGIN_FORM
        tally.add()
        typed = unicodedata.normalize("NFKC", request.form["username"]).strip().casefold()
        user = users.get(typed)
        if user is None or not user.knows(request.form["password"]):
            return "Wrong user name or password.", 401
        login_user(user)
        return redirect("/me")

    if not target.wrapped:
        limiter = by_hand(app, lambda: request.form["username"])
        login = limiter.limit("5/minute", methods=["POST"])(login)
    app.add_url_rule("/login", "login", login, methods=["GET", "POST"])
    add_me(app)
    add_logout(app)
    return target.ready(app)


def attack(target: Target) -> Outcome:
    """Guess four times with each spelling, from many addresses."""
    tally = Tally(target.folder)
    app = build(target, tally)
    owner = Browser(app)
    log_in(owner, " Alice ")
    require(inside(owner), "the owner could not log in")
    owner.post("/logout")
    before = int(tally)
    names = spellings("alice")
    for number, name in enumerate(name for name in names for _ in range(4)):
        guess(script(app, f"198.51.100.{number % 250 + 1}"), name, f"{WRONG} {number}")
    checked = int(tally) - before
    thief = Browser(app, address="192.0.2.200", scripted=True)
    log_in(thief, "aLiCe   ", PASSWORD)
    got_in = inside(thief)
    log_in(owner)
    require(inside(owner), "the owner's known device was locked out by the attack")
    text = f"{checked} of {4 * len(names)} guesses with {len(names)} spellings were checked"
    return Outcome(got_in or checked > ALLOWED, text)
