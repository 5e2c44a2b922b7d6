"""The throttle's way to its counters, also while the store cannot be reached.

Fails towards limits of this process alone: then at most the limit times the number of workers
gets through, and no request is answered 500 or left waiting for a store that is down.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, TypeVar

from hardening.errors import HardeningError
from hardening.storage.memory import MemoryStore

if TYPE_CHECKING:
    from hardening.context import Context
    from hardening.storage.base import Claim, Grant, Record, Reservation, Store

T = TypeVar("T")

RETRY_AFTER_S = 5.0  # seconds between two attempts to reach a store that is down
_MOST_LOCAL = 50_000  # counters kept here: 15 MiB beside the store's own
SAY_AGAIN_AFTER_S = 60.0  # seconds between two events about it


class Counters:
    """Counters of the app's store, or of this process while that is down.

    Args:
        context: the wrapped app.
        clock: the time, in seconds since the epoch.
    """

    def __init__(self, context: Context, clock: Callable[[], float]) -> None:
        self._context = context
        self._clock = clock
        self._local = MemoryStore(most_counters=_MOST_LOCAL)
        self._down_since: float | None = None
        self._try_again_at = 0.0
        self._say_again_at = 0.0

    def reserve(self, claims: Sequence[Claim]) -> Reservation:
        """Take one unit from every counter, or from none if one of them refuses."""
        now = self._clock()
        return self._call(lambda store: store.reserve(claims, now))

    def refund(self, grants: Sequence[Grant]) -> None:
        """Give units back, wherever they were taken from; elsewhere it changes nothing."""
        now = self._clock()
        if grants:
            self._both(lambda store: store.refund(grants, now))

    def clear(self, keys: Sequence[bytes]) -> None:
        """Forget counters."""
        if keys:
            self._both(lambda store: store.clear(keys))

    def get(self, key: str) -> Record | None:
        """Return a note of the throttle's own."""
        return self._call(lambda store: store.get("setting", key, self._clock()))

    def put(self, record: Record) -> None:
        """Write a note of the throttle's own."""
        self._call(lambda store: store.put("setting", record))

    def _both(self, call: Callable[[Store], None]) -> None:
        self._call(call)
        if self._down_since is not None or self._say_again_at:  # something was counted here
            call(self._local)

    def _call(self, call: Callable[[Store], T]) -> T:
        now = self._clock()
        if self._down_since is not None and self._down_since <= now < self._try_again_at:
            return call(self._local)
        try:
            answer = call(self._context.store)
        except HardeningError as error:
            self._failed(now, error)
            return call(self._local)
        if self._down_since is not None:
            self._context.report("store_back", down_s=round(now - self._down_since, 1))
            self._down_since = None
        return answer

    def _failed(self, now: float, error: HardeningError) -> None:
        self._try_again_at = now + RETRY_AFTER_S
        if self._down_since is None:
            self._down_since = now
        if now >= self._say_again_at:
            self._say_again_at = now + SAY_AGAIN_AFTER_S
            cause = type(error.__cause__ or error).__name__
            self._context.report("store_down", "error", guard="throttle", cause=cause)
