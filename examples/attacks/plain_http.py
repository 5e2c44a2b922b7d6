"""The app is used over plain http.

Row `plain-http`: whoever shares the network reads passwords and cookies. A wrapped app sends
pages to https; a form that came over http is refused, because its password already went out.
"""

from __future__ import annotations

from flask import Flask

from ._browser import Browser
from ._people import OWNER, PASSWORD, Tally, add_login, add_me, inside, log_in, people
from ._row import Outcome, Row, require
from ._target import Target

ROW = Row("use the app over http")


def build(target: Target, tally: Tally) -> Flask:
    """The smallest app with a login."""
    app = target.app(__name__)
    users = people(app)
    add_login(app, users, tally)
    add_me(app)
    return target.ready(app)


def attack(target: Target) -> Outcome:
    """Ask for the login page and send the form, both over http."""
    tally = Tally(target.folder)
    app = build(target, tally)
    victim = Browser(app)
    page = victim.get("/login", scheme="http", site="none")
    form = victim.post("/login", {"username": OWNER, "password": PASSWORD}, scheme="http")
    used = page.status == 200 or int(tally) > 0
    owner = Browser(app)
    log_in(owner)
    require(inside(owner), "the owner could not log in over https")
    if used:
        return Outcome(True, f"http GET answers {page.status}, http login {form.status}")
    goal = page.header("Location") or ""
    require(page.status in (301, 302, 307, 308), f"an http GET answers {page.status}")
    require(goal == "https://shop.example/login", f"an http GET is sent to {goal!r}")
    require(form.status == 403, f"a form over http is answered {form.status}")
    return Outcome(False, f"http GET is sent to {goal}, the form is refused with {form.status}")
