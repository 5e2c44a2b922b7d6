"""With a weak or published SECRET_KEY nobody may log in: whoever knows it forges the session.

Judged at the first request, because an app may set the key after it was wrapped. Pages work;
a login answers 503 until the key is changed. Fails open: a key that cannot be judged is an
event.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from hardening.decision import Refusal

if TYPE_CHECKING:
    from flask import Request

    from hardening.context import Context
    from hardening.logins.detect import Endpoints
    from hardening.state import State

_EXPLAINED = {
    "published": "SECRET_KEY is published in documentation or public code",
    "short": "SECRET_KEY is shorter than 32 bytes",
    "predictable": "SECRET_KEY is predictable",
}


class SecretKey:
    """Refuses logins under a weak key.

    Args:
        context: the wrapped app.
        endpoints: tells which requests are logins.
    """

    def __init__(self, context: Context, endpoints: Endpoints) -> None:
        self._context = context
        self._endpoints = endpoints
        self._judged: object = None
        self._weakness: str | None = None

    def weakness(self) -> str | None:
        """Return why the present key is weak, or None; emits the event once for each key."""
        key = self._context.app.config.get("SECRET_KEY")
        if key is not None and key != self._judged:
            from flask_hardening_keys import weakness  # not before there is a key to judge

            self._judged = key
            self._weakness = weakness(key) if isinstance(key, str | bytes) and key else None
            if self._weakness is not None:
                self._context.report(
                    "secret_key_weak",
                    "error",
                    reason=_EXPLAINED[self._weakness],
                    fix="set SECRET_KEY to the output of: flask-hardening secret-key",
                )
        return self._weakness

    def refuses(self, state: State) -> bool:
        """Return whether a login by this request must not succeed."""
        if self._context.under_test(state.client):
            return False
        warns = self._context.policy.weak_secret_key == "warn"  # noqa: S105  # a choice
        if warns or self.weakness() is None:
            return False
        return not self._context.developing(state.client)

    def before(self, request: Request, state: State) -> Refusal | None:
        """Refuse a login with 503 while the key is weak; a test suite may have any key."""
        if self._context.under_test(state.client):
            return None
        weak = self.weakness()  # at the first request, whatever it asks for
        if weak is None or request.method in ("GET", "HEAD", "OPTIONS"):
            return None
        if not self._endpoints.login(request.endpoint) or not self.refuses(state):
            return None
        return Refusal(
            guard="sessions",
            status=503,
            event="login_refused_weak_key",
            reason="Logging in is switched off until the site's secret key has been replaced.",
            level="error",
            details={"reason": _EXPLAINED[weak]},
        )
