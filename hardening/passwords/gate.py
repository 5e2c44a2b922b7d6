"""How many password hashes one process computes at the same time.

Each takes memory and a core for tens of milliseconds, and logins in parallel are free for whoever
sends them. So there are a few places, given in the order of asking; a request that gets none in
time is answered 503. Nothing is switched between taking a place and leaving it, so greenlets of
gevent and eventlet, which hash one after another in any case, cannot wait for one another.
"""

from __future__ import annotations

import os
import threading
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path

from werkzeug.exceptions import ServiceUnavailable

from hardening.errors import HardeningError

RETRY_AFTER_S = 2  # our own: by then those that waited have been served or refused
_LARGEST_KIB = 64 * 1024  # 64 MiB: argon2-cffi's default, the largest that is usual
_SHARE = 4  # a quarter of the memory is for hashes: our own
_MEMORY_LIMITS = (  # of the container, in bytes; a missing limit is a word or a huge number
    Path("/sys/fs/cgroup/memory.max"),
    Path("/sys/fs/cgroup/memory/memory.limit_in_bytes"),
)


class BusyError(HardeningError, ServiceUnavailable):
    """Too many hashes were being computed for too long; out of a view it becomes a 503."""

    def __init__(self) -> None:
        super().__init__(
            "Too many people are logging in at the moment. Please try again.",
            retry_after=RETRY_AFTER_S,
        )


class _Waiter:
    def __init__(self, most: int) -> None:
        self.most = most
        self.turn = threading.Lock()  # looked up late: gevent and eventlet patch it
        self.turn.acquire()


class Gate:
    """Places for hash computations, given first come, first served."""

    def __init__(self) -> None:
        self.reset()

    def reset(self) -> None:
        """Forget who computes and waits: after a fork those threads do not exist."""
        self._mutex = threading.Lock()
        self._running = 0
        self._waiting: deque[_Waiter] = deque()

    @property
    def waiting(self) -> int:
        """How many wait for a place."""
        return len(self._waiting)

    @contextmanager
    def place(self, most: int, wait_s: float | None) -> Iterator[None]:
        """Hold one of `most` places while the block runs.

        Args:
            most: how many may compute at once.
            wait_s: how long to wait for a place, in seconds; None: as long as it takes.

        Raises:
            BusyError: there was none in time.
        """
        self._enter(most, wait_s)
        try:
            yield
        finally:
            self._leave()

    def _enter(self, most: int, wait_s: float | None) -> None:
        with self._mutex:
            if not self._waiting and self._running < most:
                self._running += 1
                return
            waiter = _Waiter(most)
            self._waiting.append(waiter)
        try:
            came = waiter.turn.acquire(timeout=-1 if wait_s is None else max(wait_s, 0))
        except BaseException:  # a worker that is shut down, a greenlet that is killed
            if not self._withdraw(waiter):
                self._leave()
            raise
        if not came and self._withdraw(waiter):
            raise BusyError

    def _withdraw(self, waiter: _Waiter) -> bool:
        """Take `waiter` out of the queue; return False where its turn had just come."""
        with self._mutex:
            if waiter not in self._waiting:
                return False
            self._waiting.remove(waiter)
            # Whoever was behind it may ask for less.
            self._admit()
            return True

    def _leave(self) -> None:
        with self._mutex:
            self._running -= 1
            self._admit()

    def _admit(self) -> None:
        while self._waiting and self._running < self._waiting[0].most:
            self._running += 1
            self._waiting.popleft().turn.release()


GATE = Gate()
if hasattr(os, "register_at_fork"):  # not on Windows
    os.register_at_fork(after_in_child=GATE.reset)


def usual_places(memory_kib: int) -> int:
    """Return how many hashes of `memory_kib` this machine computes at once by default.

    As many as there are cores, at least two so that one slow hash delays nobody else, unless
    they would take more than a quarter of the memory.
    """
    fits = _memory_kib() // _SHARE // max(memory_kib, _LARGEST_KIB)
    return max(1, min(max(2, _cores()), fits))


@cache
def _cores() -> int:
    if hasattr(os, "sched_getaffinity"):  # Linux only; knows what a container was given
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


@cache
def _memory_kib() -> int:
    """Return the machine's memory, or the container's limit where that is less."""
    found = []
    for path in _MEMORY_LIMITS:
        try:
            found.append(int(path.read_text()))
        except (OSError, ValueError):
            continue
    try:
        found.append(os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE"))
    except (AttributeError, OSError, ValueError):  # not on Windows
        found.append(4 * 1024**3)  # 4 GiB: our own guess
    return min(found) // 1024
