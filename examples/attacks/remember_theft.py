"""A stolen remember token is used after its owner used it.

Row `remember-theft`: a token that is replaced at every use shows a copy, because thief and owner
cannot both have the newest one. Flask-Login's never changes.
"""

from __future__ import annotations

from flask import Flask

from ._browser import Browser
from ._clock import MINUTE_S, moving
from ._people import close, inside, log_in, usual
from ._row import Outcome, Row, require
from ._target import Target

ROW = Row("use a stolen remember token after its owner used it")


def build(target: Target) -> Flask:
    """An app with remember-me."""
    app = target.app(__name__)
    usual(app)
    return target.ready(app)


def attack(target: Target) -> Outcome:
    """Steal the token of a closed browser; the owner comes back first, the thief second."""
    with moving() as clock:
        app = build(target)
        owner = Browser(app)
        log_in(owner, remember="on")
        thief = close(Browser(app).steal_from(close(owner)))
        require(inside(owner), "the remember cookie does not bring the owner back")
        clock(2 * MINUTE_S)
        succeeded = inside(thief)
        require(target.reported("authn_token_reuse"), "the reuse was not reported")
        if target.wrapped:
            require(not inside(owner), "the sessions of the stolen token's family live on")
            require(not inside(close(owner)), "the family of the stolen token lives on")
        log_in(owner, remember="on")
        require(inside(owner), "the owner could not log in again")
    text = "the thief is let in" if succeeded else "the thief is refused, and all copies ended"
    return Outcome(succeeded, text)
