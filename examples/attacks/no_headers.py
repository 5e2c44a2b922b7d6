"""No security header at all.

Row `no-headers`: without them a page can be framed, sniffed, downgraded and leaked to other
sites. The list is exact, so that neither more nor less is sent than documented.
"""

from __future__ import annotations

from flask import Flask

from ._browser import Browser
from ._people import add_login, add_me, inside, log_in, people
from ._row import Outcome, Row, require
from ._target import Target

ROW = Row("no HSTS, CSP, nosniff, frame, referrer, permissions, COOP, CORP header")

EXPECTED = {
    # The first step of the ramp, in seconds: 300 s, 1 d, 30 d, then 1 year.
    "Strict-Transport-Security": "max-age=300",
    "Content-Security-Policy-Report-Only": (
        "default-src 'self'; object-src 'none'; base-uri 'none'; frame-ancestors 'self';"
        " form-action 'self'; report-uri /.well-known/hardening/csp-report; report-to hardening"
    ),
    "Reporting-Endpoints": 'hardening="/.well-known/hardening/csp-report"',
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "SAMEORIGIN",
    "Referrer-Policy": "strict-origin-when-cross-origin",
    "Permissions-Policy": "camera=(self), microphone=(self), geolocation=(self)",
    "Cross-Origin-Opener-Policy": "same-origin-allow-popups",
    "Cross-Origin-Resource-Policy": "same-site",
}
# An app sends these by itself.
ORDINARY = {"content-type", "content-length", "set-cookie", "vary", "cache-control", "location"}


def build(target: Target) -> Flask:
    """The smallest app with a page behind a login."""
    app = target.app(__name__)
    users = people(app)
    add_login(app, users)
    add_me(app)
    return target.ready(app)


def attack(target: Target) -> Outcome:
    """List what a page behind the login is sent with."""
    app = build(target)
    owner = Browser(app)
    log_in(owner)
    require(inside(owner), "the owner could not log in")
    reply = owner.get("/me")
    missing = [name for name in EXPECTED if reply.header(name) is None]
    if missing:
        return Outcome(True, f"missing: {', '.join(missing)}")
    for name, value in EXPECTED.items():
        sent = reply.header(name) or ""
        require(_plain(sent) == _plain(value), f"{name} is {sent!r}, documented is {value!r}")
    known = ORDINARY | {name.lower() for name in EXPECTED}
    more = sorted({name for name, _ in reply.headers if name.lower() not in known})
    require(not more, f"headers nobody documented: {more}")
    return Outcome(False, f"all {len(EXPECTED)} headers are sent, with the documented values")


def _plain(value: str) -> list[str]:
    return sorted(part.strip() for part in value.replace(",", ";").split(";") if part.strip())
