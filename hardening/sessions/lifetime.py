"""How long a session lives on the server, whatever its cookie says."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from hardening.context import Context
    from hardening.sessions.registry import Login

FLASK_LIFETIME = timedelta(days=31)  # Flask's default for PERMANENT_SESSION_LIFETIME


class Lifetime:
    """The idle and the absolute limit of one app's sessions.

    Args:
        context: the wrapped app.
    """

    def __init__(self, context: Context) -> None:
        self._context = context

    def limits(self) -> tuple[int, int]:
        """Return the idle and the absolute limit, in seconds."""
        policy = self._context.policy
        own = self._context.app.permanent_session_lifetime
        told_idle = policy.session_idle_s != type(policy).session_idle_s
        told_absolute = policy.session_absolute_s != type(policy).session_absolute_s
        if own == FLASK_LIFETIME or told_idle:  # the policy's own word comes first
            return policy.session_idle_s, policy.session_absolute_s
        idle_s = int(own.total_seconds())
        if told_absolute:
            return min(idle_s, policy.session_absolute_s), policy.session_absolute_s
        return idle_s, max(idle_s, policy.session_absolute_s)

    def expiry(self, login: Login) -> float:
        return min(login.seen + self.limits()[0], login.ends)

    def over(self, login: Login, now: float) -> bool:
        """Return whether `login` was idle for too long, or lasted for too long."""
        idle_s, absolute_s = self.limits()
        return now > min(login.seen + idle_s, login.created + absolute_s)
