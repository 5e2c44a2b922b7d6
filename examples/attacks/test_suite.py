"""An app's own tests keep passing.

Row `test-suite`: Flask-Talisman turns them into redirects. Honest: with ``app.testing`` and
the default test client nothing that tests look at may change.
"""

from __future__ import annotations

from flask import Flask
from flask_login import FlaskLoginClient
from flask_talisman import Talisman

from ._people import OWNER, PASSWORD, WRONG, add_login, add_logout, add_me, people
from ._row import Outcome, Row
from ._target import Target

ROW = Row("an app's own tests stay green", kind="promise", bare_keeps=False)


def build(target: Target) -> Flask:
    """An app with Flask-Talisman if bare, with ours if wrapped, as its tests see it."""
    app = target.app(__name__, key="test")
    app.config["TESTING"] = True
    users = people(app)
    add_login(app, users)
    add_me(app)
    add_logout(app)
    app.extensions["users"] = users
    if not target.wrapped:
        Talisman(app)
    return target.ready(app)


def attack(target: Target) -> Outcome:
    """Run what test suites do: plain http, a weak key, many failures, logins without a form."""
    app = build(target)
    red = [test.__name__ for test in (_form, _failures, _given_user, _session) if not test(app)]
    if red:
        return Outcome(False, f"red: {', '.join(name.strip('_') for name in red)}")
    return Outcome(True, "the form, many failures, FlaskLoginClient and session checks are green")


def _form(app: Flask) -> bool:
    client = app.test_client()
    good = {"username": OWNER, "password": PASSWORD}
    first = client.post("/login", data=good)
    page = client.get("/me")
    out = client.get("/logout")
    after = client.get("/me")
    wanted = [302, 200, 200, 302]
    return [first.status_code, page.status_code, out.status_code, after.status_code] == wanted


def _failures(app: Flask) -> bool:
    client = app.test_client()
    bad = {"username": OWNER, "password": WRONG}
    statuses = {client.post("/login", data=bad).status_code for _ in range(30)}
    return statuses == {401}


def _given_user(app: Flask) -> bool:
    app.test_client_class = FlaskLoginClient
    with app.test_client(user=app.extensions["users"][OWNER]) as client:
        seen = client.get("/me").get_data(as_text=True)
    app.test_client_class = None
    return OWNER in seen


def _session(app: Flask) -> bool:
    with app.test_client() as client:
        client.post("/login", data={"username": OWNER, "password": PASSWORD})
        with client.session_transaction() as session:
            return session.get("_user_id") == OWNER and client.get_cookie("session") is not None
