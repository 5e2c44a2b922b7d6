"""DEBUG was left on in production.

Row `debug-live`: Flask-Talisman redirects nobody to https while ``app.debug`` is on, and sends no
HSTS. With ours the exemption holds for the developer's own machine only.
"""

from __future__ import annotations

from flask import Flask
from flask_talisman import Talisman

from ._browser import Browser
from ._people import OWNER, PASSWORD, Tally, add_login, add_me, inside, log_in, people
from ._row import Outcome, Row, require
from ._target import Target

ROW = Row("DEBUG left on in production switches https off for everybody")


def build(target: Target, tally: Tally) -> Flask:
    """An app in debug mode, with Flask-Talisman if bare, with ours if wrapped."""
    app = target.app(__name__)
    app.debug = True
    users = people(app)
    add_login(app, users, tally)
    add_me(app)
    if not target.wrapped:
        Talisman(app)
    return target.ready(app)


def attack(target: Target) -> Outcome:
    """Use the app over http from a public address; a developer does so at home."""
    tally = Tally(target.folder)
    app = build(target, tally)
    victim = Browser(app)
    page = victim.get("/login", scheme="http", site="none")
    form = victim.post("/login", {"username": OWNER, "password": PASSWORD}, scheme="http")
    used = page.status == 200 or int(tally) > 0
    developer = Browser(app, address="127.0.0.1", host="localhost:5000")
    own = developer.get("/login", scheme="http", site="none")
    require(own.status == 200, f"the developer's own browser is answered {own.status}")
    owner = Browser(app)
    log_in(owner)
    require(inside(owner), "the owner could not log in over https")
    return Outcome(used, f"http GET answers {page.status}, http login {form.status}")
