"""What the parts of the session guard share, made once for an app."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from hardening.sessions.lifetime import Lifetime
from hardening.sessions.owed import Owed
from hardening.sessions.registry import Registry
from hardening.sessions.remember import Remember
from hardening.sessions.stamps import Stamps
from hardening.user_loader import load

if TYPE_CHECKING:
    from hardening.context import Context


class Parts:
    """One app's session records and everything that judges them.

    Args:
        context: the wrapped app.
        on_password_change: called with a user's id when a changed password was seen.
    """

    def __init__(self, context: Context, on_password_change: Callable[[str], object]) -> None:
        self.context = context
        self.on_password_change = on_password_change
        self.lifetime = Lifetime(context)
        self.stamps = Stamps(context.app, context.policy.password_attribute)
        self.owed = Owed(context)
        lifetime = self.lifetime
        self.registry = Registry(
            context, "session", lifetime.expiry, lambda: lifetime.limits()[1], self.owed
        )
        self.remember = Remember(context, self.stamps, self.registry, self.owed)

    def load(self, user_id: str | int) -> Any:
        """Return what `user_loader.load` gives for `user_id`."""
        return load(self.context.login_manager, user_id)
