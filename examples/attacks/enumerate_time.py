"""Names are told apart by how long a wrong password takes.

Row `enumerate-time`: the view hashes only if it has found a user, so an unknown name answers a
hundred times sooner, and an account with a cheap old hash sooner than its neighbours.
"""

from __future__ import annotations

import statistics
import time

from flask import Flask
from werkzeug.security import generate_password_hash

from ._browser import Browser
from ._guessing import guess, script
from ._people import MALLORY, OWNER, PASSWORD, add_login, add_me, inside, log_in, people
from ._row import Outcome, Row, require
from ._target import Target

ROW = Row("a wrong password takes longer for names that exist")
SAMPLES = 5
# Bare it is 20 to 200 times; the same work differs by a few hundredths, and by less than this on
# a machine that does much else. What is read is the processor's time, not the clock.
RATIO = 3.0


def build(target: Target) -> Flask:
    """An app whose users have hashes of two kinds, as after some years."""
    app = target.app(__name__)
    users = people(app)
    users[OWNER].password_hash = generate_password_hash(PASSWORD)  # Werkzeug's present default
    users[MALLORY].password_hash = generate_password_hash("something else", "pbkdf2:sha256:20000")
    add_login(app, users)
    add_me(app)
    return target.ready(app)


def attack(target: Target) -> Outcome:
    """Take the median time of a few wrong passwords for each name."""
    app = build(target)
    names = {"a name with a new hash": OWNER, "with an old one": MALLORY, "unknown": "nobody"}
    taken: dict[str, list[float]] = {label: [] for label in names}
    for number in range(SAMPLES + 1):
        for place, (label, name) in enumerate(names.items()):
            guesser = script(app, f"198.51.100.{number * len(names) + place + 1}")
            began = time.process_time()
            reply = guess(guesser, name)
            taken[label].append(time.process_time() - began)
            require(reply.status == 401, f"a wrong password was answered with {reply.status}")
    # The first of each only warms up; what is then known of the hashes, all workers know.
    medians = {label: statistics.median(times[1:]) for label, times in taken.items()}
    owner = Browser(app)
    log_in(owner)
    require(inside(owner), "the owner cannot log in")
    ratio = max(medians.values()) / max(min(medians.values()), 1e-6)
    shown = ", ".join(f"{label}: {taken * 1000:.1f} ms" for label, taken in medians.items())
    return Outcome(ratio > RATIO, shown)
