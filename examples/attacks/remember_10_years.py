"""A remember token is used ten years later.

Row `remember-10-years`: the cookie's expiry is only a wish to the browser. The token itself holds
no date, so a copy in an old backup of a laptop still opens the account.
"""

from __future__ import annotations

from flask import Flask

from ._browser import Browser
from ._clock import DAY_S, moving
from ._people import close, inside, log_in, usual
from ._row import Outcome, Row, require
from ._target import Target

ROW = Row("use a remember token ten years later")


def build(target: Target) -> Flask:
    """An app with remember-me."""
    app = target.app(__name__)
    usual(app)
    return target.ready(app)


def attack(target: Target) -> Outcome:
    """The owner comes back after three weeks; a copy of the cookie is kept for ten years."""
    with moving() as clock:
        app = build(target)
        owner = Browser(app)
        log_in(owner, remember="on")
        clock(21 * DAY_S)
        require(inside(close(owner)), "three weeks later the owner is not remembered")
        thief = close(Browser(app).steal_from(owner))
        clock(3653 * DAY_S)
        reply = thief.get("/me")
    return Outcome(reply.status == 200, f"ten years later the token answers {reply.status}")
