"""A content policy is tried out before it blocks anything.

Row `csp-rollout`: Flask-Talisman refuses to report only without an outside address to report to.
Wrapped, every page is sent with such a policy, and the browser's report is there to be read.
"""

from __future__ import annotations

import json
import re

from flask import Flask
from flask_talisman import Talisman

from ._browser import HOST, Browser, Call, in_process
from ._people import add_login, add_me, inside, log_in, people
from ._row import Outcome, Row, require
from ._target import Target

ROW = Row("a content policy is tried out without a service to report to", "promise", False)
WIDGET = "https://widgets.example"


def build(target: Target) -> Flask:
    """An app whose home page loads a script from elsewhere."""
    app = target.app(__name__)
    users = people(app)
    add_login(app, users)
    add_me(app)

    @app.get("/")
    def home() -> str:
        return f'<!doctype html><script src="{WIDGET}/w.js"></script>'

    return target.ready(app)


def attack(target: Target) -> Outcome:
    """Look at the home page as a browser does, and report what its policy would have blocked."""
    app = build(target)
    if not target.wrapped:
        try:
            Talisman(app, content_security_policy_report_only=True)
        except ValueError as error:
            return Outcome(False, f"Flask-Talisman: {error}")
    owner = Browser(app)
    page = owner.get("/")
    policy = page.header("Content-Security-Policy-Report-Only") or ""
    where = re.search(r"report-uri (\S+?)(?:;|$)", policy)
    if where is None or page.header("Content-Security-Policy") is not None:
        return Outcome(False, f"the policy that is sent is {policy!r}")
    report = {"effective-directive": "script-src", "blocked-uri": f"{WIDGET}/w.js"}
    kind = {"Content-Type": "application/csp-report"}
    body = json.dumps({"csp-report": report}).encode()
    call = Call("POST", where.group(1), "", kind, body, "https", HOST, owner.address)
    status = in_process(app)(call).status
    require(target.reported("malicious_csp_violation", WIDGET), "no event tells of the report")
    log_in(owner)
    require(inside(owner), "the owner could not log in")
    printed = _printed(app)
    kept = status == 204 and WIDGET in printed
    return Outcome(kept, f"the report is answered {status}; printed: {WIDGET in printed}")


def _printed(app: Flask) -> str:
    from hardening.cli import group

    return app.test_cli_runner().invoke(group, ["csp"]).output
