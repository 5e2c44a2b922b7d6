"""The wrapper is taken out again after it has upgraded password hashes.

Row `rollback`: Werkzeug raises for an Argon2 hash, so an app that goes back to its own function
answers 500 at every login. docs/leaving.md has a verifier to paste; it is taken from there. Honest:
nothing is attacked.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

from flask import Flask, redirect, request
from flask.typing import ResponseReturnValue
from flask_login import login_user

from ._browser import CAFE, Browser
from ._people import LOGIN_FORM, OWNER, WRONG, Person, add_me, inside, log_in, people
from ._people import add_login as add_own_login
from ._row import Outcome, Row, require
from ._target import Target

ROW = Row("everybody gets in after the wrapper was removed again", kind="promise")
PAGE = Path(__file__).parents[2] / "docs" / "leaving.md"
DORMANT = "dora"
# Cheap: the row is about the format.
COST = {"time_cost": 1, "memory_cost": 8, "parallelism": 1}


def build(target: Target) -> tuple[Flask, dict[str, Person]]:
    """Return an app with two users; one of them will not come before the wrapper is removed."""
    app = target.app(__name__)
    users = people(app, [DORMANT])
    add_own_login(app, users)
    add_me(app)
    return target.ready(app), users


def without(users: dict[str, Person], check: Callable[[str, str], bool]) -> Flask:
    """Return the app as it is after the removal, on the same users."""
    app = Flask(__name__)
    app.secret_key = "of the app that is left, long enough"
    mine = people(app, [DORMANT])
    for name, user in users.items():
        mine[name].password_hash = user.password_hash

    @app.route("/login", methods=["GET", "POST"])
    def login() -> ResponseReturnValue:
        if request.method == "GET":
            return LOGIN_FORM
        user = mine.get(request.form["username"])
        if user is None or not check(user.password_hash, request.form["password"]):
            return "Wrong user name or password.", 401
        login_user(user)
        return redirect("/me")

    add_me(app)
    return app


def attack(target: Target) -> Outcome:
    """Upgrade at a login and in bulk, remove the wrapper, and log both users in."""
    app, users = build(target)
    browser = Browser(app)
    log_in(browser)
    require(inside(browser), "the owner cannot log in")
    if target.wrapped:
        require(users[OWNER].password_hash.startswith("$argon2id$"), "nothing was upgraded")
        users[DORMANT].password_hash = _wrapped(users[DORMANT].password_hash)
    left = without(users, _pasted())
    kept = []
    for name in (OWNER, DORMANT):
        browser, other = Browser(left, address=CAFE), Browser(left)
        log_in(browser, name)
        log_in(other, name, WRONG)
        require(not inside(other), f"a wrong password logs {name} in after the removal")
        if inside(browser):
            kept.append(name)
    return Outcome(
        len(kept) == 2,
        f"without the wrapper, with the verifier of docs/leaving.md: {' and '.join(kept)} get in",
    )


def _pasted() -> Callable[[str, str], bool]:
    """Return the page's verifier."""
    code = re.findall(r"```python\n(.*?)```", PAGE.read_text(), re.DOTALL)[0]
    names: dict[str, Callable[[str, str], bool]] = {}
    exec(code, names)  # our own page, which is what is tried
    return names["check_password_hash"]


def _wrapped(stored: str) -> str:
    """Return Werkzeug's `stored` as the bulk upgrade leaves it."""
    from argon2 import PasswordHasher

    parameters, _, digest = stored.rpartition("$")
    outer = PasswordHasher(**COST).hash(bytes.fromhex(digest))
    return f"$hardening-wrap$v=1$pbkdf2${parameters}{outer}"
