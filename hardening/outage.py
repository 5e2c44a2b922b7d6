"""Says that the store is down, and that it is back: once, not with every request."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from hardening.context import Context

SAY_AGAIN_AFTER_S = 60.0  # seconds between two events about the same outage


class Outage:
    """What one guard knows of its store's reach.

    Args:
        context: the wrapped app.
        guard: the guard's name, for the events.
        clock: the time, in seconds since the epoch.
    """

    def __init__(self, context: Context, guard: str, clock: Callable[[], float]) -> None:
        self._context = context
        self._guard = guard
        self._clock = clock
        self.since: float | None = None
        """When the store was first found down, or None while it answers."""
        self.ever = False
        """Whether it was ever down."""
        self._say_again_at = 0.0

    def failed(self, error: Exception) -> None:
        """Note that the store could not be asked; the event tells the kind of `error` only."""
        now = self._clock()
        self.ever = True
        if self.since is None:
            self.since = now
        if now >= self._say_again_at:
            self._say_again_at = now + SAY_AGAIN_AFTER_S
            cause = type(error.__cause__ or error).__name__
            self._context.report("store_down", "error", guard=self._guard, cause=cause)

    def answered(self) -> None:
        """Note that the store answered."""
        if self.since is not None:
            down_s = round(self._clock() - self.since, 1)
            self.since = None
            self._context.report("store_back", guard=self._guard, down_s=down_s)
