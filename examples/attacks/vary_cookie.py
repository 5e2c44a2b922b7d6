"""A shared cache hands one visitor's session to another.

Row `vary-cookie`: a cache keeps one answer for all unless ``Vary: Cookie`` tells it not to. Flask
adds that by itself (before 3.1.3 not always), but the session interfaces that apps write for
themselves do not: this one keeps sessions on the server and sends its cookie with every answer, as
the best-known recipe does.
"""

from __future__ import annotations

import secrets
from typing import Any

from flask import Flask, Request, Response
from flask.sessions import SessionInterface, SessionMixin

from ._browser import Browser, Reply
from ._people import add_login, add_me, inside, log_in, people
from ._row import Outcome, Row, require
from ._target import Target

ROW = Row("a shared cache hands one visitor's session to another")


class OwnSession(dict[str, Any], SessionMixin):
    """A session that lives on the server."""

    sid = ""


class OwnSessions(SessionInterface):
    """Sessions in memory; the cookie holds an id."""

    def __init__(self) -> None:
        self.kept: dict[str, OwnSession] = {}

    def open_session(self, app: Flask, request: Request) -> OwnSession:
        sid = request.cookies.get(self.get_cookie_name(app), "")
        return self.kept.get(sid) or OwnSession()

    def save_session(self, app: Flask, session: Any, response: Response) -> None:
        if session:
            session.sid = session.sid or secrets.token_urlsafe()
            self.kept[session.sid] = session
            response.set_cookie(self.get_cookie_name(app), session.sid, httponly=True)


class SharedCache:
    """A proxy's cache, by RFC 9111: keeps what says ``max-age``, apart by what ``Vary`` names."""

    def __init__(self) -> None:
        self.kept: list[tuple[str, dict[str, str], Reply]] = []

    def get(self, browser: Browser, path: str) -> bool:
        """Let `browser` ask for a page; return whether the answer came from the cache."""
        sends = {"cookie": browser.jar.send(scheme="https")}
        for known, varied, reply in self.kept:
            if known == path and all(sends.get(name, "") == varied[name] for name in varied):
                for name, value in reply.headers:
                    if name.lower() == "set-cookie":
                        browser.jar.accept(value, scheme="https")
                return True
        reply = browser.get(path)
        control = reply.header("Cache-Control") or ""
        vary = ",".join(value for name, value in reply.headers if name.lower() == "vary")
        names = [name.strip().lower() for name in vary.split(",") if name.strip()]
        if "max-age" in control and "no-store" not in control and "*" not in names:
            self.kept.append((path, {name: sends.get(name, "") for name in names}, reply))
        return False


def build(target: Target) -> Flask:
    """A site with sessions of its own, and news that may be cached."""
    app = target.app(__name__)
    app.session_interface = OwnSessions()
    users = people(app)
    add_login(app, users)
    add_me(app)

    @app.get("/news")
    def news() -> Response:
        return Response("News.", headers={"Cache-Control": "max-age=60"})

    return target.ready(app)


def attack(target: Target) -> Outcome:
    """The owner, who is logged in, reads the news; then a stranger behind the same cache does."""
    app = build(target)
    cache, owner, stranger, third = SharedCache(), Browser(app), Browser(app), Browser(app)
    log_in(owner)
    require(inside(owner), "the owner could not log in")
    cache.get(owner, "/news")
    cached = cache.get(stranger, "/news")
    handed = inside(stranger)
    shared = cache.get(third, "/news")
    require(shared, "visitors who are not logged in no longer share the cache's copy")
    if handed:
        return Outcome(True, "the stranger's copy of the news came with the owner's session")
    return Outcome(
        False, f"the stranger got {'a cached' if cached else 'its own'} copy, no session"
    )
