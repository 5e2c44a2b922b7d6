"""Guesses from ever new addresses of one IPv6 network.

Row `spray-ipv6`: every household has 2**64 addresses; a limit by full address never fires.
"""

from __future__ import annotations

from flask import Flask

from ._browser import Browser
from ._guessing import by_hand, guess, script
from ._people import Tally, add_login, add_me, inside, log_in, people
from ._row import Outcome, Row, require
from ._target import Target

ROW = Row("rotate through the addresses of one IPv6 /64")
ACCOUNTS = 200
ALLOWED = 20  # the /64's 20 a minute


def build(target: Target, tally: Tally) -> Flask:
    """An app that, bare, allows five logins a minute to each address."""
    app = target.app(__name__)
    users = people(app, [f"user{number}" for number in range(ACCOUNTS)])
    add_login(app, users, tally)
    add_me(app)
    if not target.wrapped:
        limited = by_hand(app).limit("5/minute", methods=["POST"])
        app.view_functions["login"] = limited(app.view_functions["login"])
    return target.ready(app)


def attack(target: Target) -> Outcome:
    """Try one password on many accounts, each from another address of the network."""
    tally = Tally(target.folder)
    app = build(target, tally)
    for number in range(ACCOUNTS):
        guesser = script(app, f"2001:db8:1:2:{number + 1:x}:abcd:{number:x}:1")
        guess(guesser, f"user{number}", "123456")
    checked = int(tally)
    neighbour = Browser(app, address="2001:db8:1:3::7")
    log_in(neighbour)
    require(inside(neighbour), "the network next door was refused")
    text = f"{checked} of {ACCOUNTS} guesses from one /64 were checked"
    return Outcome(checked > ALLOWED, text)
