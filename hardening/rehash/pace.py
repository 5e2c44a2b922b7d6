"""Slows a run down to so many rows a second, all threads together."""

from __future__ import annotations

import time
from collections.abc import Callable
from threading import Event, Lock


class Pace:
    """Lets rows through at a rate.

    Args:
        rate: rows a second; None: as fast as it goes.
        now: a clock in seconds that only goes forward.
        wait: waits so many seconds, or until it is told to stop.
    """

    def __init__(
        self,
        rate: float | None,
        *,
        now: Callable[[], float] = time.monotonic,
        wait: Callable[[float], object] | None = None,
    ) -> None:
        self._rate = rate
        self._now = now
        self._wait = wait if wait is not None else Event().wait
        self._next = now()
        self._lock = Lock()

    def take(self, rows: int) -> None:
        """Wait until the rows before these have had their time, and claim time for `rows`."""
        if self._rate is None:
            return
        with self._lock:
            start = max(self._next, self._now())
            self._next = start + rows / self._rate
        delay = start - self._now()
        if delay > 0:
            self._wait(delay)

    def give_back(self, rows: int) -> None:
        """Return the time of rows that were claimed and not needed."""
        if self._rate is not None:
            with self._lock:
                self._next -= rows / self._rate
