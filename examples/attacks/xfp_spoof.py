"""``X-Forwarded-Proto: https`` from anybody switches the redirect to https off.

Row `xfp-spoof`: Flask-Talisman believes the header, from whomever it comes.
"""

from __future__ import annotations

from flask import Flask
from flask_talisman import Talisman

from ._browser import Browser
from ._people import OWNER, PASSWORD, Tally, add_login, add_me, inside, log_in, people
from ._row import Outcome, Row, require
from ._target import Target

ROW = Row("X-Forwarded-Proto: https from any client skips the redirect")


def build(target: Target, tally: Tally) -> Flask:
    """An app with Flask-Talisman if bare, with ours if wrapped."""
    app = target.app(__name__)
    users = people(app)
    add_login(app, users, tally)
    add_me(app)
    if not target.wrapped:
        Talisman(app)
    return target.ready(app)


def attack(target: Target) -> Outcome:
    """Use the app over http with the header, from a public address."""
    tally = Tally(target.folder)
    app = build(target, tally)
    lie = {"X-Forwarded-Proto": "https"}
    client = Browser(app)
    without = client.get("/login", scheme="http").status
    require(without != 200, "plain http is served even without the header")
    page = client.get("/login", scheme="http", headers=lie)
    client.post("/login", {"username": OWNER, "password": PASSWORD}, scheme="http", headers=lie)
    owner = Browser(app)
    log_in(owner)
    require(inside(owner), "the owner could not log in over https")
    checked = int(tally) - 1
    text = f"http GET answers {page.status}, {checked} login over http was let through"
    return Outcome(page.status == 200 or checked > 0, text)
