"""Every row of the gallery on one side: ``python -m attacks._replay bare|wrapped``.

Prints the outcomes as JSON. One process for each side: where the bare rows run, the wrapper
has never been imported.
"""

from __future__ import annotations

import json
import sys
import tempfile
from pathlib import Path

from . import discover
from ._row import Entry, Side
from ._target import Target


def replay(entry: Entry, side: Side) -> dict[str, object]:
    """Try one row, wrapped as most people do it: late, on the embedded store."""
    with tempfile.TemporaryDirectory() as folder:
        target = Target(side, Path(folder))
        succeeded: bool | None = None
        try:
            outcome = entry.attack(target)
            succeeded, evidence = outcome.succeeded, outcome.evidence
        except Exception as error:  # a broken row is a line of the report, not its end
            evidence = f"{type(error).__name__}: {error}"
    return {
        "id": entry.id,
        "title": entry.row.title,
        "kind": entry.row.kind,
        "side": side,
        "succeeded": succeeded,
        "expected": entry.row.expected(side),
        "evidence": evidence,
    }


def main(side: Side) -> None:
    """Print the outcome of every row."""
    print(json.dumps([replay(entry, side) for entry in discover()]))


if __name__ == "__main__":
    main("wrapped" if sys.argv[1:] == ["wrapped"] else "bare")
