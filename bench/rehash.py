"""What a bulk re-hash adds to the Argon2id hashes that it has to compute, and what it keeps.

The limit is the same number of hashes at the same cost, in as many threads, with no database. Both
take turns, and what counts is the median of the ratios of neighbours. The second table is the
database's side alone: at the lowest cost that Argon2 has, which nothing but a benchmark can ask
for, nearly all of the time goes into reading, writing and committing. From both follows how long a
million accounts take.

PostgreSQL is measured if its programs are installed, on a throw-away cluster that keeps its
commits, on this machine; so that its processes use the same cores.
"""

from __future__ import annotations

import argparse
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import measure

ROOT = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(ROOT), str(ROOT / "tests" / "support")]

from sqlalchemy import text  # noqa: E402  # the two folders come first

from hardening.passwords.gate import usual_places  # noqa: E402
from hardening.passwords.hasher import LOWEST, STANDARD, Cost, make_hash  # noqa: E402
from hardening.rehash import reflect  # noqa: E402
from hardening.rehash.run import Options, run  # noqa: E402
from hardening.rehash.sorting import Rules  # noqa: E402

HASH = "pbkdf2:sha256:600000${salt:016d}$" + "5" * 64
CHUNK = 10_000  # rows of one insert


def fill(url: str, rows: int) -> None:
    """Make the table ``users`` with so many old hashes."""
    engine = reflect.open_engine(url)
    with engine.begin() as connection:
        connection.execute(text("DROP TABLE IF EXISTS users"))
        connection.execute(text("CREATE TABLE users (id integer PRIMARY KEY, pw varchar(255))"))
        for start in range(0, rows, CHUNK):
            numbers = range(start, min(rows, start + CHUNK))
            values = [{"id": number, "pw": HASH.format(salt=number)} for number in numbers]
            connection.execute(text("INSERT INTO users VALUES (:id, :pw)"), values)
    engine.dispose()


def limit(rows: int, cost: Cost) -> float:
    """Return how many seconds the hashes alone take."""
    threads = usual_places(cost.memory_kib)
    began = time.perf_counter()
    with ThreadPoolExecutor(threads) as pool:
        for _ in pool.map(lambda _: make_hash(bytes(32), cost), range(rows)):
            pass
    return time.perf_counter() - began


def bulk(url: str, cost: Cost) -> tuple[float, int]:
    """Return how many seconds a run takes, and how many rows it wrote."""
    target = reflect.find(reflect.open_engine(url), "users", "pw")
    began = time.perf_counter()
    outcome = run(target, Options(Rules(cost=cost)))
    took = time.perf_counter() - began
    target.engine.dispose()
    return took, outcome.done


def throughput(url: str, rows: int, rounds: int) -> dict[str, Any]:
    """Compare a run with the limit, in turns."""
    ratios, cpu_ratios, limits, runs = [], [], [], []
    fill(url, 10)
    bulk(url, STANDARD)  # what is loaded late
    for _ in range(rounds):
        fill(url, rows)
        cpu = time.process_time()
        alone = limit(rows, STANDARD)
        alone_cpu, cpu = time.process_time() - cpu, time.process_time()
        took, done = bulk(url, STANDARD)
        took_cpu = time.process_time() - cpu
        if done != rows:
            raise SystemExit(f"{done} of {rows} rows were written")
        limits.append(rows / alone)
        runs.append(rows / took)
        ratios.append(alone / took)
        cpu_ratios.append(alone_cpu / took_cpu)
    return {
        "rows": rows,
        "limit_per_s": round(statistics.median(limits), 1),
        "run_per_s": round(statistics.median(runs), 1),
        "wall_share": round(statistics.median(ratios), 3),
        "cpu_share": round(statistics.median(cpu_ratios), 3),
    }


def scale(url: str, rows: int) -> dict[str, Any]:
    """Run over many rows at the lowest cost, in a process of its own; return its peak memory."""
    fill(url, rows)
    done = subprocess.run(
        [sys.executable, __file__, "--child", url], check=True, capture_output=True, text=True
    )
    took, written, peak_kib, rest_kib = done.stdout.split()
    return {
        "rows": int(written),
        "seconds": round(float(took), 1),
        "rows_per_s": round(rows / float(took)),
        "peak_mib": round(int(peak_kib) / 1024, 1),
        "idle_mib": round(int(rest_kib) / 1024, 1),
    }


def child(url: str) -> None:
    """Do one run at the lowest cost and print how long it took and what it kept."""
    import resource

    rest = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    took, done = bulk(url, LOWEST)
    print(took, done, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss, rest)


@contextmanager
def databases(folder: Path) -> Iterator[dict[str, str]]:
    """Yield the addresses of empty databases by their servers' names."""
    file = folder / "bench.sqlite3"
    file.touch()
    found = {"SQLite": f"sqlite:///{file}"}
    try:
        import postgres
        import psycopg  # noqa: F401  # the driver

        postgres.programs()
    except (ImportError, RuntimeError) as error:
        print(f"  PostgreSQL: not run: {error}")
        yield found
        return
    postgres.FAST = ("-c", "max_connections=60")  # as a real one: commits reach the disk
    with postgres.cluster() as server:
        yield {**found, "PostgreSQL": server.create("bench")}


def main() -> None:
    """Measure, print and write."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=400, help="at the real cost, in each round")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument(
        "--scale", type=int, nargs="*", default=[1_000, 10_000], help="rows at the lowest cost"
    )
    parser.add_argument("--json", type=Path, default=Path("build/bench/rehash.json"))
    parser.add_argument("--child", metavar="URL", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.child:
        child(options.child)
        return
    results: dict[str, Any] = {"cores": os.cpu_count(), "threads": usual_places(0)}
    print(f"A bulk re-hash at m={STANDARD.memory_kib} KiB, t={STANDARD.time}, p={STANDARD.lanes}")
    with tempfile.TemporaryDirectory() as folder, databases(Path(folder)) as found:
        for name, url in found.items():
            real = throughput(url, options.rows, options.rounds)
            print(
                f"  {name}: {real['run_per_s']} rows a second, hashes alone {real['limit_per_s']}: "
                f"{real['wall_share']:.1%} of the limit, {real['cpu_share']:.1%} by CPU time"
            )
            sizes = [scale(url, rows) for rows in options.scale]
            for size in sizes:
                print(
                    f"  {name}: {size['rows']:,} rows at the lowest cost in {size['seconds']} s, "
                    f"{size['rows_per_s']:,} a second, peak {size['peak_mib']} MiB"
                )
            hours = 1_000_000 / real["run_per_s"] / 3600
            print(f"  {name}: a million accounts would take {hours:.1f} hours here")
            results[name] = {"real": real, "scale": sizes, "million_hours": round(hours, 2)}
    measure.write(options.json, results)
    print(f"written to {options.json}")


if __name__ == "__main__":
    main()
