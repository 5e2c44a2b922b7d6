"""Control characters in a name or a User-Agent write lines of their own into the log.

Row `log-inject`: a failed login is logged with what was typed, so a line break makes a second line
that says what the attacker likes, and an escape sequence rewrites the terminal of whoever reads it.
Wrapped, failures are events: one JSON line each, names hashed.
"""

from __future__ import annotations

import io
import logging

from flask import Flask, redirect, request
from flask.typing import ResponseReturnValue
from flask_login import login_user

from ._browser import FIREFOX, Browser
from ._people import OWNER, WRONG, add_me, inside, log_in, people
from ._row import Outcome, Row, require
from ._target import EVENT_LOGGER, Target

ROW = Row("control characters in a name or User-Agent forge lines of the log")
CLEAR = "\x1b[2J"
FORGED = "INFO login of admin from 127.0.0.1"


def build(target: Target, log: logging.Handler) -> Flask:
    """An app that logs failed logins by hand if bare, and leaves it to the wrapper otherwise."""
    app = target.app(__name__)
    users = people(app)
    add_me(app)
    logger = logging.getLogger(EVENT_LOGGER if target.wrapped else __name__)
    logger.addHandler(log)
    logger.setLevel(logging.INFO)

    @app.route("/login", methods=["GET", "POST"])
    def login() -> ResponseReturnValue:
        name = request.form.get("username", "")
        user = users.get(name)
        if user is None or not user.knows(request.form["password"]):
            if not target.wrapped:
                logger.warning("failed login for %s with %s", name, request.user_agent)
            return "Wrong user name or password.", 401
        login_user(user)
        return redirect("/me")

    return target.ready(app)


def attack(target: Target) -> Outcome:
    """Fail to log in under a name with a line break, with a browser that clears the screen."""
    log = logging.StreamHandler(io.StringIO())
    log.setFormatter(logging.Formatter("%(levelname)s %(message)s"))
    app = build(target, log)
    try:
        agent = FIREFOX + CLEAR
        mallory = Browser(app, agent=agent)
        log_in(mallory, f"{OWNER}\n{FORGED}", WRONG)
        owner = Browser(app, agent=agent)
        log_in(owner)
        require(inside(owner), "the owner could not log in")
        shown = _listed(app) if target.wrapped else ""
    finally:
        for name in (EVENT_LOGGER, __name__):
            logging.getLogger(name).removeHandler(log)
    text = log.stream.getvalue()
    require("authn_login_fail" in text or not target.wrapped, "the failure was not logged")
    forged = any(line.startswith(FORGED) for line in text.splitlines())
    raw = [char for char in text + shown if not char.isprintable() and char != "\n"]
    return Outcome(
        forged or bool(raw), f"forged line: {forged}; control characters in the log: {len(raw)}"
    )


def _listed(app: Flask) -> str:
    from hardening.cli import group

    printed = app.test_cli_runner().invoke(group, ["sessions", OWNER]).output
    require("since" in printed, f"the owner's session is not listed: {printed}")
    return printed
