"""A view's own stricter Content-Security-Policy and the app's SameSite=Strict are kept.

Row `view-csp`: Flask-Talisman overwrites the first with its default and the second with Lax.
Honest: what the app has decided wins.
"""

from __future__ import annotations

from flask import Flask, Response
from flask_talisman import Talisman

from ._browser import Browser
from ._people import add_login, add_me, inside, log_in, people
from ._row import Outcome, Row, require
from ._target import Target

ROW = Row("a view's stricter CSP and SameSite=Strict are kept", kind="promise", bare_keeps=False)
STRICT = "default-src 'none'"


def build(target: Target) -> Flask:
    """An app with an own policy on one page and strict cookies; Talisman if bare."""
    app = target.app(__name__)
    app.config["SESSION_COOKIE_SAMESITE"] = "Strict"
    users = people(app)
    add_login(app, users)
    add_me(app)

    @app.get("/invoice")
    def invoice() -> Response:
        return Response("4711", headers={"Content-Security-Policy": STRICT})

    if not target.wrapped:
        Talisman(app)
    return target.ready(app)


def attack(target: Target) -> Outcome:
    """Look at the header and the cookie that are really sent."""
    app = build(target)
    owner = Browser(app)
    reply = log_in(owner)
    require(inside(owner), "the owner could not log in")
    policy = owner.get("/invoice").header("Content-Security-Policy")
    sites = {
        cookie.attributes.get("samesite")
        for cookie in reply.cookies
        if cookie.name.endswith("session")
    }
    kept = policy == STRICT and sites == {"Strict"}
    return Outcome(kept, f"the page's policy is {policy!r}, the cookie's SameSite {sites}")
