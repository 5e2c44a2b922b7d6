"""What an audit costs, beside parsing the same files and beside other linters.

Every tool runs as a process of its own, in turns, over one tree: a release pulled from the
package index, or any folder. CPU seconds of the process and its children, and its peak memory.
"""

from __future__ import annotations

import argparse
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import zipfile
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

import measure

RELEASE = "apache-superset==6.1.0"
PEER = "ast.parse of every file"
PARSE = """
import ast, os, sys, warnings
warnings.simplefilter("ignore")
for folder, _, names in os.walk(sys.argv[1]):
    for name in names:
        if name.endswith(".py"):
            with open(os.path.join(folder, name), "rb") as stream:
                try:
                    ast.parse(stream.read())
                except (SyntaxError, ValueError, RecursionError):
                    pass
"""
# What the machine can do at most: a bandit for each core, each with its share of the files.
SHARES = """
import os, subprocess, sys
files = [
    os.path.join(folder, name)
    for folder, _, names in os.walk(sys.argv[1]) for name in names if name.endswith(".py")
]
count = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
command = [sys.executable, "-m", "bandit", "-q"]
running = [
    subprocess.Popen([*command, *files[n::count]], stdout=subprocess.DEVNULL) for n in range(count)
]
for one in running:
    one.wait()
"""


@dataclass
class Tool:
    """One command over the tree."""

    name: str
    command: Sequence[str]
    rounds: int | None = None
    """How often it runs at most; None: every round. The slowest peers run once or twice."""
    clear: Path | None = None
    """A folder that is removed before each run."""
    cpu: list[float] = field(default_factory=list)
    wall: list[float] = field(default_factory=list)
    mib: float = 0.0


def unpack(release: str, folder: Path) -> Path:
    """Download the wheel of `release` and return the folder with its files."""
    command = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", release]
    subprocess.run([*command, "--only-binary", ":all:", "-d", str(folder)], check=True)
    (wheel,) = folder.glob("*.whl")
    place = folder / "tree"
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(place)
    return place


def run(tool: Tool) -> None:
    """Run `tool` once and note what it took."""
    if tool.clear is not None:
        shutil.rmtree(tool.clear, ignore_errors=True)
    # A process that does nothing but wait: the system counts its children's time and memory.
    code = (
        "import resource, subprocess, sys, time; start = time.perf_counter();"
        "subprocess.run(sys.argv[1:], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL);"
        "used = resource.getrusage(resource.RUSAGE_CHILDREN);"
        "print(used.ru_utime + used.ru_stime, time.perf_counter() - start, used.ru_maxrss)"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, *tool.command], capture_output=True, text=True, check=True
    )
    cpu, wall, peak = (float(word) for word in done.stdout.split())
    tool.cpu.append(cpu)
    tool.wall.append(wall)
    tool.mib = max(tool.mib, peak / (1024 * 1024 if sys.platform == "darwin" else 1024))


def tools(tree: Path, cache: Path) -> list[Tool]:
    """Return every command that can run here."""
    ours = [sys.executable, "-m", "flask_hardening", "audit", str(tree), "--fail-on", "never"]
    found = [
        Tool(PEER, [sys.executable, "-c", PARSE, str(tree)]),
        Tool("flask-hardening, cold", ours, clear=cache),
        Tool("flask-hardening, unchanged", ours),
        Tool("flask-hardening --bandit", [*ours, "--bandit", "--no-cache"], rounds=3),
        Tool("bandit", [sys.executable, "-m", "bandit", "-q", "-r", str(tree)], rounds=3),
        Tool("bandit, one per core by hand", [sys.executable, "-c", SHARES, str(tree)], rounds=3),
        Tool("ruff, rules S", [_beside("ruff"), "check", "--no-cache", "--select", "S", str(tree)]),
        Tool("semgrep, p/flask", [_beside("semgrep"), "--config", "p/flask", str(tree)], rounds=1),
    ]
    return [tool for tool in found if shutil.which(tool.command[0]) and _importable(tool)]


def _beside(name: str) -> str:
    own = Path(sys.executable).with_name(name)
    return str(own) if own.exists() else name


def _importable(tool: Tool) -> bool:
    if "bandit" not in tool.name:
        return True
    check = [sys.executable, "-c", "import bandit"]
    return subprocess.run(check, capture_output=True, check=False).returncode == 0


def main() -> None:
    """Measure, print and write."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--tree", type=Path, help=f"a folder; by default {RELEASE} is downloaded")
    parser.add_argument("--json", type=Path, default=Path("build/bench/audit.json"))
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        tree = options.tree or unpack(RELEASE, Path(folder))
        cache = Path(folder) / "cache"
        os.environ["XDG_CACHE_HOME"] = str(cache)
        # An installed package is compiled once, when it is installed, not at every run.
        os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
        found = tools(tree, cache)
        for number in range(options.rounds):
            for tool in found:
                if tool.rounds is None or number < tool.rounds:
                    run(tool)
    base = found[0].cpu
    width = max(len(tool.name) for tool in found)
    rows = []
    print(f"{options.tree or RELEASE}\n{'':{width}}  CPU ratio  CPU s  wall s  MiB")
    for tool in found:
        ratio = statistics.median(own / peer for own, peer in zip(tool.cpu, base, strict=False))
        cpu, wall = statistics.median(tool.cpu), statistics.median(tool.wall)
        print(f"{tool.name:{width}}  {ratio:9.2f}  {cpu:5.2f}  {wall:6.2f}  {tool.mib:3.0f}")
        rows.append(
            {
                "name": tool.name,
                "cpu_ratio": round(ratio, 2),
                "cpu_s": round(cpu, 2),
                "wall_s": round(wall, 2),
                "mib": round(tool.mib),
            }
        )
    measure.write(options.json, {"tree": str(options.tree or RELEASE), "rows": rows})
    print(f"written to {options.json}")


if __name__ == "__main__":
    main()
