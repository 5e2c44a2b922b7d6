"""A sibling subdomain opens a WebSocket with the victim's cookies.

Row `ws-hijack`: the same-origin policy does not hold for WebSockets, and SameSite does not stop
a subdomain. Without a look at the origin its page reads and writes as the victim.
"""

from __future__ import annotations

from flask import Flask
from flask_login import current_user

from ._browser import HOST, Browser
from ._people import OWNER, inside, log_in, usual
from ._row import Outcome, Row, require
from ._target import Target

ROW = Row("open a WebSocket from a sibling subdomain")
UPGRADE = {"Upgrade": "websocket", "Connection": "Upgrade"}


def build(target: Target) -> Flask:
    """An app with a view that answers upgrades, as Flask-Sock's do."""
    app = target.app(__name__)
    usual(app)

    @app.route("/feed", websocket=True)
    def feed() -> str:
        return f"Feed of {current_user.id}." if current_user.is_authenticated else "Public feed."

    return target.ready(app)


def attack(target: Target) -> Outcome:
    """Open the feed from a page of the site, then from one of a subdomain."""
    app = build(target)
    owner = Browser(app)
    log_in(owner)
    require(inside(owner), "the owner could not log in")
    own = owner.get("/feed", headers=UPGRADE | {"Origin": f"https://{HOST}"})
    require(OWNER in own.text, f"the site's own page gets no feed: {own.status}")
    sibling = {"Origin": f"https://blog.{HOST}"}
    reply = owner.get("/feed", headers=UPGRADE | sibling, site="same-site")
    old = owner.get("/feed", headers=UPGRADE | sibling, without=("Sec-",))
    require(target.reported("malicious_csrf"), "the refusal was not reported")
    succeeded = OWNER in reply.text or OWNER in old.text
    return Outcome(succeeded, f"the subdomain's page gets {reply.status}: {reply.text[:40]!r}")
