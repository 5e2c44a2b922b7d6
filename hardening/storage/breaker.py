"""Keeps a server that is down from costing every request its timeout."""

from __future__ import annotations

import time
from collections.abc import Callable

TRY_AGAIN_AFTER_S = 1.0  # a user may wait for one timeout a second, not for one a request


class Breaker:
    """Remembers that a server failed, for `TRY_AGAIN_AFTER_S`.

    Then one caller tries, and the others go on being told no until it succeeded. Needs no
    lock, which a fork could leave held: should two callers try at once, no harm is done.

    Args:
        clock: seconds that are never set back.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._try_again_at: float | None = None

    def may_try(self) -> bool:
        """Return whether the caller should ask the server, and then say what came of it."""
        if self._try_again_at is None:
            return True
        now = self._clock()
        if now < self._try_again_at:
            return False
        self._try_again_at = now + TRY_AGAIN_AFTER_S
        return True

    def failed(self) -> None:
        """Note that the server could not be reached."""
        self._try_again_at = self._clock() + TRY_AGAIN_AFTER_S

    def worked(self) -> None:
        """Note that the server answered."""
        self._try_again_at = None
