"""What it costs to refuse a login that is over its limit, before any password is hashed.

The whole request is timed, from the WSGI call to the last byte, and what the same app takes for
an anonymous page stands beside it.
"""

from __future__ import annotations

import argparse
import tempfile
from functools import partial
from pathlib import Path

import measure
import stacks
from measure import Subject

PEER = "Flask-Limiter, memory"
LIMIT = "5/minute"


def _subjects(folder: Path, redis: str | None) -> tuple[list[Subject], list[str]]:
    builders = {
        PEER: partial(stacks.limiter, login=LIMIT),
        "wrapped, memory": stacks.hardened,
        "wrapped, SQLite": partial(stacks.hardened, store="sqlite:///bench.sqlite3"),
    }
    if redis is not None:
        builders["Flask-Limiter, Redis"] = partial(stacks.limiter, login=LIMIT, storage=redis)
        builders["wrapped, Redis"] = partial(stacks.hardened, store=redis)
    found, left_out = [], []
    for number, (name, build) in enumerate(builders.items()):
        try:
            app = build(folder / str(number))
        except Exception as error:  # noqa: BLE001  # say which, and measure the others
            left_out.append(f"{name}: {error}")
            continue
        attempt = stacks.Visitor(app).post("/login", username=stacks.NAME, password="wrong")
        statuses = [attempt() for _ in range(30)]
        if statuses[-1] != 429:
            raise SystemExit(f"{name} answers {statuses[-1]} after 30 failures")
        found.append(Subject(name, attempt))
    page = stacks.Visitor(stacks.flask_login(folder / "page")).get("/public")
    found.append(Subject("an anonymous page, for comparison", page))
    return found, left_out


def main() -> None:
    """Measure, print and write."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=15)
    parser.add_argument("--requests", type=int, default=1000, help="in each round, of each")
    parser.add_argument("--redis", metavar="URL", help="add the stacks that use a Redis server")
    parser.add_argument("--json", type=Path, default=Path("build/bench/refused_login.json"))
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        subjects, left_out = _subjects(Path(folder), options.redis)
        found = measure.rounds(subjects, count=options.rounds, units=options.requests)
        rows = measure.compare(found, PEER)
    print(measure.table("A login that is refused with 429", rows, left_out))
    measure.write(options.json, {"peer": PEER, "rows": rows, "left_out": left_out})
    print(f"written to {options.json}")


if __name__ == "__main__":
    main()
