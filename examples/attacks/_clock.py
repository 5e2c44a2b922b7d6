"""A clock that a row can move: nobody waits ten years for an attack."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

MINUTE_S, HOUR_S, DAY_S = 60, 60 * 60, 24 * 60 * 60


@contextmanager
def moving() -> Iterator[Callable[[float], None]]:
    """Patch `time.time` for the block; yields a function that moves it on by seconds."""
    real, offset = time.time, [0.0]

    def move(seconds: float) -> None:
        offset[0] += seconds

    time.time = lambda: real() + offset[0]
    try:
        yield move
    finally:
        time.time = real
