"""TLS ends at a proxy that nobody declared.

Row `proxy-undeclared`: nginx on the same machine talks http to the app. Forced https there is
an endless redirect, refused forms, and one address for everybody. Honest: the wrapped app
must simply work, count by the client's address and name the setting.
"""

from __future__ import annotations

from dataclasses import replace

from flask import Flask
from flask_talisman import Talisman

from ._browser import Browser
from ._guessing import guess
from ._people import Tally, add_login, add_me, inside, log_in, people
from ._row import Outcome, Row, require
from ._target import Target

ROW = Row("TLS ends at a proxy nobody declared: the app works", kind="promise", bare_keeps=False)
PEERS = ("127.0.0.1", "10.1.2.3", "::1", "fd00::7")


def build(target: Target, tally: Tally) -> Flask:
    """An app with Flask-Talisman if bare, with ours if wrapped."""
    app = target.app(__name__)
    users = people(app)
    add_login(app, users, tally)
    add_me(app)
    if not target.wrapped:
        Talisman(app)
    return target.ready(app)


def attack(target: Target) -> Outcome:
    """Log in through proxies that send all of the headers, or only the client's address."""
    tally = Tally(target.folder)
    app = build(target, tally)
    broken = []
    for number, peer in enumerate(PEERS):
        client = f"203.0.113.{number + 10}"
        for headers in (
            {"X-Forwarded-Proto": "https", "X-Forwarded-For": client},
            {"X-Forwarded-For": client},
        ):
            if not _works(app, peer, headers):
                broken.append(f"{peer} sending {', '.join(headers)}")
    if broken:
        return Outcome(False, f"nobody can log in behind {broken[0]} and {len(broken) - 1} others")
    require(target.reported("proxy_undeclared", "trusted_proxies"), "no event names the setting")
    before = int(tally)
    for number in range(40):
        _guess_behind(app, "198.51.100.66", f"nobody{number}")
    _guess_behind(app, "198.51.100.66", "mallory")
    require(int(tally) == before, "the client's address was not counted behind the proxy")
    _guess_behind(app, "198.51.100.67", "mallory")
    require(int(tally) == before + 1, "another client behind the proxy was refused as well")
    return Outcome(True, f"login works behind {len(PEERS)} kinds of peers, limits by the client")


def _works(app: Flask, peer: str, headers: dict[str, str]) -> bool:
    user = _Behind(app, address=peer, forwarded=headers)
    if user.get("/login").status != 200:
        return False
    log_in(user)
    return inside(user)


def _guess_behind(app: Flask, client: str, name: str) -> None:
    headers = {"X-Forwarded-Proto": "https", "X-Forwarded-For": client}
    guess(_Behind(app, address="127.0.0.1", forwarded=headers, keeps_cookies=False), name)


class _Behind(Browser):
    """A browser that reaches the app through a proxy, which talks http to it."""

    def __init__(self, app: Flask, *, forwarded: dict[str, str], **options: object) -> None:
        super().__init__(app, **options)  # type: ignore[arg-type]  # Browser checks its options
        through = self.site
        # The proxy, not the browser, writes these headers and drops the TLS.
        self.site = lambda call: through(
            replace(call, scheme="http", headers={**call.headers, **forwarded})
        )
