"""What an app, an administrator or a script may ask: who is logged in, end it, lift a limit."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from flask import has_request_context, request, session

from hardening.client import prefix_of
from hardening.sessions.keys import SID
from hardening.sessions.label import built
from hardening.sessions.registry import at_rest
from hardening.state import state_of

if TYPE_CHECKING:
    from hardening.extension import Hardening
    from hardening.sessions.guard import SessionGuard


OnRevoke = Callable[["str | int", Sequence[str]], object]


@dataclass(frozen=True, slots=True)
class SessionInfo:
    """One live session, as its owner or an administrator may see it."""

    id: str
    """Names it for `Sessions.revoke`; lets nobody in."""
    label: str
    """What people call it, such as ``Firefox on Linux``; empty if its browser said nothing."""
    browser: str
    """Browser family, such as ``firefox``."""
    system: str
    """Operating system, such as ``android``."""
    network: str | None
    """The address, or /64 network, it was last used from."""
    prefix: str | None
    """`network` without its end, fit to be shown: ``203.0.113.x``."""
    created: datetime
    """When it began, UTC."""
    last_seen: datetime
    """When it was last used, UTC, to the minute."""
    current: bool
    """Whether it is the one that asks."""


class Sessions:
    """`Hardening.sessions`: list and end the sessions of a user."""

    def __init__(self, hardening: Hardening) -> None:
        self._hardening = hardening
        self.callbacks: list[OnRevoke] = []

    def list(self, user_id: object) -> list[SessionInfo]:
        """Return the live sessions of `user_id` (as ``get_id`` returns it), oldest first.

        Raises:
            StoreError: the store cannot be asked.
        """
        current = _current()
        now = self._hardening.wrapped().context.now()
        found = sorted(self._guard.registry.of(user_id, now), key=lambda one: one.login.created)
        return [
            SessionInfo(
                id=one.key,
                label=one.login.label or built(one.login.family, one.login.system),
                browser=one.login.family,
                system=one.login.system,
                network=one.login.network,
                prefix=prefix_of(one.login.network),
                created=datetime.fromtimestamp(one.login.created, UTC),
                last_seen=datetime.fromtimestamp(one.login.seen, UTC),
                current=one.key == current,
            )
            for one in found
        ]

    def revoke(self, session_id: str) -> bool:
        """End the session called `session_id`, with the remember token it came from.

        Returns:
            Whether there was one.

        Raises:
            StoreError: the store cannot be asked, or not be written. This process refuses the
                session from now on and writes that later; other processes do not know of it yet.
        """
        context = self._hardening.wrapped().context
        found = None
        try:
            found = self._guard.registry.find(session_id, context.now())
            if found is not None and found.login.remember is not None:
                self._guard.remember.registry.end(found.login.remember)
        finally:
            ended = self._guard.registry.end(session_id)
        if ended:
            own = _user() == str(found.login.user_id) if found is not None else False
            by = "owner" if own else "operator"
            context.report("authn_token_revoked", kind="session", by=by)
        return ended

    def revoke_all(self, user_id: object, except_current: bool = False) -> int:
        """End every session and remember token of `user_id`; return how many sessions ended.

        Args:
            user_id: as ``get_id`` returns it.
            except_current: keep the session of the present request. It moves to a new id with
                the response, so that a copy of its cookie ends too. Its remember token, of which
                there may be a copy as well, ends: it is made anew at the next login.

        Raises:
            StoreError: as for `revoke`; what was there before this call is refused.
        """
        keep = _current() if except_current else None
        state = state_of(request) if keep is not None else None
        if state is not None:
            state.renew = True
        try:
            self._guard.remember.registry.end_all(user_id)
        finally:
            ended = self._guard.registry.end_all(user_id, keep)
        self._hardening.wrapped().context.report("authn_token_revoked", kind="all", ended=ended)
        return ended

    def current(self) -> str | None:
        """Return the id of the session that the present request belongs to, or None."""
        return _current()

    def on_revoke(self, callback: OnRevoke) -> OnRevoke:
        """Have `callback` called when sessions end by anybody's say; usable as a decorator.

        For what outlives a request, such as an open Socket.IO connection. It is called with the
        user's id and the ids of the sessions that ended: by logout, by an operator, by a changed
        password, by a newer login in the same browser, by theft or by the cap. A session that
        times out ends without a call. It runs only in the process that ended the session, within
        its request; what it raises becomes the event ``on_revoke_failed``.

        Args:
            callback: takes a user id and a sequence of session ids; called for every app that
                this object wraps, also those wrapped later.
        """
        self.callbacks.append(callback)
        return callback

    @property
    def _guard(self) -> SessionGuard:
        return self._hardening.wrapped().pipeline.sessions


class Logins:
    """`Hardening.logins`: tell the throttle what it cannot see, or lift its limits."""

    def __init__(self, hardening: Hardening) -> None:
        self._hardening = hardening

    def failed(self, identifier: str) -> None:
        """Count a failed login for `identifier`, such as one over a protocol of the app's own."""
        self._hardening.wrapped().pipeline.throttle.failed(identifier)

    def succeeded(self, user: Any) -> None:
        """Clear the limits of `user` (an identifier, or a user object) after a success."""
        self._hardening.wrapped().pipeline.throttle.succeeded(user)

    def unlock(self, identifier: str) -> None:
        """Lift every limit on the account called `identifier`."""
        self._hardening.wrapped().pipeline.throttle.unlock(identifier)


def _user() -> str | None:
    """Return the id of the user who asks in the present request, or None."""
    state = state_of(request) if has_request_context() else None
    return None if state is None or state.found is None else str(state.found.login.user_id)


def _current() -> str | None:
    """Return the key of the present request's session record, or None."""
    sid = session.get(SID) if has_request_context() else None
    return at_rest(sid) if isinstance(sid, str) else None
