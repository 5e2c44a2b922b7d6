"""Thirty addresses guess one account, each within its own limit.

Row `spray-ips`: the usual limiter counts by address, and addresses are cheap.
"""

from __future__ import annotations

from flask import Flask

from ._browser import Browser
from ._guessing import by_hand, guess, script
from ._people import PASSWORD, WRONG, Tally, add_login, add_logout, add_me, inside, log_in, people
from ._row import Outcome, Row, require
from ._target import Target

ROW = Row("30 addresses guess one account")
ADDRESSES, EACH = 30, 4
ALLOWED = 12  # the account's 10 in 5 minutes, and the owner's own logins


def build(target: Target, tally: Tally) -> Flask:
    """An app that, bare, allows five logins a minute to each address."""
    app = target.app(__name__)
    users = people(app)
    add_login(app, users, tally)
    add_me(app)
    add_logout(app)
    if not target.wrapped:
        limited = by_hand(app).limit("5/minute", methods=["POST"])
        app.view_functions["login"] = limited(app.view_functions["login"])
    return target.ready(app)


def attack(target: Target) -> Outcome:
    """Guess four times from each address, then send the right password from a new one."""
    tally = Tally(target.folder)
    app = build(target, tally)
    owner = Browser(app)
    log_in(owner)
    require(inside(owner), "the owner could not log in before the attack")
    owner.post("/logout")
    before = int(tally)
    for number in range(ADDRESSES * EACH):
        guesser = script(app, f"198.51.100.{number % ADDRESSES + 1}")
        guess(guesser, password=f"{WRONG} {number}")
    checked = int(tally) - before
    thief = Browser(app, address="198.51.100.200", scripted=True)
    log_in(thief, password=PASSWORD)
    got_in = inside(thief)
    log_in(owner)
    require(inside(owner), "the owner's known device was locked out by the attack")
    text = f"{checked} of {ADDRESSES * EACH} guesses from {ADDRESSES} addresses were checked"
    return Outcome(got_in or checked > ALLOWED, f"{text}, the right one got in" if got_in else text)
