"""The redirect to https leads to whatever host the request named.

Row `host-redirect`: Flask-Talisman builds it from the Host header, so a cache or a forged link can
carry visitors to another site. Ours goes only to the hosts that the owner named.
"""

from __future__ import annotations

from urllib.parse import urlsplit

from flask import Flask
from flask_talisman import Talisman

from ._browser import HOST, Browser
from ._people import add_login, add_me, inside, log_in, people
from ._row import Outcome, Row, require
from ._target import Target

ROW = Row("the redirect to https follows a forged Host header")
FORGED = "evil.example"


def build(target: Target) -> Flask:
    """An app that says what its host is; Flask-Talisman if bare."""
    app = target.app(__name__, trusted_hosts=[HOST])
    users = people(app)
    add_login(app, users)
    add_me(app)
    if not target.wrapped:
        Talisman(app)
    return target.ready(app)


def attack(target: Target) -> Outcome:
    """Ask over http for a page of another host."""
    app = build(target)
    reply = Browser(app, host=FORGED).get("/login", scheme="http", site="none")
    goal = reply.header("Location") or ""
    visitor = Browser(app)
    honest = visitor.get("/login", scheme="http", site="none").header("Location")
    require(honest == f"https://{HOST}/login", f"an honest visitor is sent to {honest!r}")
    log_in(visitor)
    require(inside(visitor), "the owner could not log in")
    return Outcome(urlsplit(goal).hostname == FORGED, f"Host: {FORGED} is sent to {goal!r}")
