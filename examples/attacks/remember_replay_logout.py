"""A remember cookie copied before logout is replayed after it.

Row `remember-replay-logout`: Flask-Login's remember token is a MAC over the user's id. It is the
same at every login, on every device, forever, and a logout only asks one browser to forget it.
"""

from __future__ import annotations

from flask import Flask

from ._browser import Browser
from ._people import close, inside, log_in, usual
from ._row import Outcome, Row, require
from ._target import Target

ROW = Row("replay a remember cookie copied before the owner logged out")


def build(target: Target) -> Flask:
    """An app with remember-me."""
    app = target.app(__name__)
    usual(app)
    return target.ready(app)


def token(browser: Browser) -> str:
    """Return the value of the remember cookie."""
    return next(c.value for c in browser.jar.cookies.values() if "remember" in c.name)


def attack(target: Target) -> Outcome:
    """Copy the remember cookie, wait for the logout, come back with it alone."""
    app = build(target)
    owner = Browser(app)
    log_in(owner, remember="on")
    first = token(owner)
    thief = close(Browser(app).steal_from(owner))
    owner.get("/logout")
    require(not inside(close(owner)), "the owner's own browser is still remembered after logout")
    succeeded = inside(thief)
    log_in(owner, remember="on")
    same = token(owner) == first
    require(inside(close(owner)), "a new remember cookie does not bring the owner back")
    again = "the same" if same else "another"
    outcome = "is let in" if succeeded else "is refused"
    return Outcome(succeeded, f"the copied cookie {outcome}; the next login gives {again} value")
