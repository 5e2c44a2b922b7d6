"""Shows how far a run is: a bar where rich is installed, else a line now and then.

Only a terminal gets to see it. It goes to standard error, so that what a command prints can be
kept in a file.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from importlib.util import find_spec
from typing import TextIO

EVERY_S = 2.0  # between two plain lines: our own

Seen = Callable[[int], object]


@contextmanager
def shown(what: str, total: int | None, stream: TextIO | None = None) -> Iterator[Seen]:
    """Yield what to tell, from any thread, how many rows are done.

    Args:
        what: is being done, such as ``wrapping``.
        total: rows in all; None where that is not known.
        stream: where it is shown; None: standard error.
    """
    out = sys.stderr if stream is None else stream
    if not out.isatty():
        yield lambda rows: None
    elif find_spec("rich") is not None:
        with _bar(what, total, out) as seen:
            yield seen
    else:
        yield Lines(what, total, out)


class Lines:
    """One line every two seconds.

    Args:
        what: is being done.
        total: rows in all, or None.
        out: where the lines go.
        now: a clock in seconds that only goes forward.
    """

    def __init__(
        self,
        what: str,
        total: int | None,
        out: TextIO,
        now: Callable[[], float] = time.monotonic,
    ) -> None:
        self._what = what
        self._total = total
        self._out = out
        self._now = now
        self._began = self._last = now()

    def __call__(self, rows: int) -> None:
        now = self._now()
        if now - self._last >= EVERY_S:
            self._last = now
            self._out.write(self.line(rows, now - self._began) + "\n")
            self._out.flush()

    def line(self, rows: int, seconds: float) -> str:
        """Return how far it is after so many seconds."""
        rate = rows / seconds if seconds > 0 else 0.0
        text = f"{self._what}: {rows}"
        if self._total is not None:
            text += f" of {self._total}"
        text += f" rows, {rate:.1f} a second"
        if self._total is not None and rate > 0:
            text += f", {clock((self._total - rows) / rate)} left"
        return text


def clock(seconds: float) -> str:
    """Return a duration as hours, minutes and seconds: ``1:02:03``."""
    whole = max(0, round(seconds))
    return f"{whole // 3600}:{whole // 60 % 60:02}:{whole % 60:02}"


@contextmanager
def _bar(what: str, total: int | None, out: TextIO) -> Iterator[Seen]:
    from rich.console import Console
    from rich.progress import (
        BarColumn,
        MofNCompleteColumn,
        Progress,
        TextColumn,
        TimeRemainingColumn,
    )

    began = time.monotonic()
    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TextColumn("{task.fields[rate]} a second"),
        TimeRemainingColumn(),
    )
    with Progress(*columns, console=Console(file=out)) as progress:
        task = progress.add_task(what, total=total, rate="-")

        def seen(rows: int) -> None:
            rate = rows / max(time.monotonic() - began, 0.001)
            progress.update(task, completed=rows, rate=f"{rate:.1f}")

        yield seen
