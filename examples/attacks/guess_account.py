"""Five hundred wrong passwords for one account, then the right one.

Row `guess-account`: Flask-Login counts nothing. The owner, whose device is known from an
earlier login, must still get in while the guesses go on.
"""

from __future__ import annotations

from flask import Flask

from ._browser import CAFE, Browser
from ._guessing import guess, script
from ._people import PASSWORD, WRONG, Tally, add_login, add_logout, add_me, inside, log_in, people
from ._row import Outcome, Row, require
from ._target import Target

ROW = Row("500 wrong passwords for one account, then the right one")
GUESSES = 500


def build(target: Target, tally: Tally) -> Flask:
    """The smallest app that counts the passwords it checks."""
    app = target.app(__name__)
    users = people(app)
    add_login(app, users, tally)
    add_me(app)
    add_logout(app)
    return target.ready(app)


def attack(target: Target) -> Outcome:
    """Guess from one address; the last guess is the right password."""
    tally = Tally(target.folder)
    app = build(target, tally)
    owner = Browser(app)
    log_in(owner)
    require(inside(owner), "the owner could not log in before the attack")
    owner.post("/logout")
    before = int(tally)
    guesser = script(app, CAFE)
    for number in range(GUESSES):
        guess(guesser, password=f"{WRONG} {number}")
    checked = int(tally) - before
    thief = Browser(app, address=CAFE, scripted=True)
    log_in(thief, password=PASSWORD)
    got_in = inside(thief)
    log_in(owner)
    require(inside(owner), "the owner's known device was locked out by the attack")
    if got_in:
        return Outcome(True, f"{checked} of {GUESSES} guesses were checked, the next one got in")
    return Outcome(
        False, f"{checked} of {GUESSES} guesses were checked; the right one came too late"
    )
