"""The app's own CSRF key, renewed at login: whoever knew it before must not know it afterwards.

Flask-WTF keeps a random key in the session and never changes it. A sibling subdomain that planted
a session of its own in the browser knows that key, and its forms would pass.

The key is dropped, so that Flask-WTF makes a new one, where nothing can still need the old one:
the login redirects, so that every form is rendered anew; or the whole session came under a name
that anybody can plant. A login that answers with a page or with JSON keeps the key, because that
page, or the script that sent the request, goes on using it. A form that is open in another tab
must be loaded again after a login, as in Django.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from flask import g

from hardening.sessions.keys import peek

if TYPE_CHECKING:
    from flask import Flask, Response

    from hardening.sessions.keys import Session
    from hardening.state import State

FIELD = "csrf_token"  # Flask-WTF's default for WTF_CSRF_FIELD_NAME


def key_in(app: Flask) -> str:
    """Return under which name the session holds Flask-WTF's key."""
    return str(app.config.get("WTF_CSRF_FIELD_NAME", FIELD))


def renew(app: Flask, state: State, session: Session, response: Response) -> None:
    """Drop the key at a login, unless it was made in this request or is still needed."""
    name = key_in(app)
    if state.csrf_at_open is None or peek(session, name) != state.csrf_at_open:
        return
    if state.plain_name or 300 <= response.status_code < 400:
        session.pop(name, None)
        # Flask-WTF makes a key only with a token, and keeps the token here. A suite that holds an
        # app context open keeps it for the next request, whose session would then have no key.
        g.pop(name, None)
