"""Session interfaces of the app's own that keep sessions on the server and cannot renew an id.

Most follow one pattern: the session object has its id as ``sid``, the interface saves under
``session.sid`` and sends that as the cookie, bare or signed. A new ``sid`` before the session is
saved is all that they need. Where the interface has no method that makes ids, the new one has the
form of the old, and is kept only if the interface finds the session by it again. Whoever knew the
id from before the login keeps what was saved under it then: a session of nobody's.
"""

from __future__ import annotations

import re
import secrets
import uuid
from typing import TYPE_CHECKING, Any

from hardening.sessions.keys import SID, peek

if TYPE_CHECKING:
    from flask import Flask, Request

_BEFORE = "_hardening_sid_before"
_GUESSED = "_hardening_sid_guessed"
_MAKERS = ("generate_sid", "_generate_sid")
_LEFT_OUT = ("HTTP_COOKIE", "werkzeug.request")


def new_id(interface: Any, session: Any) -> bool:
    """Give `session` a new id; return False if it has one and no other could be made."""
    maker = next((m for m in (getattr(interface, n, None) for n in _MAKERS) if callable(m)), None)
    old = getattr(session, "sid", None)
    if not isinstance(old, str):
        return True  # in a signed cookie, say
    try:
        made = _alike(old) if maker is None else maker()
        if not isinstance(made, str) or made == old:
            return False
        setattr(session, _BEFORE, old)
        setattr(session, _GUESSED, maker is None)
        session.sid = made
        session.new = True  # some send the cookie of a new session only
    except (TypeError, AttributeError):  # another pattern, or a session without room for it
        return False
    return True


def moved(session: Any) -> bool:
    """Return whether `new_id` gave `session` another id."""
    return hasattr(session, _BEFORE)


def put_back(session: Any) -> None:
    """Give `session` the id that it had before `new_id`."""
    session.sid = getattr(session, _BEFORE)


def comes_back(app: Flask, interface: Any, request: Request, session: Any, cookie: str) -> bool:
    """Return whether a browser with `cookie` gets the login of `session`, which was just saved.

    Only an id whose form was guessed is tried: the interface says of its own what it accepts.

    Args:
        app: the wrapped app.
        interface: its own session interface.
        request: the one at hand.
        session: the session that `new_id` was given.
        cookie: name and value, as the response sends them.
    """
    if not getattr(session, _GUESSED, False):
        return True
    environ = {key: value for key, value in request.environ.items() if key not in _LEFT_OUT}
    try:
        opened = interface.open_session(app, app.request_class({**environ, "HTTP_COOKIE": cookie}))
        return opened is not None and peek(opened, SID) == peek(session, SID)
    except Exception:  # noqa: BLE001  # the app's interface; whatever it raises, it found nothing
        return False


def _alike(old: str) -> str | None:
    """Return a random id of the form of `old`; None if that is no form of random ids."""
    if re.fullmatch(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}", old):
        return str(uuid.uuid4())
    if re.fullmatch(r"(?:[0-9a-f]{2}){16,64}", old):
        return secrets.token_hex(len(old) // 2)
    if re.fullmatch(r"[A-Za-z0-9_-]{22,128}", old):  # 22 characters of base64 are 128 bits
        return secrets.token_urlsafe(len(old))[: len(old)]
    return None
