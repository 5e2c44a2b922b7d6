"""What a request costs: the wrapped app beside the stacks that are put together by hand.

``python bench/request.py --help`` says how to run it; ``bench/README.md`` how to read it.
"""

from __future__ import annotations

import argparse
import tempfile
from collections.abc import Callable, Iterable
from functools import partial
from pathlib import Path
from typing import Any

import measure
import servers
import stacks
from measure import Subject

PEER = "Flask-Login, strong"
MANY = "1000000/second"  # a limit that never refuses
THREE = [MANY, "1000000/minute", "10000000/hour"]
SQLITE = "sqlite:///bench.sqlite3"
Build = Callable[..., stacks.Wsgi]

# With many threads and with permanent sessions: what decides between using the wrapper or not.
FEW = (
    PEER,
    "+ Talisman + Limiter, one default limit",
    "wrapped, memory",
    "wrapped, SQLite",
    "wrapped, Redis, look-up on every request",
    "wrapped, Redis, cache of one second",
)


def _alternatives(redis: str | None) -> dict[str, Build]:
    found: dict[str, Build] = {
        PEER: stacks.flask_login,
        "bare Flask, session untouched": stacks.plain,
        "+ Talisman": stacks.talisman,
        "+ Talisman + Limiter, limit on login only": partial(stacks.limiter, login=MANY),
        "+ Talisman + Limiter, one default limit": partial(stacks.limiter, defaults=[MANY]),
        "+ Talisman + Limiter, three default limits": partial(stacks.limiter, defaults=THREE),
        "Flask-Security-Too, user in memory": stacks.security_too,
        "Django, signed cookies": _django,
        "wrapped, memory": stacks.hardened,
        "wrapped, SQLite": partial(stacks.hardened, store=SQLITE),
    }
    limited = "+ Talisman + Limiter on Redis, {} default limit{}"
    one, three = limited.format("one", ""), limited.format("three", "s")
    found[one] = _on(redis, stacks.limiter, "storage", defaults=[MANY])
    found[three] = _on(redis, stacks.limiter, "storage", defaults=THREE)
    found["wrapped, Redis, look-up on every request"] = _on(redis, stacks.hardened, "store")
    cached = None if redis is None else f"{redis}{'&' if '?' in redis else '?'}cache=1"
    found["wrapped, Redis, cache of one second"] = _on(cached, stacks.hardened, "store")
    return found


def _on(url: str | None, build: Build, name: str, **more: object) -> Build:
    """Return `build` with its store at `url`; without one it says what is missing."""
    if url is not None:
        return partial(build, **{name: url}, **more)

    def missing(*_: object, **__: object) -> stacks.Wsgi:
        raise LookupError(f"not run: {servers.NOT_FOUND}")

    return missing


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
            if name.startswith("bare"):  # it has no logins
                asked = "/public"
            else:
                visitor = visitor.log_in()
        work = visitor.get(asked)
        if work() != 200 or work() != 200:
            raise SystemExit(f"{name} does not answer {asked} with 200")
        found.append(Subject(name, work))
    return found


def _few(found: dict[str, Any]) -> dict[str, Any]:
    return {name: each for name, each in found.items() if name in FEW}


class Run:
    """Measures, prints and collects one table after the other.

    Args:
        options: what the command line says.
    """

    def __init__(self, options: argparse.Namespace) -> None:
        self._options = options
        self.results: dict[str, object] = {"peer": PEER, "permanent": options.permanent}
        self.results |= {"rounds": options.rounds, "requests": options.requests}

    def table(
        self,
        key: str,
        title: str,
        subjects: list[Subject],
        *,
        threads: int = 1,
        notes: Iterable[str] = (),
    ) -> None:
        """Measure `subjects` and keep their rows as `key`."""
        count, units = self._options.rounds, max(self._options.requests, threads)
        found = measure.rounds(subjects, count=count, units=units, threads=threads)
        self.results[key] = rows = measure.compare(found, PEER)
        print(measure.table(title, rows, list(notes)), flush=True)


def main() -> None:
    """Measure, print and write."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=15)
    parser.add_argument("--requests", type=int, default=500, help="in each round, of each stack")
    parser.add_argument("--threads", type=int, nargs="*", default=[1, 8, 64])
    parser.add_argument("--permanent", action="store_true", help="permanent sessions everywhere")
    parser.add_argument("--redis", metavar="URL", help="a server that runs; else one is started")
    parser.add_argument("--only", metavar="TEXT", nargs="*", help="only stacks with such a name")
    parser.add_argument("--json", type=Path, default=Path("build/bench/request.json"))
    options = parser.parse_args()
    run = Run(options)
    with servers.redis(options.redis) as redis, tempfile.TemporaryDirectory() as folder:
        chosen = {
            name: build
            for name, build in _alternatives(redis).items()
            if name == PEER or not options.only or any(text in name for text in options.only)
        }
        built, left_out = _build(chosen, Path(folder, "session"), options.permanent)
        run.results["left_out"] = left_out
        for threads in options.threads:
            stacks_here = built if threads == 1 else _few(built)
            run.table(
                f"logged_in_{threads}_threads",
                f"A page for a user who is logged in, {threads} thread(s)",
                _subjects(stacks_here, "/private"),
                threads=threads,
                notes=left_out,
            )
        if not options.permanent:
            permanent, _ = _build(_few(chosen), Path(folder, "permanent"), permanent=True)
            title = "The same with permanent sessions, the peer's too"
            run.table("permanent", title, _subjects(permanent, "/private"))
        flask_only = {n: app for n, app in built.items() if n.startswith(("wrapped", PEER))}
        run.table("anonymous_request", "Anonymous request", _subjects(flask_only, "/public"))
        run.table("static_file", "Static file", _subjects(flask_only, "/static/a.css"))
    measure.write(options.json, run.results)
    print(f"written to {options.json}")


if __name__ == "__main__":
    main()
