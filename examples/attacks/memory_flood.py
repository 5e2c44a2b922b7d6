"""Guesses for a new name each time, until the memory is full.

Row `memory-flood`: a counter for every name that anybody makes up is kept for as long as its window
lasts. Each of these names is as long as a name may be.
"""

from __future__ import annotations

import gc
import secrets
import tracemalloc
from collections import Counter

from flask import Flask, redirect, request
from flask.typing import ResponseReturnValue
from flask_login import login_user

from ._browser import Browser
from ._doors import spread
from ._guessing import guess
from ._people import LOGIN_FORM, WRONG, add_me, inside, log_in, people
from ._row import Outcome, Row, require
from ._target import Target

ROW = Row("attacker-chosen names fill the memory")
NAMES, LONG = 200, 50_000
MOST_BYTES = 3 * 1024 * 1024  # of 10 MB that were sent


def build(target: Target) -> Flask:
    """An app that, bare, counts the failures of each name in a dictionary."""
    # The work of failing logins is another row's; here it would only take time.
    app = target.app(__name__, guards={"timing": False})
    users = people(app)
    failures: Counter[str] = Counter()

    @app.route("/login", methods=["GET", "POST"])
    def login() -> ResponseReturnValue:
        if request.method == "GET":
            return LOGIN_FORM
        name = request.form["username"]
        if not target.wrapped and failures[name] >= 5:
            return "Too many attempts.", 429
        user = users.get(name)
        if user is None or not user.knows(request.form["password"]):
            if not target.wrapped:
                failures[name] += 1
            return "Wrong user name or password.", 401
        login_user(user)
        return redirect("/me")

    add_me(app)
    return target.ready(app)


def attack(target: Target) -> Outcome:
    """Send long names, no two alike, and see what stays in the memory."""
    app = build(target)
    guess(spread(app, 0), "warm up", WRONG)
    tracemalloc.start()
    try:
        for number in range(NAMES):
            guess(spread(app, number), secrets.token_hex(LONG // 2), WRONG)
        gc.collect()  # what is only waiting to be thrown away does not count
        kept = tracemalloc.get_traced_memory()[0]
    finally:
        tracemalloc.stop()
    owner = Browser(app)
    log_in(owner)
    require(inside(owner), "the owner could not log in")
    return Outcome(kept > MOST_BYTES, f"{NAMES} names left {kept / 1e6:.1f} MB in the memory")
