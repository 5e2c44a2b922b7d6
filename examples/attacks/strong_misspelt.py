"""`SESSION_PROTECTION = "Strong"` turns session protection off.

Row `strong-misspelt`: Flask-Login compares with two spellings and takes every other value as
"none", so one capital letter switches the protection off in silence.
"""

from __future__ import annotations

from flask import Flask

from ._browser import CAFE, CHROME, Browser
from ._people import add_login, add_me, inside, log_in, people
from ._row import Outcome, Row, require
from ._target import Target

ROW = Row("SESSION_PROTECTION = 'Strong' (capital S) turns protection off")


def build(target: Target, protection: str = "Strong") -> Flask:
    """An app whose author meant to ask for strong protection."""
    app = target.app(__name__)
    app.config["SESSION_PROTECTION"] = protection
    users = people(app)
    add_login(app, users)
    add_me(app)
    return target.ready(app)


def attack(target: Target) -> Outcome:
    """Replay the cookie from another browser at another address."""
    honest = build(target, "strong")
    owner = Browser(honest)
    log_in(owner)
    require(inside(owner), "the right spelling does not work")
    try:
        app = build(target)
    except Exception as refusal:  # the bare side has no class of ours to name
        message = str(refusal)
        require("Strong" in message and "strong" in message and "basic" in message, message)
        return Outcome(False, f"refused at start: {message}")
    owner = Browser(app)
    log_in(owner)
    thief = Browser(app, agent=CHROME, address=CAFE).steal_from(owner)
    reply = thief.get("/me")
    if reply.status == 200:
        return Outcome(True, f"another browser at another address reads: {reply.text}")
    require(
        target.reported("SESSION_PROTECTION", "basic"), "refused without naming key and choices"
    )
    return Outcome(False, f"refused at the first request: {reply.status}")
