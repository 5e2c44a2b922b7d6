"""Session and remember cookies travel without protection.

Row `cookie-flags`: by default neither cookie is Secure, has a SameSite attribute or a name
prefix, so a page of plain http, another site or a sibling domain can read, send or plant it.
"""

from __future__ import annotations

from flask import Flask

from ._browser import Browser
from ._people import add_login, add_logout, add_me, inside, log_in, people
from ._row import Outcome, Row, require
from ._target import Target

ROW = Row("session and remember cookies without Secure, SameSite and prefix")


def build(target: Target) -> Flask:
    """The smallest app with remember-me."""
    app = target.app(__name__)
    users = people(app)
    add_login(app, users)
    add_me(app)
    add_logout(app)
    return target.ready(app)


def attack(target: Target) -> Outcome:
    """Look at every Set-Cookie of a login and a logout, then lure the owner to plain http."""
    app = build(target)
    owner = Browser(app)
    replies = [log_in(owner, remember="on")]
    require(inside(owner), "the owner could not log in")
    held = sorted(owner.jar.cookies)
    require(any("remember" in name for name in held), "no remember cookie was set")
    in_clear = owner.jar.send(scheme="http")
    replies.append(owner.get("/logout"))
    require(not inside(owner), "logout did not end the session in the owner's browser")
    left = [name for name in owner.jar.cookies if "remember" in name]
    require(not left, f"the browser did not accept the deletion of {left}")

    cookies = [cookie for reply in replies for cookie in reply.cookies]
    weak = {cookie.name: cookie.weaknesses for cookie in cookies if cookie.weaknesses}
    if weak or in_clear:
        lacks = "; ".join(f"{name} lacks {', '.join(items)}" for name, items in weak.items())
        sent = "sent over plain http" if in_clear else "not sent over plain http"
        return Outcome(True, f"{lacks}; {sent}")
    return Outcome(False, f"{', '.join(held)}: Secure, HttpOnly, SameSite, prefix, deletions too")
