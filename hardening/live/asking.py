"""Asks the app as browsers do, by its own test client: nothing leaves this process.

Only GET is sent, to the start page, to pages for logging in, to an address that does not exist and
to two pages of the audit's own, one of which puts something into the session.
"""

from __future__ import annotations

import re
import secrets
from typing import Any

from flask import Flask, session
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from hardening.live.cookies import cookies_of
from hardening.logins.words import kinds_of

# What protects a page; others are not told.
_HEADERS = (
    "strict-transport-security", "content-security-policy", "content-security-policy-report-only",
    "x-content-type-options", "x-frame-options", "referrer-policy", "permissions-policy",
    "cross-origin-opener-policy", "cache-control",
)  # fmt: skip
_NONCE = re.compile("'nonce-[^']*'")  # of one answer, and so different in every run
_BROWSER = "Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0"
_PEER = "203.0.113.7"  # TEST-NET-3 (RFC 5737): no loopback peer, which is spared much
_HOST = "app.example"  # a name that is nobody's (RFC 2606)


class Visitor:
    """Asks one app.

    Args:
        app: the loaded app, before its first request.
    """

    def __init__(self, app: Flask) -> None:
        self.app = app
        self.host = _host(app)
        token = secrets.token_hex(8)
        self.own = f"/flask-hardening-{token}"
        """A page of the audit's own, which keeps a session."""
        self.who = f"/flask-hardening-{token}-who"
        """Another one, which says whether the visitor is logged in."""
        app.add_url_rule(self.own, f"flask_hardening_{token}", _keep)
        app.add_url_rule(self.who, f"flask_hardening_{token}_who", _who)

    def client(self) -> FlaskClient:
        """Return a browser without cookies."""
        return self.app.test_client()

    def get(self, client: FlaskClient, path: str, scheme: str = "https") -> TestResponse:
        """Return the answer to a GET; raises what the app raises."""
        return client.get(path, **self.sent(scheme))

    def sent(self, scheme: str = "https") -> dict[str, Any]:
        """Return what a browser sends with each request."""
        return {
            "base_url": f"{scheme}://{self.host}/",
            "headers": {"User-Agent": _BROWSER, "Accept": "text/html,*/*;q=0.8"},
            "environ_base": {"REMOTE_ADDR": _PEER},
        }

    def answers(self) -> list[dict[str, Any]]:
        """Return what the app answers, in the order in which it was asked."""
        pages = self.login_pages()
        asked = [("own", self.own, "https"), ("own", self.own, "http")]
        asked += [("login", path, scheme) for path in pages for scheme in ("https", "http")]
        if self._path_of("/") is not None:
            asked += [("start", "/", "https"), ("start", "/", "http")]
        asked.append(("missing", f"/missing-{secrets.token_hex(8)}", "https"))
        return [self._answer(*each) for each in asked]

    def login_pages(self) -> list[str]:
        """Return the addresses of pages for logging in that have no arguments."""
        manager = getattr(self.app, "login_manager", None)
        told = [getattr(manager, "login_view", None)]
        told += dict(getattr(manager, "blueprint_login_views", {})).values()
        found = {self._path_of(view) for view in told if isinstance(view, str)}
        if not found - {None}:
            endpoints = sorted(rule.endpoint for rule in self.app.url_map.iter_rules())
            found = {self._path_of(end) for end in endpoints if "login" in kinds_of(end)[:1]}
        return sorted(path for path in found if path is not None)[:3]

    def _path_of(self, view: str) -> str | None:
        """Return the path of an endpoint, or of a path, that answers GET without arguments."""
        for rule in self.app.url_map.iter_rules():
            answers = "GET" in (rule.methods or ()) and not rule.arguments
            if answers and view in (rule.endpoint, rule.rule):
                return str(rule.rule)
        return None

    def _answer(self, what: str, path: str, scheme: str) -> dict[str, Any]:
        row: dict[str, Any] = {"what": what, "scheme": scheme}
        row["path"] = path if what in ("login", "start") else None
        try:
            response = self.get(self.client(), path, scheme)
        except Exception as error:  # noqa: BLE001  # in debug mode, the app's own come through
            return {**row, "status": 500, "raised": type(error).__name__}
        return {**row, **read(self.app, response)}


def read(app: Flask, response: TestResponse) -> dict[str, Any]:
    """Return what of a response matters."""
    location = response.headers.get("Location", "")
    return {
        "status": response.status_code,
        "to_https": location.startswith("https://"),
        "html": response.mimetype == "text/html",
        "headers": {
            name: _NONCE.sub("'nonce-...'", str(response.headers[name])[:500])
            for name in _HEADERS
            if name in response.headers
        },
        "cookies": cookies_of(app, response),
    }


def _keep() -> str:
    session["_flask_hardening"] = 1
    return "kept"


def _who() -> str:
    from flask_login import current_user

    return "in" if getattr(current_user, "is_authenticated", False) else "out"


def _host(app: Flask) -> str:
    """Return a name that the app answers to."""
    hardening = app.extensions.get("hardening")
    wrapped = app.extensions.get("hardening.wrapped")
    policy = wrapped.context.policy if hardening is not None and wrapped is not None else None
    hosts = [app.config.get("SERVER_NAME")]
    hosts += [*(getattr(policy, "trusted_hosts", None) or ())]
    hosts += [*(app.config.get("TRUSTED_HOSTS") or ())]
    named = next((host for host in hosts if isinstance(host, str) and host), _HOST)
    return named.removeprefix("*").removeprefix(".")
