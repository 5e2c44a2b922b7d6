"""What a changed password means for sessions: a change ends the others, a re-hash ends none."""

from __future__ import annotations

from typing import TYPE_CHECKING

from hardening.sessions.stamps import read

if TYPE_CHECKING:
    from flask import Request

    from hardening.sessions.parts import Parts
    from hardening.sessions.registry import Found, Login, Restamps
    from hardening.state import State

SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS", "TRACE"})


class PasswordFollower:
    """Tells a password change from a re-hash, at the end of the request that did it.

    Args:
        parts: what the session guard shares.
        restamps: moves the records of a user from one hash to another.
    """

    def __init__(self, parts: Parts, restamps: Restamps) -> None:
        self._parts = parts
        self._context = parts.context
        self._stamps = parts.stamps
        self._restamps = restamps

    def changed(self, request: Request, state: State) -> str | None:
        """Return the stamp of the password that this request changed, or None if it did not.

        Only what this very request did counts: its session is the one that stays.
        """
        found: Found | None = state.found
        if found is None or request.method in SAFE_METHODS or found.login.attribute is None:
            return None
        login: Login = found.login
        value = read(state.user, found.login.attribute)
        if not value:  # the app's database session let go of the object
            value = read(self._parts.load(login.user_id), found.login.attribute)
        typed = bool(state.produced) or _typed_password(request)
        if typed and self._stamps.fits(login.stamp or "", login.user_id, value):
            # The view may have written past the object that is the current user.
            value = read(self._parts.load(login.user_id), found.login.attribute)
        if not value or self._stamps.fits(login.stamp or "", login.user_id, value):
            return None
        if self.rehashed(state, login.user_id, value):
            return None
        if value in state.produced or _typed_password(request):
            return self._stamps.make(login.user_id, value)
        return None

    def rehashed(self, state: State, user_id: str | int, value: str) -> bool:
        """Keep every device in if the app itself re-hashed the password that it just checked.

        Only a new hash of the very same password counts: a change form that asks for the old
        password first looks alike in every other way.
        """
        for check in state.checks:
            if check.ok and value and value != check.stored:
                from hardening.passwords import verify_password

                if verify_password(password=check.password, stored=value).ok:
                    now = self._context.now()
                    self._restamps.prepare(user_id, check.stored, value, now)
                    self._restamps.finish(user_id, check.stored, value, True, now)
                    return True
        return False


def _typed_password(request: Request) -> bool:
    body = request.get_json(silent=True) if request.is_json else None
    names = [*request.form, *(body if isinstance(body, dict) else ())]
    return any("pass" in name.lower() or "pwd" in name.lower() for name in names)
