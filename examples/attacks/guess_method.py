"""Guessing where no limiter looks: by GET, by PUT, by HTTP Basic, in a "current password" form.

Row `guess-method`: limits stand on POST to the login page. Every other check of the same password
is a way around them.
"""

from __future__ import annotations

from flask import Flask, request
from flask.typing import ResponseReturnValue
from flask_login import current_user, login_required

from ._browser import Browser, Reply
from ._doors import add_lax_login, answered, basic, spread
from ._guessing import by_hand
from ._people import OWNER, PASSWORD, WRONG, add_me, inside, log_in, people
from ._row import Outcome, Row, require
from ._target import Target

ROW = Row("guesses by GET, PUT, HTTP Basic, and in a 'current password' form")
EACH, ALLOWED = 12, 15  # ten free ones through all doors together, then growing pauses
OWN_DEVICE = 5  # more, for whoever sits in the owner's open session


def build(target: Target) -> Flask:
    """An app that, bare, limits POST to its login."""
    app = target.app(__name__)
    users = people(app)
    add_lax_login(app, users)
    add_me(app)

    @app.get("/feed")
    def feed() -> ResponseReturnValue:
        sent = request.authorization
        user = users.get(sent.username or "") if sent else None
        if sent is None or user is None or not user.knows(sent.password or ""):
            return "Who are you?", 401
        return "News."

    @app.post("/account/email")
    @login_required
    def email() -> str:
        ok = current_user.knows(request.form["current_password"])
        return "Changed." if ok else "This is not your password."

    if not target.wrapped:
        login = app.view_functions["login"]
        app.view_functions["login"] = by_hand(app).limit("5/minute", methods=["POST"])(login)
    return target.ready(app)


def attack(target: Target) -> Outcome:
    """Guess a dozen times at each door."""
    app = build(target)
    owner = Browser(app)
    log_in(owner)
    require(inside(owner), "the owner could not log in before the attack")

    def by_query(method: str, number: int) -> Reply:
        query = {"username": OWNER, "password": f"{WRONG} {number}"}
        return spread(app, number).ask(method, "/login", query=query)

    def by_header(number: int) -> Reply:
        return spread(app, number).get("/feed", headers=basic(OWNER, f"{WRONG} {number}"))

    def by_session(number: int) -> Reply:
        return owner.post("/account/email", {"current_password": f"{WRONG} {number}"})

    counts = {
        "GET": answered(lambda number: by_query("GET", number), EACH),
        "PUT": answered(lambda number: by_query("PUT", number), EACH),
        "Basic": answered(by_header, EACH),
        "an open session": answered(by_session, EACH),
    }
    again = Browser(app, address="192.0.2.99")
    again.jar = owner.jar
    log_in(again, password=PASSWORD)
    text = ", ".join(f"{count} by {door}" for door, count in counts.items())
    allowed = ALLOWED + OWN_DEVICE
    return Outcome(sum(counts.values()) > allowed, f"of {EACH} guesses each, checked: {text}")
