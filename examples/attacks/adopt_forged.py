"""An old-style cookie is forged, for a migration window to adopt it.

Row `adopt-forged`: an app that lets logins from before the wrap in believes cookies that have no
record, and whoever has the key can write those. So it does so only until a day that the policy
names, never with a weak key, and never on a store that was just made.
"""

from __future__ import annotations

import hmac
import secrets
from datetime import UTC, datetime, timedelta
from hashlib import sha512

from flask import Flask
from flask.sessions import SecureCookieSessionInterface

from ._browser import Browser
from ._clock import DAY_S, HOUR_S, moving
from ._people import OWNER, inside, log_in, usual
from ._row import Outcome, Row, require
from ._target import Target

ROW = Row("forge an old-style cookie and have it adopted")
DOCS_KEY = "super secret string"  # the Flask-Login README's own
STRONG_KEY = secrets.token_urlsafe(48)  # leaked: the forger has it too


def build(target: Target, key: str, days: int | None) -> Flask:
    """An app whose migration window ends `days` from now; None: it has none."""
    until = datetime.now(UTC) + timedelta(days=days or 0)
    window = {} if days is None else {"adopt_until": until.date().isoformat()}
    app = target.app(f"{__name__}{days}{len(key)}", key=key, **window)
    usual(app)
    return target.ready(app)


def attack(target: Target) -> Outcome:
    """Forge where there is no window, where the key is weak, on a fresh store, and too late."""
    won = []
    with moving() as clock:
        weak = build(target, DOCS_KEY, 2)
        late = build(target, STRONG_KEY, 1)
        for app in (weak, late):
            Browser(app).get("/login")
            inside(forger(app))  # makes the store, so that it is old later on
        won += _try(build(target, STRONG_KEY, None), "without a window")
        won += _try(build(target, STRONG_KEY, 2), "on a fresh store")
        clock(2 * HOUR_S)
        won += _try(weak, "with a weak key")
        clock(2 * DAY_S)
        won += _try(late, "after the window")
        owner = Browser(late)
        log_in(owner)
        require(inside(owner), "the owner cannot log in anew")
    return Outcome(bool(won), f"forged cookies were believed: {', '.join(won) or 'nowhere'}")


def forger(app: Flask, *, remember: bool = False) -> Browser:
    """Return a browser with the owner's cookie, written with the app's own key."""
    key = str(app.secret_key)
    if remember:
        mac = hmac.new(key.encode(), OWNER.encode(), sha512).hexdigest()
        pair = f"remember_token={OWNER}|{mac}; Path=/"
    else:
        other = Flask("forger")
        other.secret_key = key
        serializer = SecureCookieSessionInterface().get_signing_serializer(other)
        assert serializer is not None
        pair = f"session={serializer.dumps({'_user_id': OWNER, '_fresh': True})}; Path=/"
    browser = Browser(app)
    browser.jar.accept(pair, scheme="https")
    return browser


def _try(app: Flask, where: str) -> list[str]:
    kinds = {"session": False, "remember token": True}
    return [
        f"{kind} {where}"
        for kind, remember in kinds.items()
        if inside(forger(app, remember=remember))
    ]
