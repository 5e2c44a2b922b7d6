"""A reset mail is built from a forged Host header: its link leads to the attacker.

Row `host-reset`: ``url_for(..., _external=True)`` believes the request. What helps is Flask's own
``TRUSTED_HOSTS``, which only the owner can fill in; until then ``flask hardening status`` says so.
"""

from __future__ import annotations

import secrets

from flask import Flask, request, url_for

from ._browser import EVIL, HOST, Browser
from ._people import OWNER, add_login, add_me, inside, log_in, people
from ._row import Outcome, Row, require
from ._target import Target

ROW = Row("a reset mail's link follows a forged Host header (needs TRUSTED_HOSTS)")


def build(target: Target, mails: list[str]) -> Flask:
    """An app that sends reset mails."""
    app = target.app(__name__)
    users = people(app)
    add_login(app, users)
    add_me(app)

    @app.get("/reset/<token>")
    def reset(token: str) -> str:
        return f"New password for {token}?"

    @app.post("/forgot")
    def forgot() -> str:
        if request.form["username"] in users:
            mails.append(url_for("reset", token=secrets.token_urlsafe(), _external=True))
        return "A mail is on its way."

    return target.ready(app)


def attack(target: Target) -> Outcome:
    """Ask for the owner's reset mail under another host."""
    mails: list[str] = []
    app = build(target, mails)
    if target.wrapped:
        advice = _status(app)
        require("follow the request's Host" in advice, f"status says only: {advice}")
        app.config["TRUSTED_HOSTS"] = [HOST]  # the advice, taken
    forger = Browser(app, host=EVIL.removeprefix("https://"), scripted=True)
    forger.post("/forgot", {"username": OWNER})
    forged = [mail for mail in mails if mail.startswith(EVIL)]
    owner = Browser(app)
    owner.post("/forgot", {"username": OWNER})
    require(mails[-1:][0].startswith(f"https://{HOST}/reset/"), "the owner got no mail")
    log_in(owner)
    require(inside(owner), "the owner could not log in")
    return Outcome(bool(forged), f"{len(forged)} mails with a link to {EVIL} were sent")


def _status(app: Flask) -> str:
    from hardening.cli import group

    return app.test_cli_runner().invoke(group, ["status"]).output
