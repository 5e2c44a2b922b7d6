"""The throttle's way to its counters, also while the store cannot be reached.

Fails towards limits of this process alone: then at most the limit times the number of workers
gets through, and no request is answered 500 or left waiting for a store that is down.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, TypeVar

from hardening.errors import HardeningError
from hardening.outage import Outage
from hardening.storage.memory import MemoryStore

if TYPE_CHECKING:
    from hardening.context import Context
    from hardening.storage.base import Claim, Grant, Record, Reservation, Store

T = TypeVar("T")

RETRY_AFTER_S = 5.0  # seconds between two attempts to reach a store that is down
_MOST_LOCAL = 50_000  # counters kept here: 15 MiB beside the store's own


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
        self._outage = Outage(context, "throttle", clock)
        self._try_again_at = 0.0

    def reserve(self, claims: Sequence[Claim]) -> Reservation:
        """Take one unit from every counter, or from none if one of them refuses."""
        now = self._clock()
        return self._call(lambda store: store.reserve(claims, now))

    def glance(self, claims: Sequence[Claim]) -> Reservation | None:
        """Return what `reserve` would refuse with, where the store tells that cheaply."""
        if self._outage.since is not None:
            return None
        try:
            look = getattr(self._context.store, "glance", None)
            found: Reservation | None = None if look is None else look(claims, self._clock())
        except HardeningError:
            return None  # `reserve` will meet the same, and say so
        return found

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
        if self._outage.ever:  # something was counted here
            call(self._local)

    def _call(self, call: Callable[[Store], T]) -> T:
        now, since = self._clock(), self._outage.since
        if since is not None and since <= now < self._try_again_at:
            return call(self._local)
        try:
            answer = call(self._context.store)
        except HardeningError as error:
            self._try_again_at = now + RETRY_AFTER_S
            self._outage.failed(error)
            return call(self._local)
        self._outage.answered()
        return answer
