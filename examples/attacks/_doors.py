"""Ways to try a password that no login page shows, and a count of the answers."""

from __future__ import annotations

import base64
from collections.abc import Callable

from flask import Flask, request
from flask.typing import ResponseReturnValue
from flask_login import login_user

from ._browser import Browser, Reply
from ._people import LOGIN_FORM, Person

Find = Callable[[str], Person | None]


def add_lax_login(app: Flask, users: dict[str, Person], find: Find | None = None) -> None:
    """Give `app` a login view that reads its fields from wherever they are, by any method."""
    find = find or users.get

    @app.route("/login", methods=["GET", "POST", "PUT"])
    def login() -> ResponseReturnValue:
        name, password = request.values.get("username"), request.values.get("password")
        if not name or not password:
            return LOGIN_FORM
        user = find(name)
        if user is None or not user.knows(password):
            return "Wrong user name or password.", 401
        login_user(user)
        return "Welcome."


def basic(name: str, password: str) -> dict[str, str]:
    """Return the header of HTTP Basic."""
    token = base64.b64encode(f"{name}:{password}".encode()).decode()
    return {"Authorization": f"Basic {token}"}


def answered(ask: Callable[[int], Reply], times: int) -> int:
    """Return how many of `times` guesses got another answer than "too many"."""
    return sum(ask(number).status != 429 for number in range(times))


def spread(app: Flask, number: int) -> Browser:
    """Return a guessing program that comes from an address of its own."""
    return Browser(
        app, address=f"198.51.100.{number % 250 + 1}", scripted=True, keeps_cookies=False
    )
