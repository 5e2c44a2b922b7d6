"""Every guess comes with another ``X-Forwarded-For``.

Row `xff-per-guess`: the usual key function believes the header, from whomever it comes.
"""

from __future__ import annotations

from flask import Flask, request

from ._browser import CAFE, Browser
from ._guessing import by_hand, script
from ._people import Tally, add_login, add_me, inside, log_in, people
from ._row import Outcome, Row, require
from ._target import Target

ROW = Row("a new X-Forwarded-For per guess")
ACCOUNTS = 200
ALLOWED = 20  # the address's 20 a minute


def build(target: Target, tally: Tally) -> Flask:
    """An app that, bare, limits by the first address of the header, as is often advised."""
    app = target.app(__name__)
    users = people(app, [f"user{number}" for number in range(ACCOUNTS)])
    add_login(app, users, tally)
    add_me(app)
    if not target.wrapped:
        limiter = by_hand(app, lambda: request.headers.get("X-Forwarded-For", request.remote_addr))
        limited = limiter.limit("5/minute", methods=["POST"])
        app.view_functions["login"] = limited(app.view_functions["login"])
    return target.ready(app)


def attack(target: Target) -> Outcome:
    """Try one password on many accounts from one public address with a lie in the header."""
    tally = Tally(target.folder)
    app = build(target, tally)
    for number in range(ACCOUNTS):
        script(app, CAFE).post(
            "/login",
            {"username": f"user{number}", "password": "123456"},
            headers={"X-Forwarded-For": f"192.0.2.{number % 250 + 1}"},
        )
    checked = int(tally)
    owner = Browser(app)
    log_in(owner)
    require(inside(owner), "an owner at another address was refused")
    return Outcome(checked > ALLOWED, f"{checked} of {ACCOUNTS} guesses were checked")
