"""Session interfaces of the app's own that keep sessions on the server and cannot renew an id.

Most follow one pattern: the session object has its id as ``sid``, the interface makes ids by a
method, saves under ``session.sid`` and sends that as the cookie. A new ``sid`` before the session
is saved is all that they need. Whoever knew the id from before the login keeps what was saved
under it then: a session of nobody's.
"""

from __future__ import annotations

from typing import Any

_BEFORE = "_hardening_sid_before"
_MAKERS = ("generate_sid", "_generate_sid")


def new_id(interface: Any, session: Any) -> None:
    """Give `session` a new id, if `interface` knows how to make one."""
    maker = next((m for m in (getattr(interface, n, None) for n in _MAKERS) if callable(m)), None)
    old = getattr(session, "sid", None)
    if maker is None or not isinstance(old, str):
        return
    try:
        made = maker()
        if isinstance(made, str) and made != old:
            setattr(session, _BEFORE, old)
            session.sid = made
            session.new = True  # some send the cookie of a new session only
    except (TypeError, AttributeError):  # another pattern, or a session without room for it
        return


def moved(session: Any) -> bool:
    """Return whether `new_id` gave `session` another id."""
    return hasattr(session, _BEFORE)


def put_back(session: Any) -> None:
    """Give `session` the id that it had before `new_id`."""
    session.sid = getattr(session, _BEFORE)
