"""The one place where a password hash is computed: counted, and never too many at once.

What a computation costs is measured as work, not as time: so many units of one family. Two
requests that did the same units in every family took the same time on any machine.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from contextvars import ContextVar
from typing import NamedTuple, TypeVar

from flask import has_request_context

from hardening.passwords.current import calls_here, state_here
from hardening.passwords.gate import GATE, BusyError, usual_places

T = TypeVar("T")

WAIT_S = 1.5  # of one request, for all its hashes; threats.md wants the 503 within 2 s


class Work(NamedTuple):
    """What computing one password hash costs."""

    family: tuple[str | int, ...]
    """The algorithm with those parameters that do not simply multiply the work."""
    units: int
    """Argon2 passes, pbkdf2 rounds, scrypt's p, or bcrypt's rounds."""


def argon2(kind: str, memory_kib: int, time_cost: int, lanes: int) -> Work:
    """Return the work of one Argon2 hash; `kind` is ``argon2id``, ``argon2i`` or ``argon2d``."""
    return Work((kind, memory_kib, lanes), time_cost)


_inside: ContextVar[bool] = ContextVar("hardening_hashing", default=False)


def compute(call: Callable[[], T], work: Work | None) -> T:
    """Return what `call` returns, which computes one hash, once there is a place for it.

    Args:
        call: the computation.
        work: what it costs; None if that is only known afterwards (see `note`).

    Raises:
        BusyError: in a request of an app whose passwords are guarded, no place became free in
            time. Elsewhere it waits.
    """
    most = None if _inside.get() else _places()
    if most is None:
        result = aside(call)
    else:
        result = _in_place(call, most)
    if work is not None:
        note(work)
    return result


def inside() -> bool:
    """Return whether a hash is being computed: libraries call one another, and we call them."""
    return _inside.get()


def aside(call: Callable[[], T]) -> T:
    """Return what `call` returns; no password function that it calls is answered by us."""
    token = _inside.set(True)
    try:
        return call()
    finally:
        _inside.reset(token)


def note(work: Work) -> None:
    """Note for the request at hand that it has done `work`."""
    state = state_here()
    if state is not None:
        state.work.append(work)


def _places() -> int | None:
    """Return how many may compute at once; None where nothing is limited."""
    calls = calls_here()
    if calls is None:
        return usual_places(0)
    return calls.places if calls.active else None


def _in_place(call: Callable[[], T], most: int) -> T:
    state = state_here() if has_request_context() else None
    began = time.monotonic()
    try:
        with GATE.place(most, None if state is None else WAIT_S - state.waited_s):
            if state is not None:
                state.waited_s += time.monotonic() - began
            return aside(call)
    except BusyError:
        calls = calls_here()
        if state is not None and calls is not None:
            state.busy = True
            calls.context.report("password_hash_busy", "warning", places=most)
        raise
