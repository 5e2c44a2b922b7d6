"""Session records kept in this process for as long as nobody has changed any record.

Beside a store's file lies a small one that every process of the store maps into its memory. It
holds two numbers. Whoever changes a record writes a new random one as *begun* before the commit,
while no other process can write, and the same one as *finished* after it. A reader who finds,
begun and finished, the number that its copy was read under knows without asking the store that
nobody has begun a change since. A writer that is killed in between leaves a change that never
finishes: nothing is kept then until the next change.

A program that writes to the store's file behind our back writes no number, so a copy serves for
`KEPT_S` at most. Where the small file cannot be made or mapped, nothing is kept.
"""

from __future__ import annotations

import mmap
import secrets
from collections.abc import Callable
from pathlib import Path

from hardening.storage.base import Kind, Record
from hardening.storage.files import create_private

KEPT_S = 1.0  # seconds: our own
MOST_KEPT = 1024  # records of about 1 KiB: 1 MiB
_BEGUN, _FINISHED = 0, 1
_SIZE = 16  # bytes: two numbers of 64 bits


class Changes:
    """The number of the last change to a store's records.

    Args:
        path: the small file; made at the first `open`.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._numbers: memoryview | None = None

    def open(self) -> None:
        """Map the file; where that fails, changes are not noted and nothing counts as settled."""
        if self._numbers is not None:
            return
        try:
            create_private(self._path)
            with open(self._path, "r+b") as file:
                if file.seek(0, 2) < _SIZE:
                    # Takes room on the disk, so that a write to the mapping never lacks it. A
                    # number that another process has just written stops counting as finished.
                    file.seek(_SIZE - 1)
                    file.write(b"\0")
                    file.flush()
                self._numbers = memoryview(mmap.mmap(file.fileno(), _SIZE)).cast("Q")
        except (OSError, ValueError):
            self._numbers = None

    def settled(self) -> int | None:
        """Return the number of the last change, or None while one is under way."""
        numbers = self._numbers
        if numbers is None:
            return None
        begun = numbers[_BEGUN]  # first: what finishes later was not begun later
        return begun if numbers[_FINISHED] == begun else None

    def begin(self) -> int:
        """Note that a change begins, and return its number; only for who may write alone."""
        self.open()  # it may have failed for another reason than now
        number = secrets.randbits(64)
        if self._numbers is not None:
            self._numbers[_BEGUN] = number
        return number

    def finish(self, number: int) -> None:
        """Note that the change `number` was committed."""
        # Another process may have begun the next one already.
        if self._numbers is not None and self._numbers[_BEGUN] == number:
            self._numbers[_FINISHED] = number


class KeptRecords:
    """The records that were looked up last, each good until the next change.

    Args:
        kind: their kind.
        changes: of the store that they come from.
    """

    def __init__(self, kind: Kind, changes: Changes) -> None:
        self._kind: Kind = kind
        self._changes = changes
        self._kept: dict[str, tuple[int, float, Record]] = {}

    def get(
        self, key: str, now: float, look_up: Callable[[Kind, str], Record | None]
    ) -> Record | None:
        """Return the record called `key`, live or expired; None if there is none.

        Args:
            key: its key.
            now: the time, in seconds since the epoch.
            look_up: asks the store.
        """
        number = self._changes.settled()
        kept = self._kept.get(key)
        if kept is not None and kept[0] == number and 0 <= now - kept[1] < KEPT_S:
            return kept[2]
        record = look_up(self._kind, key)
        if record is not None and number is not None:
            if len(self._kept) >= MOST_KEPT:
                self._kept.clear()
            # Under the number from before the look-up: a change meanwhile makes it useless.
            self._kept[key] = number, now, record
        return record

    def clear(self) -> None:
        """Forget all."""
        self._kept.clear()
