"""A remember token is replayed from another kind of browser under strong protection.

Row `remember-other-browser`: strong protection binds a session to the browser, but Flask-Login
makes a new session from a remember cookie without asking where it comes from.
"""

from __future__ import annotations

from flask import Flask

from ._browser import CHROME, FIREFOX, Browser
from ._people import close, inside, log_in, usual
from ._row import Outcome, Row, require
from ._target import Target

ROW = Row("replay a remember token from another browser, under strong protection")


def build(target: Target) -> Flask:
    """An app with remember-me under strong protection."""
    app = target.app(__name__)
    usual(app, protection="strong")
    return target.ready(app)


def attack(target: Target) -> Outcome:
    """Copy the cookie from Firefox on Linux to Chrome on Windows."""
    app = build(target)
    owner = Browser(app, agent=FIREFOX)
    log_in(owner, remember="on")
    thief = Browser(app, agent=CHROME).steal_from(close(owner))
    reply = thief.get("/me")
    require(target.reported("authn_token_refused"), "the refusal was not reported")
    owner.agent = FIREFOX.replace("128.0", "129.0")
    require(inside(owner), "an upgrade of the same browser is not let in any more")
    return Outcome(reply.status == 200, f"Chrome with Firefox's cookie gets {reply.status}")
