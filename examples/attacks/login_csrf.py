"""Another site logs the victim in as the attacker.

Row `login-csrf`: a form on another site posts the attacker's name and password. What the
victim then enters lands in the attacker's account. No cookie is needed, so SameSite on the
victim's cookies cannot help.
"""

from __future__ import annotations

from flask import Flask

from ._browser import Browser
from ._people import MALLORY, MALLORYS, add_login, add_me, inside, log_in, people
from ._row import Outcome, Row, require
from ._target import Target

ROW = Row("a cross-site form logs the victim in as the attacker")


def build(target: Target) -> Flask:
    """The smallest app with a login."""
    app = target.app(__name__)
    users = people(app)
    add_login(app, users)
    add_me(app)
    return target.ready(app)


def attack(target: Target) -> Outcome:
    """Post the form from another site, from a new browser and from one without Fetch Metadata."""
    app = build(target)
    form = {"username": MALLORY, "password": MALLORYS}
    victim, old = Browser(app), Browser(app, address="203.0.113.8")
    replies = [victim.post("/login", form, site="cross-site")]
    # Safari before 16.4 knows Origin, but no Sec-Fetch-* headers.
    replies.append(old.post("/login", form, site="cross-site", without=("Sec-Fetch-",)))
    sibling = Browser(app, address="203.0.113.9")
    replies.append(
        sibling.post(
            "/login",
            form,
            headers={"Sec-Fetch-Site": "same-site", "Origin": "https://blog.shop.example"},
        )
    )
    taken = [name for name, b in (("new", victim), ("old", old), ("sibling", sibling)) if inside(b)]
    owner = Browser(app)
    log_in(owner)
    require(inside(owner), "the site's own form was refused")
    program = Browser(app, scripted=True)
    log_in(program)
    require(inside(program), "a program, which sends no browser headers, was refused")
    statuses = ", ".join(str(reply.status) for reply in replies)
    if taken:
        return Outcome(True, f"logged in as {MALLORY} by another site ({', '.join(taken)})")
    return Outcome(False, f"the cross-site forms were answered {statuses}")
