"""Session interfaces of the app's own: an id known before the login is worth nothing after it."""

from __future__ import annotations

import json
import secrets
import uuid
from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask
from flask import session as flask_session
from flask.sessions import SessionInterface, SessionMixin
from itsdangerous import BadSignature, Signer
from site_app import Site
from werkzeug.datastructures import CallbackDict

Make = Callable[..., Site]


class Kept(CallbackDict[str, Any], SessionMixin):
    """A session that the server keeps."""

    def __init__(self, initial: Any = None, sid: str = "", new: bool = False) -> None:
        super().__init__(initial)
        self.sid, self.new = sid, new


class Usual(SessionInterface):
    """The interface that most tutorials show."""

    def __init__(self) -> None:
        self.saved: dict[str, str] = {}

    def generate_sid(self) -> str:
        return uuid.uuid4().hex

    def open_session(self, app: Flask, request: Any) -> Kept:
        sid = request.cookies.get(app.config["SESSION_COOKIE_NAME"])
        if sid is None:
            return Kept(sid=self.generate_sid(), new=True)
        return Kept(json.loads(self.saved.get(sid, "{}")), sid=sid)

    def save_session(self, app: Flask, session: Any, response: Any) -> None:
        self.saved[session.sid] = json.dumps(dict(session))
        if self.sends(session):
            response.set_cookie(app.config["SESSION_COOKIE_NAME"], session.sid)

    def sends(self, session: Kept) -> bool:
        return True


class NewOnly(Usual):
    """Sends the cookie of a new session only."""

    def sends(self, session: Kept) -> bool:
        return session.new


class Once(Usual):
    """Sends the first cookie of all only, whatever the session says of itself."""

    def __init__(self) -> None:
        super().__init__()
        self.sent = False

    def sends(self, session: Kept) -> bool:
        self.sent, before = True, self.sent
        return not before


class Inline(Usual):
    """Makes its ids where it needs one, as uuid's text."""

    generate_sid = None  # type: ignore[assignment]  # there is no such method

    def new(self) -> str:
        return str(uuid.uuid4())

    def open_session(self, app: Flask, request: Any) -> Kept:
        cookie = request.cookies.get(app.config["SESSION_COOKIE_NAME"])
        sid = None if cookie is None else self.sid_in(cookie)
        if sid is None:
            return Kept(sid=self.new(), new=True)
        return Kept(json.loads(self.saved.get(sid, "{}")), sid=sid)

    def save_session(self, app: Flask, session: Any, response: Any) -> None:
        self.saved[session.sid] = json.dumps(dict(session))
        response.set_cookie(app.config["SESSION_COOKIE_NAME"], self.cookie_of(session.sid))

    def sid_in(self, cookie: str) -> str | None:
        return cookie

    def cookie_of(self, sid: str) -> str:
        return sid


class InlineHex(Inline):
    """The same in hexadecimal."""

    def new(self) -> str:
        return secrets.token_hex(16)


class Signed(Inline):
    """Signs its cookie, and makes ids as `secrets` does."""

    signer = Signer("signs nothing but this test")

    def new(self) -> str:
        return secrets.token_urlsafe(32)

    def sid_in(self, cookie: str) -> str | None:
        try:
            return self.signer.unsign(cookie).decode()
        except BadSignature:
            return None

    def cookie_of(self, sid: str) -> str:
        return self.signer.sign(sid).decode()


class Rows(Inline):
    """Has a row for every id that it made itself, and saves into no other."""

    def __init__(self) -> None:
        super().__init__()
        self.rows: set[str] = set()

    def new(self) -> str:
        sid = super().new()
        self.rows.add(sid)
        return sid

    def save_session(self, app: Flask, session: Any, response: Any) -> None:
        if session.sid in self.rows:
            self.saved[session.sid] = json.dumps(dict(session))
        response.set_cookie(app.config["SESSION_COOKIE_NAME"], session.sid)


class Numbered(Inline):
    """Counts its sessions: an id of a form that no random one has."""

    def new(self) -> str:
        return f"session {len(self.saved) + 1}"


def _site(make_site: Make, interface: SessionInterface) -> Site:
    def before(app: Flask) -> None:
        app.session_interface = interface

        @app.get("/touch")
        def touch() -> str:
            flask_session["seen"] = True
            return "touched"

    return make_site(before=before)


@pytest.mark.parametrize("kind", [Usual, NewOnly, Inline, InlineHex, Signed])
def test_fixation(make_site: Make, kind: type[Usual]) -> None:
    """The session gets a new id at login."""
    site = _site(make_site, kind())
    mallory = site.browser()
    mallory.get("/touch")
    victim = mallory.copy_to(site.browser())
    victim.login()

    assert [mallory.who(), victim.who()] == [None, "ada"]

    victim.get("/logout")

    assert victim.who() is None


def test_id_that_the_browser_does_not_get(make_site: Make) -> None:
    """Where the interface sends no cookie for the new id, the login stays under the old one."""
    site = _site(make_site, Once())
    owner = site.browser()
    owner.get("/touch")
    owner.login()

    assert [owner.who(), owner.who()] == ["ada", "ada"]


@pytest.mark.parametrize("kind", [Rows, Numbered])
def test_id_that_the_interface_does_not_take(make_site: Make, kind: type[Inline]) -> None:
    """Where no new id would be found again the old one stays, nobody is locked out, and it is said.

    It is said once: every login would say the same.
    """
    site = _site(make_site, kind())
    owner = site.browser()
    owner.get("/touch")
    owner.login()

    assert [owner.who(), owner.who()] == ["ada", "ada"]

    owner.get("/logout")
    owner.login()

    assert owner.who() == "ada"
    told = [details["interface"] for name, details in site.events if name == "session_id_kept"]

    assert told == [kind.__name__]
