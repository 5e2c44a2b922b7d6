"""Times alternatives against each other: interleaved rounds, medians, ratios, CPU beside wall.

A machine that others use drifts by more than what is to be told apart here. So every round runs
every alternative once, in an order of its own, each is compared with the peer of the same round,
and the median of those ratios is what counts.
"""

from __future__ import annotations

import gc
import json
import platform
import random
import statistics
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

PACKAGES = (
    *("Flask", "Werkzeug", "Flask-Login", "flask-talisman", "Flask-Limiter", "limits"),
    *("Flask-Security-Too", "Django", "argon2-cffi", "redis"),
)


@dataclass(frozen=True)
class Subject:
    """One alternative: what it is called, and what does one unit of its work."""

    name: str
    work: Callable[[], object]


@dataclass
class Times:
    """What was measured of one subject, one entry for each round; microseconds a unit."""

    cpu: list[float] = field(default_factory=list)
    wall: list[float] = field(default_factory=list)


def rounds(
    subjects: Sequence[Subject], *, count: int, units: int, threads: int = 1
) -> dict[str, Times]:
    """Return the times of `subjects` by name.

    Args:
        subjects: what to compare.
        count: how many rounds.
        units: how many units of work each subject does in a round.
        threads: how many threads share them.
    """
    found = {subject.name: Times() for subject in subjects}
    order = list(subjects)
    for subject in subjects:
        _run(subject.work, max(units // 10, 1), threads)  # caches and lazy imports
    for _ in range(count):
        random.shuffle(order)
        for subject in order:
            gc.collect()
            wall, cpu = time.perf_counter(), time.process_time()
            _run(subject.work, units, threads)
            times = found[subject.name]
            times.cpu.append((time.process_time() - cpu) / units * 1e6)
            times.wall.append((time.perf_counter() - wall) / units * 1e6)
    return found


def _run(work: Callable[[], object], units: int, threads: int) -> None:
    if threads == 1:
        for _ in range(units):
            work()
        return
    share = [units // threads + (index < units % threads) for index in range(threads)]
    workers = [threading.Thread(target=_run, args=(work, each, 1)) for each in share]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()


def compare(found: dict[str, Times], peer: str) -> list[dict[str, Any]]:
    """Return one row for each subject: medians, and the medians of its ratios to `peer`."""
    base = found[peer]
    rows = []
    for name, times in found.items():
        cpu = [own / other for own, other in zip(times.cpu, base.cpu, strict=True)]
        wall = [own / other for own, other in zip(times.wall, base.wall, strict=True)]
        added = [own - other for own, other in zip(times.cpu, base.cpu, strict=True)]
        rows.append(
            {
                "name": name,
                "cpu_us": round(statistics.median(times.cpu), 1),
                "wall_us": round(statistics.median(times.wall), 1),
                "cpu_ratio": round(statistics.median(cpu), 2),
                "wall_ratio": round(statistics.median(wall), 2),
                "cpu_added_us": round(statistics.median(added), 1),
            }
        )
    return rows


def table(title: str, rows: Sequence[dict[str, Any]], notes: Sequence[str] = ()) -> str:
    """Return `rows` for people."""
    width = max(len(row["name"]) for row in rows)
    lines = [title, f"{'':{width}}  CPU ratio  wall ratio  CPU us  added us"]
    lines += [
        f"{row['name']:{width}}  {row['cpu_ratio']:9.2f}  {row['wall_ratio']:10.2f}"
        f"  {row['cpu_us']:6.0f}  {row['cpu_added_us']:8.1f}"
        for row in rows
    ]
    return "\n".join([*lines, *(f"  {note}" for note in notes), ""])


def write(path: Path, results: dict[str, Any]) -> None:
    """Write `results` as JSON, with what they were measured on."""
    about = {"python": platform.python_version(), "machine": platform.machine()}
    path.parent.mkdir(parents=True, exist_ok=True)
    text = json.dumps({**about, "packages": _versions(), **results}, indent=2)
    path.write_text(text + "\n", encoding="utf-8")


def _versions() -> dict[str, str]:
    found = {}
    for name in PACKAGES:
        try:
            found[name] = version(name)
        except PackageNotFoundError:
            continue
    return found
