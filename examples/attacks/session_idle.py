"""A session lives on for weeks, used or not.

Row `session-idle`: Flask's cookie is good for 31 days, and every answer that sends it again makes
it good for 31 more. A session left open in an internet café is open all month.
"""

from __future__ import annotations

from flask import Flask, session

from ._browser import Browser
from ._clock import DAY_S, HOUR_S, MINUTE_S, moving
from ._people import inside, log_in, usual
from ._row import Outcome, Row, require
from ._target import Target

ROW = Row("use a session that was idle for a day, or keep one alive for weeks")


def build(target: Target) -> Flask:
    """An app with permanent sessions, as ``session.permanent = True`` makes them."""
    app = target.app(__name__)
    usual(app)

    @app.before_request
    def permanent() -> None:
        session.permanent = True

    return target.ready(app)


def attack(target: Target) -> Outcome:
    """Leave one session alone for a day; use another one every 50 minutes for five weeks."""
    with moving() as clock:
        app = build(target)
        left, kept = Browser(app), Browser(app)
        log_in(left)
        log_in(kept)
        clock(50 * MINUTE_S)
        require(inside(left) and inside(kept), "out after 50 minutes")
        for hours in range(20):
            clock(HOUR_S * 5 / 6)
            require(inside(kept), f"somebody who works all day is out after {hours} periods")
        idle = inside(left)
        used = inside(kept)
        for _ in range(8):
            clock(5 * DAY_S)
            used = inside(kept) and used
        log_in(left)
        require(inside(left), "logging in again does not work")
    alive = ["idle for 17 hours"] * idle + ["after six weeks of use"] * used
    return Outcome(idle or used, f"still in: {', '.join(alive) or 'neither'}")
