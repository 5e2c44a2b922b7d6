"""Logins in parallel, each of which costs memory and a core.

Row `hash-flood`: a hash takes 32 MiB and a tenth of a second, and whoever sends logins pays for
neither. The wrapped app computes a few at once; the others wait in turn, or are told to come
back.
"""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor

from flask import Flask
from werkzeug.security import generate_password_hash

from ._browser import Browser
from ._guessing import guess, script
from ._hashing import watched
from ._people import OWNER, PASSWORD, add_login, add_me, inside, log_in, people
from ._row import Outcome, Row, require
from ._target import Target

ROW = Row("12 logins at the same moment take the memory of 12 hashes")
LOGINS, ALLOWED = 12, 2


def build(target: Target) -> Flask:
    """An app with Werkzeug's default hashes; wrapped, two of them at once."""
    app = target.app(__name__, hash_concurrency=ALLOWED)
    users = people(app, [f"user{number}" for number in range(LOGINS)])
    method, salt, digest = generate_password_hash(PASSWORD).split("$")
    for number, user in enumerate(users.values()):
        # Only the owner's has to fit. A salt each: who shares a hash shares its limits.
        own = salt if user.id == users[OWNER].id else f"{salt}{number}"
        user.password_hash = f"{method}${own}${digest}"
    add_login(app, users)
    add_me(app)
    return target.ready(app)


def attack(target: Target) -> Outcome:
    """Send wrong passwords for different people from different places, all at once."""
    app = build(target)
    start = threading.Barrier(LOGINS)

    def one(number: int) -> int:
        guesser = script(app, f"198.51.100.{number + 1}")
        start.wait()
        return guess(guesser, f"user{number}").status

    with watched() as hashing, ThreadPoolExecutor(LOGINS) as pool:
        statuses = list(pool.map(one, range(LOGINS)))
    require(set(statuses) <= {401, 503}, f"logins were answered {sorted(set(statuses))}")
    owner = Browser(app)
    log_in(owner, OWNER)
    require(inside(owner), "the owner cannot log in afterwards")
    seen = f"{LOGINS} logins at once: up to {hashing.peak} hashes at the same moment"
    return Outcome(hashing.peak > ALLOWED, f"{seen}, {statuses.count(503)} told to come back")
