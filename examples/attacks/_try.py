"""Try rows by hand, from the examples folder.

``python -m attacks._try [bare|wrapped] [late|early] [embedded|memory] [id ...]``
"""

from __future__ import annotations

import sys
import tempfile
import time
import traceback
from pathlib import Path

from . import discover
from ._target import Target


def main(words: list[str]) -> None:
    """Print what every row, or each named row, comes to on one target."""
    pick = {"side": "bare", "wrap": "late", "store": "embedded"}
    choices = {
        "side": ("bare", "wrapped"),
        "wrap": ("late", "early"),
        "store": ("embedded", "memory"),
    }
    ids = []
    for word in words:
        key = next((key for key, values in choices.items() if word in values), None)
        if key is None:
            ids.append(word)
        else:
            pick[key] = word
    for entry in discover():
        if ids and entry.id not in ids:
            continue
        began = time.perf_counter()
        with tempfile.TemporaryDirectory() as folder:
            target = Target(folder=Path(folder), **pick)  # type: ignore[arg-type]  # checked above
            try:
                outcome = entry.attack(target)
                good = outcome.succeeded is entry.row.expected(target.side)
                text = f"{'succeeded' if outcome.succeeded else 'failed'}: {outcome.evidence}"
            except Exception:
                good, text = False, traceback.format_exc(limit=-3)
        print(f"{'ok ' if good else 'BAD'} {entry.id} {time.perf_counter() - began:.1f}s {text}")


if __name__ == "__main__":
    main(sys.argv[1:])
