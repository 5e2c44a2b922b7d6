"""A sibling subdomain plants a session cookie under the name that the app used to have.

Row `toss-old-name`: a cookie of ``shop.example`` can be set by ``blog.shop.example`` too, and one
with a longer path comes first. The victim then works in the attacker's account, or logs in
with a CSRF key that the attacker knows. Nobody can plant a ``__Host-`` cookie, but an app that
goes on reading its old name gains nothing by the new one.
"""

from __future__ import annotations

import secrets

from flask import Flask, session

from ._browser import CAFE, Browser
from ._people import MALLORY, MALLORYS, OWNER, inside, log_in, usual
from ._row import Outcome, Row, require
from ._target import Target

ROW = Row("plant a session cookie from a sibling subdomain")
# What a subdomain can set with Domain=shop.example: browsers keep the byte 0xA0 in front of a name,
# and `str.strip` takes it away.
NAMES = ("session", "__Secure-session", "\xa0__Host-session")


def build(target: Target) -> Flask:
    """An app that keeps a CSRF key in the session as Flask-WTF does."""
    app = target.app(__name__)
    usual(app)

    @app.get("/csrf")
    def csrf() -> str:
        if "csrf_token" not in session:
            session["csrf_token"] = secrets.token_hex()
        return str(session["csrf_token"])

    return target.ready(app)


def attack(target: Target) -> Outcome:
    """Plant Mallory's own session before and after a login, and a session with a known key."""
    app = build(target)
    mallory = Browser(app, address=CAFE)
    key = mallory.get("/csrf").text
    anonymous = value(mallory)
    log_in(mallory, MALLORY, MALLORYS)
    require(inside(mallory), "Mallory could not log in to an own account")
    won = []
    for name in NAMES:
        guest, owner, newcomer = Browser(app), Browser(app), Browser(app)
        if MALLORY in planted(guest, name, value(mallory)):
            won.append(f"a guest works in Mallory's account by {name}")
        log_in(owner)
        require(inside(owner), "the owner could not log in")
        if OWNER not in planted(owner, name, value(mallory)):
            won.append(f"the owner is thrown out of the own account by {name}")
        newcomer.jar.accept(f"{name}={anonymous}; Path=/; Secure", scheme="https")
        log_in(newcomer)
        if name != own_name(newcomer):
            del newcomer.jar.cookies[name]
        require(inside(newcomer), "a newcomer with a planted cookie cannot log in")
        if newcomer.get("/csrf").text == key:
            won.append(f"Mallory knows the CSRF key of a login by {name}")
    return Outcome(bool(won), "; ".join(won) or "planted cookies change nothing")


def own_name(browser: Browser) -> str:
    """Return the name of the session cookie that the app itself set."""
    held = browser.jar.cookies
    return "__Host-session" if "__Host-session" in held else "session"


def value(browser: Browser) -> str:
    """Return the session cookie of a browser."""
    return browser.jar.cookies[own_name(browser)].value


def planted(browser: Browser, name: str, cookie: str) -> str:
    """Return the page behind the login with a planted cookie before the browser's own."""
    own = browser.jar.send(scheme="https")
    both = "; ".join(filter(None, (f"{name}={cookie}", own)))
    return browser.get("/me", headers={"Cookie": both}).text
