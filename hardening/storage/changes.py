"""What a store holds, kept in this process for as long as nobody has changed it.

Beside a store's file lies a small one that every process of the store maps into its memory. It
holds two numbers for records and two for counters. Whoever changes a record writes a new random
one as *begun* before the commit, while no other process can write, and the same one as *finished*
after it. A reader who finds, begun and finished, the number that its copy was read under knows
without asking the store that nobody has begun a change since. A writer that is killed in between
leaves a change that never finishes: nothing is kept then until the next change. Counters likewise.

A program that writes to the store's file behind our back writes no number, so a copy serves for
`KEPT_S` at most. Where the small file cannot be made or mapped, nothing is kept.
"""

from __future__ import annotations

import mmap
import secrets
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Final, Literal

from hardening.storage.base import Kind, Record
from hardening.storage.counters import Counter
from hardening.storage.files import create_private

KEPT_S = 1.0  # seconds: our own
MOST_KEPT = 1024  # records of about 1 KiB: 1 MiB
MOST_COUNTERS = 4096  # of about 300 bytes each: 1.2 MiB
_PLACES: Final = {"records": 0, "counters": 2}  # of the number begun; the one finished follows
_SIZE = 32  # bytes: four numbers of 64 bits


class Changes:
    """The number of the last change to a store's records, or to its counters.

    Args:
        path: the small file; made at the first `open`.
        what: what is changed.
    """

    def __init__(self, path: Path, what: Literal["records", "counters"] = "records") -> None:
        self._path = path
        self._numbers: memoryview | None = None
        self._begun = _PLACES[what]
        self._finished = self._begun + 1

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
        begun = numbers[self._begun]  # first: what finishes later was not begun later
        return begun if numbers[self._finished] == begun else None

    def begin(self) -> int:
        """Note that a change begins, and return its number; only for who may write alone."""
        self.open()  # it may have failed for another reason than now
        number = secrets.randbits(64)
        if self._numbers is not None:
            self._numbers[self._begun] = number
        return number

    def finish(self, number: int) -> None:
        """Note that the change `number` was committed."""
        # Another process may have begun the next one already.
        if self._numbers is not None and self._numbers[self._begun] == number:
            self._numbers[self._finished] = number


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


class KeptCounters:
    """The counters that were looked up last, each good until the next change of any.

    Args:
        changes: of the store that they come from.
    """

    def __init__(self, changes: Changes) -> None:
        self._changes = changes
        # In one piece, so that a thread never has one part of it old and another new.
        self._kept: tuple[int, float, dict[bytes, Counter | None]] | None = None

    def get(
        self,
        keys: Sequence[bytes],
        now: float,
        look_up: Callable[[Sequence[bytes]], dict[bytes, Counter]],
    ) -> Mapping[bytes, Counter | None]:
        """Return what the counters called `keys` hold; None, or nothing, for those not there.

        Args:
            keys: their names.
            now: the time, in seconds since the epoch.
            look_up: asks the store.
        """
        number = self._changes.settled()
        if number is None:
            return look_up(keys)
        kept = self._kept
        if kept is None or kept[0] != number or not 0 <= now - kept[1] < KEPT_S:
            kept = None
        elif all(key in kept[2] for key in keys):
            return kept[2]
        found = dict.fromkeys(keys) | look_up(keys)
        if kept is None or len(kept[2]) + len(found) > MOST_COUNTERS:
            # Under the number from before the look-up, as records are.
            self._kept = number, now, found
        else:
            kept[2].update(found)
        return found

    def clear(self) -> None:
        """Forget all."""
        self._kept = None
