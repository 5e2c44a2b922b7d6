"""A deactivated account keeps its sessions, and comes back by its remember token.

Row `deactivated-user`: Flask-Login asks ``is_active`` at the login only. `UserMixin` hides that by
calling an inactive user not authenticated; user classes of one's own usually do not.
"""

from __future__ import annotations

from flask import Flask, redirect, request
from flask.typing import ResponseReturnValue
from flask_login import LoginManager, login_user
from werkzeug.security import check_password_hash, generate_password_hash

from ._browser import CAFE, Browser
from ._people import CHEAP, MALLORY, OWNER, PASSWORD, add_me, close, inside, log_in
from ._row import Outcome, Row, require
from ._target import Target

ROW = Row("go on with a session or remember token of a deactivated account")


class Account:
    """A user class as Flask-Login's documentation describes it, without its mixin."""

    is_authenticated = True
    is_anonymous = False

    def __init__(self, name: str) -> None:
        self.id = name
        self.is_active = True
        self.password_hash = generate_password_hash(PASSWORD, CHEAP)

    def get_id(self) -> str:
        """Return the user's name."""
        return self.id


def build(target: Target) -> tuple[Flask, dict[str, Account]]:
    """An app with two accounts."""
    app = target.app(__name__)
    accounts = {name: Account(name) for name in (OWNER, MALLORY)}
    LoginManager(app).user_loader(accounts.get)
    add_me(app)

    @app.post("/login")
    def login() -> ResponseReturnValue:
        account = accounts.get(request.form["username"])
        if account and check_password_hash(account.password_hash, request.form["password"]):
            login_user(account, remember="remember" in request.form)
        return redirect("/me")

    return target.ready(app), accounts


def attack(target: Target) -> Outcome:
    """Deactivate Mallory's account while she is in, with a remember cookie for later."""
    app, accounts = build(target)
    owner, mallory = Browser(app), Browser(app, address=CAFE)
    log_in(owner)
    log_in(mallory, MALLORY, PASSWORD, remember="on")
    require(inside(owner) and inside(mallory), "the two could not log in")
    remembered = close(Browser(app, address=CAFE).steal_from(mallory))
    accounts[MALLORY].is_active = False
    tries = {"session": inside(mallory), "remember token": inside(remembered)}
    require(inside(owner), "the active account is out too")
    alive = [name for name, works in tries.items() if works]
    return Outcome(
        bool(alive), f"a deactivated account goes on by: {', '.join(alive) or 'nothing'}"
    )
