"""One address tries one password on each of many accounts.

Row `spray-accounts`: a limit that counts by account sees one failure everywhere.
"""

from __future__ import annotations

from flask import Flask, request

from ._browser import CAFE, Browser
from ._guessing import by_hand, guess, script
from ._people import PASSWORD, Tally, add_login, add_me, inside, log_in, people
from ._row import Outcome, Row, require
from ._target import Target

ROW = Row("one address, one guess for each of many accounts")
ACCOUNTS = 200
ALLOWED = 20  # the address's 20 a minute


def build(target: Target, tally: Tally) -> Flask:
    """An app that, bare, allows five logins a minute to each account."""
    app = target.app(__name__)
    users = people(app, [f"user{number}" for number in range(ACCOUNTS)])
    add_login(app, users, tally)
    add_me(app)
    if not target.wrapped:
        limited = by_hand(app, lambda: request.form["username"]).limit("5/minute", methods=["POST"])
        app.view_functions["login"] = limited(app.view_functions["login"])
    return target.ready(app)


def attack(target: Target) -> Outcome:
    """Try a popular password on every account; the last one has the right password."""
    tally = Tally(target.folder)
    app = build(target, tally)
    guesser = script(app, CAFE)
    for number in range(ACCOUNTS - 1):
        guess(guesser, f"user{number}", "123456")
    checked = int(tally)
    thief = Browser(app, address=CAFE, scripted=True)
    log_in(thief, f"user{ACCOUNTS - 1}", PASSWORD)
    got_in = inside(thief)
    owner = Browser(app)
    log_in(owner)
    require(inside(owner), "an owner at another address was refused")
    text = f"{checked} of {ACCOUNTS - 1} accounts were tried"
    broken = got_in or checked > ALLOWED
    return Outcome(broken, f"{text}, the next one got in" if got_in else text)
