"""Basic credentials that the browser remembers ride on an exemption for programs.

Row `csrf-basic`: an app asks for a token in its forms, and lets requests with an
``Authorization`` header off, since "that is the API". Browsers send Basic credentials by
themselves once they have them, to forms of other sites too.
"""

from __future__ import annotations

import base64

from flask import Flask, abort, request, session
from flask_login import current_user, login_required

from ._browser import Browser
from ._people import OWNER, PASSWORD, people
from ._row import Outcome, Row, require
from ._target import Target

ROW = Row("cached Basic credentials pass an exemption for API tokens")
TOKEN = "a program's own token"
BASIC = {"Authorization": "Basic " + base64.b64encode(f"{OWNER}:{PASSWORD}".encode()).decode()}
BEARER = {"Authorization": f"Bearer {TOKEN}"}


def build(target: Target) -> Flask:
    """An app with a form token of its own, an API, and both kinds of credentials."""
    app = target.app(__name__)
    users = people(app)

    @app.login_manager.request_loader  # type: ignore[attr-defined]  # set by Flask-Login
    def load(_request: object) -> object:
        sent = request.authorization
        if sent is not None and sent.type == "basic":
            user = users.get(sent.username or "")
            return user if user is not None and user.knows(sent.password or "") else None
        return users[OWNER] if sent is not None and sent.token == TOKEN else None

    @app.before_request
    def check_token() -> None:
        if request.method == "POST" and "Authorization" not in request.headers:
            token = session.get("token")
            if token is None or request.form.get("token") != token:
                abort(400)

    @app.post("/pay")
    @login_required
    def pay() -> str:
        return f"{current_user.id} paid {request.form['amount']}."

    return target.ready(app)


def attack(target: Target) -> Outcome:
    """Post a payment from another site while the browser remembers Basic credentials."""
    app = build(target)
    owner = Browser(app)
    form = {"amount": "1000"}
    reply = owner.post("/pay", form, site="cross-site", headers=BASIC)
    old = owner.post("/pay", form, site="cross-site", headers=BASIC, without=("Sec-Fetch-",))
    require(owner.post("/pay", form, headers=BASIC).status == 200, "the own page was refused")
    page = owner.post("/pay", form, site="cross-site", headers=BEARER)
    require(page.status == 200, "a page elsewhere with a bearer token was refused")
    program = Browser(app, scripted=True)
    require(program.post("/pay", form, headers=BASIC).status == 200, "a program was refused")
    require(target.reported("malicious_csrf", "authorization"), "the refusal was not reported")
    paid = [found.status for found in (reply, old)]
    if 200 in paid:
        return Outcome(True, f"another site's form: {reply.text or old.text}")
    return Outcome(False, f"another site's forms were answered {paid}")
