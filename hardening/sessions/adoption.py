"""Logins from before the wrap: let in for a while, if the policy says until when.

An old session cookie, or Flask-Login's own remember cookie, is only as good as the secret key: it
has no record, and before the wrap nothing could end it. So adoption is off unless ``adopt_until``
names a day; it needs a key that is not weak; a cookie is adopted once (and for a minute, for the
requests that a page sends at once); and a fresh store adopts nothing, because what it forgot may
have been adopted and ended before. Run ``mode="observe"`` for a while first: that makes the store.
Fails closed.
"""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING

from flask_login import decode_cookie

from hardening.sessions.seal import at_rest
from hardening.storage.base import Record

if TYPE_CHECKING:
    from collections.abc import MutableMapping
    from typing import Any

    from hardening.context import Context

FRESH_S = 60 * 60  # 1 hour: a store younger than this adopts nothing: our own
AT_ONCE_S = 60  # seconds in which the requests of one page may bring the same old cookie


class Adoption:
    """Decides about credentials that have no record.

    Args:
        context: the wrapped app.
    """

    def __init__(self, context: Context) -> None:
        self._context = context

    def session(self, session: MutableMapping[str, Any], cookie: str, remember: str | None) -> bool:
        """Return whether the login in an old session cookie may get a record.

        It is not fresh then: the cookie's own word is not taken. A remember cookie that came
        along is used up with it, and replaced.

        Args:
            session: what the cookie holds.
            cookie: the cookie's value.
            remember: the value of Flask-Login's own remember cookie, if one came along.
        """
        if not cookie or not self._open() or not self._first(cookie):
            return False
        session["_fresh"] = False
        if remember is not None and self._first(remember):
            session["_remember"] = "set"  # Flask-Login sends its cookie again, with our token
        return True

    def remembered(self, cookie: str) -> str | None:
        """Return the user's id in Flask-Login's own remember cookie, if it is adopted."""
        user_id: str | None = decode_cookie(cookie)
        if user_id is None or not self._open() or not self._first(cookie):
            return None
        return user_id

    def _open(self) -> bool:
        until = self._context.policy.adopt_until
        if until is None:
            return False
        now = self._context.now()
        if datetime.fromtimestamp(now, UTC).date() > until:
            return False
        key = self._context.app.config.get("SECRET_KEY")
        from flask_hardening_keys import weakness  # late: few apps adopt anything

        if not isinstance(key, str | bytes) or weakness(key) is not None:
            return self._refused("SECRET_KEY is weak")
        if now - self._context.store.created_at() < FRESH_S:
            return self._refused("the store is fresh")
        return True

    def _refused(self, reason: str) -> bool:
        self._context.report("session_not_adopted", "warning", reason=reason)
        return False

    def _first(self, cookie: str) -> bool:
        """Note that `cookie` was adopted; return whether it may be: only at its first time."""
        now, key = self._context.now(), at_rest(f"adopted {cookie}")
        known = self._context.store.get("setting", key, now)
        if known is not None:
            fresh = now - float(known.value) <= AT_ONCE_S
            return fresh or self._refused("it was adopted before")
        until = self._context.policy.adopt_until or date.max
        ends = datetime.combine(until + timedelta(days=2), datetime.min.time(), UTC).timestamp()
        self._context.store.put("setting", Record(key, "", repr(now).encode(), ends))
        self._context.report("session_adopted", "info")
        return True
