"""The secret key is rotated, and everybody who was only remembered is logged out.

Row `key-rotation`: Flask reads ``SECRET_KEY_FALLBACKS`` for its sessions, Flask-Login does not for
its remember cookies. People who fear that do not rotate keys.
"""

from __future__ import annotations

import secrets

from flask import Flask

from ._browser import CAFE, PHONE, Browser
from ._people import close, inside, log_in, usual
from ._row import Outcome, Row, require
from ._target import Target

ROW = Row("rotating SECRET_KEY logs nobody out", kind="promise", bare_keeps=False)


def build(target: Target) -> Flask:
    """An app with remember-me."""
    app = target.app(__name__)
    usual(app)
    return target.ready(app)


def attack(target: Target) -> Outcome:
    """Rotate twice, as Flask's documentation says, with a session and a remembered browser."""
    app = build(target)
    owner, phone = Browser(app), Browser(app, agent=PHONE, address=CAFE)
    log_in(owner)
    log_in(phone, remember="on")
    require(inside(owner) and inside(phone), "the owner could not log in on two devices")
    kept = True
    for _ in range(2):
        older = app.config.get("SECRET_KEY_FALLBACKS") or []
        app.config["SECRET_KEY_FALLBACKS"] = [app.secret_key, *older]
        app.secret_key = secrets.token_urlsafe(48)
        kept = kept and inside(owner) and inside(close(phone))
    if not kept:
        return Outcome(False, "the remembered browser is logged out")
    if target.wrapped:
        app.config["SECRET_KEY_FALLBACKS"] = []
        require(not inside(owner), "a session of a key that was taken away lives on")
    return Outcome(True, "session and remembered browser stay in over two rotations")
