"""Somebody who can write to the database stores a hash that takes seconds to check.

Row `hash-bomb`: the cost stands in the stored text, and the libraries obey it. A few logins keep
every worker busy.
"""

from __future__ import annotations

from flask import Flask

from ._browser import Browser
from ._guessing import guess, script
from ._hashing import watched
from ._people import MALLORY, OWNER, add_login, add_me, inside, log_in, people
from ._row import Outcome, Row, require
from ._target import Target

ROW = Row("a stored hash asks for six million rounds")
ROUNDS = 6_000_000


def build(target: Target) -> Flask:
    """An app with one poisoned row."""
    app = target.app(__name__)
    users = people(app)
    users[MALLORY].password_hash = f"pbkdf2:sha256:{ROUNDS}$saltsaltsaltsalt${'0' * 64}"
    add_login(app, users)
    add_me(app)
    return target.ready(app)


def attack(target: Target) -> Outcome:
    """Log in once with the poisoned name."""
    app = build(target)
    with watched() as hashing:
        reply = guess(script(app, "198.51.100.1"), MALLORY)
    require(reply.status == 401, f"the poisoned login was answered with {reply.status}")
    require(target.reported("password_hash_refused"), "no event says that a hash was refused")
    owner = Browser(app)
    log_in(owner, OWNER)
    require(inside(owner), "the owner cannot log in")
    return Outcome(hashing.rounds >= ROUNDS, f"one login computed {hashing.rounds} rounds at most")
