"""Forged reports make the proposed content policy allow the attacker's host.

Row `csp-poison`: anybody can send reports. A collector put together by hand proposes every origin
that was reported; ours only those that the app's own pages load.
"""

from __future__ import annotations

import json

from flask import Flask, request
from flask.typing import ResponseReturnValue

from ._browser import EVIL, HOST, OFFICE, Browser, Call, in_process
from ._people import add_login, add_me, inside, log_in, people
from ._row import Outcome, Row, require
from ._target import Target

ROW = Row("forged reports get the attacker's host into the proposed policy")
CDN = "https://cdn.example"
BY_HAND, OURS = "/csp-report", "/.well-known/hardening/csp-report"


def build(target: Target, reported: set[str]) -> Flask:
    """An app that loads a script from elsewhere; with a collector made by hand if bare."""
    app = target.app(__name__)
    users = people(app)
    add_login(app, users)
    add_me(app)

    @app.get("/")
    def home() -> str:
        return f'<!doctype html><script src="{CDN}/lib.js"></script>'

    if not target.wrapped:

        @app.post(BY_HAND)
        def collect() -> ResponseReturnValue:
            report = request.get_json(force=True)["csp-report"]
            reported.add("/".join(report["blocked-uri"].split("/")[:3]))
            return "", 204

    return target.ready(app)


def attack(target: Target) -> Outcome:
    """Report the host that is loaded, as a browser would, and one that is not."""
    reported: set[str] = set()
    app = build(target, reported)
    owner = Browser(app)
    owner.get("/")
    path = OURS if target.wrapped else BY_HAND
    for origin, address in ((CDN, owner.address), (EVIL, OFFICE)):
        report = {"effective-directive": "script-src", "blocked-uri": f"{origin}/lib.js"}
        kind = {"Content-Type": "application/csp-report"}
        body = json.dumps({"csp-report": report}).encode()
        status = in_process(app)(Call("POST", path, "", kind, body, "https", HOST, address)).status
        require(status == 204, f"a report is answered {status}")
    proposed = _proposed(app) if target.wrapped else reported
    require(CDN in proposed, f"what the page loads is not proposed, only {sorted(proposed)}")
    log_in(owner)
    require(inside(owner), "the owner could not log in")
    return Outcome(EVIL in proposed, f"proposed for scripts: {', '.join(sorted(proposed))}")


def _proposed(app: Flask) -> set[str]:
    from hardening.cli import group

    printed = app.test_cli_runner().invoke(group, ["csp", "--format", "json"]).output
    return set(json.loads(printed)["added"]["script-src"])
