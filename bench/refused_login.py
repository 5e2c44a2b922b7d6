"""What it costs to refuse a login that is over its limit, before any password is hashed.

The whole request is timed, from the WSGI call to the last byte. Beside it stand a refusal that has
to go through Flask, since the app has a function of its own after every request, an anonymous page
of the same app, and the least that Flask takes to answer a form with 429.
"""

from __future__ import annotations

import argparse
import tempfile
from functools import partial
from pathlib import Path
from typing import Any

import measure
import servers
import stacks
from measure import Subject

PEER = "Flask-Limiter, memory"
LIMIT = "5/minute"
COUNTED = 200  # refusals whose round trips are counted


def _subjects(folder: Path, redis: str | None) -> tuple[list[Subject], list[str]]:
    builders = {
        PEER: partial(stacks.limiter, login=LIMIT),
        "wrapped, memory": stacks.hardened,
        "wrapped, SQLite": partial(stacks.hardened, store="sqlite:///bench.sqlite3"),
        "wrapped, SQLite, through Flask": _heard,
    }
    left_out = []
    if redis is None:
        left_out.append(f"Flask-Limiter, Redis; wrapped, Redis: not run: {servers.NOT_FOUND}")
    else:
        builders["Flask-Limiter, Redis"] = partial(stacks.limiter, login=LIMIT, storage=redis)
        builders["wrapped, Redis"] = partial(stacks.hardened, store=redis)
    found = []
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
    found.append(Subject("a view that reads the form and aborts with 429", _aborts(folder)))
    return found, left_out


def _heard(folder: Path) -> Any:
    app = stacks.hardened(folder, store="sqlite:///bench.sqlite3")
    app.after_request(lambda response: response)
    return app


def _aborts(folder: Path) -> Any:
    from flask import abort, request

    app = stacks.flask_login(folder / "aborts")

    @app.post("/refuse")
    def refuse() -> None:
        _ = request.form["username"]
        abort(429)

    return stacks.Visitor(app).post("/refuse", username=stacks.NAME, password="wrong")


def _round_trips(subject: Subject) -> float:
    """Return how often one refusal writes to the server and waits for the answer."""
    from redis.connection import AbstractConnection

    sent = 0
    original = AbstractConnection.send_packed_command

    def counting(*args: Any, **options: Any) -> Any:
        nonlocal sent
        sent += 1
        return original(*args, **options)

    AbstractConnection.send_packed_command = counting  # type: ignore[method-assign]  # put back below
    try:
        for _ in range(COUNTED):
            subject.work()
    finally:
        AbstractConnection.send_packed_command = original  # type: ignore[method-assign]
    return round(sent / COUNTED, 2)


def main() -> None:
    """Measure, print and write."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=15)
    parser.add_argument("--requests", type=int, default=500, help="in each round, of each")
    parser.add_argument("--redis", metavar="URL", help="a server that runs; else one is started")
    parser.add_argument("--json", type=Path, default=Path("build/bench/refused_login.json"))
    options = parser.parse_args()
    with servers.redis(options.redis) as redis, tempfile.TemporaryDirectory() as folder:
        subjects, left_out = _subjects(Path(folder), redis)
        found = measure.rounds(subjects, count=options.rounds, units=options.requests)
        rows = measure.compare(found, PEER)
        on_redis = [each for each in subjects if each.name.endswith("Redis")]
        trips = {each.name: _round_trips(each) for each in on_redis}
    notes = [f"{name}: {count} round trips a refusal" for name, count in trips.items()]
    print(measure.table("A login that is refused with 429", rows, [*notes, *left_out]))
    results = {"peer": PEER, "rows": rows, "round_trips": trips, "left_out": left_out}
    measure.write(options.json, results)
    print(f"written to {options.json}")


if __name__ == "__main__":
    main()
