"""A bulk re-hash in a process of its own, to be killed: ``rehash_worker.py URL [BATCH]``.

It writes a line before and after every commit that writes rows, so that a test can kill it there.
"""

from __future__ import annotations

import sys
from typing import Any

from rehash_tables import options
from sqlalchemy import event

from hardening.rehash import reflect
from hardening.rehash.run import run


def main(url: str, batch: int) -> None:
    """Wrap everything in the table ``users``."""
    engine = reflect.open_engine(url)
    writes: set[int] = set()

    @event.listens_for(engine, "before_cursor_execute")
    def executing(connection: Any, cursor: Any, statement: str, *rest: Any) -> None:
        if statement.startswith("UPDATE"):
            writes.add(id(connection))

    @event.listens_for(engine, "commit")
    def committing(connection: Any) -> None:
        if id(connection) in writes:
            writes.discard(id(connection))
            print("commit", flush=True)

    print("ready", flush=True)
    outcome = run(
        reflect.find(engine, "users", "pw"),
        options(batch=batch),
        done=lambda rows: print(rows, flush=True),
    )
    print(f"end {outcome.done}", flush=True)


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]))
