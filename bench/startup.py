"""What importing and wrapping cost, beside importing Flask.

Each import is timed in a Python of its own, in turns. CPU seconds; the medians count.
"""

from __future__ import annotations

import argparse
import os
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path

import measure

TIMED = """
import time
{before}
start = time.process_time()
{timed}
print(time.process_time() - start)
"""
APP = """
import logging, secrets
from flask import Flask
from flask_login import LoginManager
from hardening import harden
logging.getLogger("hardening.events").addHandler(logging.NullHandler())
app = Flask("shop", instance_path={folder!r})
app.secret_key = secrets.token_hex(32)
LoginManager(app)
"""
# An app that is to be wrapped has imported Flask and Flask-Login already.
CASES = {
    "import flask": ("", "import flask"),
    "import flask_login, after Flask": ("import flask", "import flask_login"),
    "from hardening import harden, after both": (
        "import flask, flask_login",
        "from hardening import harden",
    ),
    "import flask_limiter, after Flask": ("import flask", "import flask_limiter"),
    "import flask_talisman, after Flask": ("import flask", "import flask_talisman"),
    "harden(app)": (APP, "harden(app)"),
}
PEER = "import flask"


def _time(before: str, timed: str, folder: str) -> float:
    code = TIMED.format(before=before.replace("{folder!r}", repr(folder)), timed=timed)
    # An installed package has its .pyc files; a source tree may not.
    environ = {**os.environ, "PYTHONPYCACHEPREFIX": folder}
    environ.pop("PYTHONDONTWRITEBYTECODE", None)
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, env=environ
    )
    return float(done.stdout)


def main() -> None:
    """Measure, print and write."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=15)
    parser.add_argument("--json", type=Path, default=Path("build/bench/startup.json"))
    options = parser.parse_args()
    found: dict[str, list[float]] = {name: [] for name in CASES}
    with tempfile.TemporaryDirectory() as folder:
        for name, (before, timed) in CASES.items():
            _time(before, timed, folder)  # writes the .pyc files
            found[name].clear()
        for _ in range(options.rounds):
            for name, (before, timed) in CASES.items():
                found[name].append(_time(before, timed, folder))
    width = max(map(len, found))
    rows = []
    print(f"{'':{width}}  CPU ms  of Flask's import")
    for name, times in found.items():
        ratios = [own / flask for own, flask in zip(times, found[PEER], strict=True)]
        row = {
            "name": name,
            "cpu_ms": round(statistics.median(times) * 1e3, 2),
            "ratio": round(statistics.median(ratios), 3),
        }
        rows.append(row)
        print(f"{name:{width}}  {row['cpu_ms']:6.1f}  {row['ratio']:18.2f}")
    measure.write(options.json, {"rows": rows})
    print(f"written to {options.json}")


if __name__ == "__main__":
    main()
