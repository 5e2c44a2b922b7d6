"""What a request costs: the wrapped app beside the stacks that are put together by hand.

``python bench/request.py --help`` says how to run it; ``bench/README.md`` how to read it.
"""

from __future__ import annotations

import argparse
import tempfile
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import measure
import stacks
from measure import Subject

PEER = "Flask-Login, strong"
MANY = "1000000/second"  # a limit that never refuses
Build = Callable[..., stacks.Wsgi]


def _alternatives(redis: str | None) -> dict[str, Build]:
    found: dict[str, Build] = {
        PEER: stacks.flask_login,
        "bare Flask, session untouched": stacks.plain,
        "+ Talisman": stacks.talisman,
        "+ Talisman + Limiter, limit on login only": partial(stacks.limiter, login=MANY),
        "+ Talisman + Limiter, one default limit": partial(stacks.limiter, defaults=[MANY]),
        "+ Talisman + Limiter, three default limits": partial(
            stacks.limiter, defaults=[MANY, "1000000/minute", "10000000/hour"]
        ),
        "Flask-Security-Too, user in memory": stacks.security_too,
        "Django, signed cookies": _django,
        "wrapped, memory": stacks.hardened,
        "wrapped, SQLite": partial(stacks.hardened, store="sqlite:///bench.sqlite3"),
    }
    if redis is not None:
        found["+ Talisman + Limiter on Redis"] = partial(
            stacks.limiter, defaults=[MANY], storage=redis
        )
        found["wrapped, Redis"] = partial(stacks.hardened, store=redis)
    return found


def _django(_folder: Path, *, permanent: bool) -> stacks.Wsgi:
    import django_stack

    return django_stack.signed_cookies(permanent=permanent)


def _build(
    alternatives: dict[str, Build], folder: Path, permanent: bool
) -> tuple[dict[str, stacks.Wsgi], list[str]]:
    built, left_out = {}, []
    for number, (name, build) in enumerate(alternatives.items()):
        try:
            built[name] = build(folder / str(number), permanent=permanent)
        except ImportError as error:
            left_out.append(f"{name}: {error.name} is not installed")
        except Exception as error:  # noqa: BLE001  # say which, and measure the others
            left_out.append(f"{name}: {error}")
    return built, left_out


def _subjects(built: dict[str, stacks.Wsgi], path: str) -> list[Subject]:
    found = []
    for name, app in built.items():
        visitor = stacks.Visitor(app)
        asked = path
        if path == "/private":
            if _has_no_logins(name):
                asked = "/public"
            else:
                visitor = visitor.log_in()
        work = visitor.get(asked)
        if work() != 200 or work() != 200:
            raise SystemExit(f"{name} does not answer {asked} with 200")
        found.append(Subject(name, work))
    return found


def _has_no_logins(name: str) -> bool:
    """Return whether a stack has no logins."""
    return name.startswith("bare")


def main() -> None:
    """Measure, print and write."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=15)
    parser.add_argument("--requests", type=int, default=2000, help="in each round, of each stack")
    parser.add_argument("--threads", type=int, nargs="*", default=[1], help="such as 1 8 64")
    parser.add_argument("--permanent", action="store_true", help="permanent sessions")
    parser.add_argument("--redis", metavar="URL", help="add the stacks that use a Redis server")
    parser.add_argument("--only", metavar="TEXT", nargs="*", help="only stacks with such a name")
    parser.add_argument("--json", type=Path, default=Path("build/bench/request.json"))
    options = parser.parse_args()
    chosen = {
        name: build
        for name, build in _alternatives(options.redis).items()
        if name == PEER or not options.only or any(text in name for text in options.only)
    }
    results: dict[str, object] = {"peer": PEER, "permanent": options.permanent}
    results |= {"rounds": options.rounds, "requests": options.requests}
    with tempfile.TemporaryDirectory() as folder:
        built, left_out = _build(chosen, Path(folder), options.permanent)
        results["left_out"] = left_out
        for threads in options.threads:
            subjects = _subjects(built, "/private")
            rows = _rows(subjects, options, threads)
            results[f"logged_in_{threads}_threads"] = rows
            title = f"A page for a user who is logged in, {threads} thread(s)"
            print(measure.table(title, rows, left_out), flush=True)
        flask_only = {n: app for n, app in built.items() if n.startswith(("wrapped", PEER))}
        for title, path in (("Anonymous request", "/public"), ("Static file", "/static/a.css")):
            rows = _rows(_subjects(flask_only, path), options, 1)
            results[title.lower().replace(" ", "_")] = rows
            print(measure.table(title, rows))
    measure.write(options.json, results)
    print(f"written to {options.json}")


def _rows(
    subjects: list[Subject], options: argparse.Namespace, threads: int
) -> list[dict[str, Any]]:
    found = measure.rounds(subjects, count=options.rounds, units=options.requests, threads=threads)
    return measure.compare(found, PEER)


if __name__ == "__main__":
    main()
