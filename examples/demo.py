"""The toolkit's main job on real input: audit four apps, wrap them, attack them before and after.

Run by ``make demo``, or by hand where the package and ``examples/requirements.txt`` are
installed: ``python examples/demo.py [FOLDER]``. Everything goes into one folder, by default
``demo-report``. Exits 0 only if every attack succeeds on the bare side and fails on the wrapped
one, and every promise is kept; the table says what did not.
"""

from __future__ import annotations

import difflib
import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from typing import Any

from attacks._examples import EXAMPLES as APPS
from demo_report import Audit, Report, Result, table, write_index

EXAMPLES = Path(__file__).resolve().parent
NAMES = tuple(app.name for app in APPS)
STAGES = {"before": "bare", "after": "wrapped"}
FORMATS = {"text": "txt", "json": "json", "sarif": "sarif", "html": "html"}


def main(folder: Path) -> int:
    """Run the demonstration and return the exit code.

    Args:
        folder: where the reports go; emptied first.
    """
    began = time.monotonic()
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    # Two at a time: each job is a process of its own, and small machines have two cores.
    with tempfile.TemporaryDirectory() as scratch, ThreadPoolExecutor(2) as pool:
        gallery = {side: pool.submit(_gallery, side) for side in STAGES.values()}
        replays = {
            (name, side): pool.submit(_on_example, name, side, Path(scratch))
            for name in NAMES
            for side in STAGES.values()
        }
        audits = [
            pool.submit(_audit, name, stage, folder, Path(scratch))
            for name in NAMES
            for stage in STAGES
        ]
        report = Report(
            audits=[job.result() for job in audits],
            gallery=_pair([row for job in gallery.values() for row in job.result()]),
            examples={name: _pair(_rows(replays, name)) for name in NAMES},
            diffs={name: _diff(name, folder) for name in NAMES},
            others={app.name: app.others for app in APPS},
        )
    write_index(report, folder)
    _show(report, folder, time.monotonic() - began)
    return 0 if report.good else 1


def _audit(name: str, stage: str, folder: Path, scratch: Path) -> Audit:
    """Audit a copy of one side in a folder of its own, as its author would."""
    project = scratch / "audited" / name / stage
    ignore = shutil.ignore_patterns("instance", "__pycache__")
    shutil.copytree(EXAMPLES / name / STAGES[stage], project, ignore=ignore)
    target = folder / name
    target.mkdir(exist_ok=True)
    command = [str(Path(sys.executable).parent / "flask-hardening"), "audit", "."]
    for kind, ending in FORMATS.items():
        command += ["--format", f"{kind}:{target.resolve() / f'{stage}.{ending}'}"]
    run = subprocess.run(command, cwd=project, capture_output=True, text=True, check=False)
    try:
        findings = json.loads((target / f"{stage}.json").read_text())["findings"]
    except (OSError, ValueError):
        raise SystemExit(f"the audit of {name} wrote no report:\n{run.stderr}") from None
    live = [finding for finding in findings if not finding["suppressed"]]
    rules = [f"{finding['rule']} ({finding['severity']})" for finding in live]
    return Audit(name, stage, run.returncode, tuple(rules))


def _gallery(side: str) -> list[dict[str, Any]]:
    return _json("attacks._replay", side)


def _on_example(name: str, side: str, scratch: Path) -> list[dict[str, Any]]:
    return _json("attacks._on_examples", name, side, str(scratch / "attacked" / name / side))


def _json(module: str, *words: str) -> list[dict[str, Any]]:
    run = subprocess.run(
        [sys.executable, "-m", module, *words],
        cwd=EXAMPLES,
        env=os.environ | {"PYTHONDONTWRITEBYTECODE": "1"},
        capture_output=True,
        text=True,
        check=False,
    )
    if run.returncode:
        raise SystemExit(f"{module} {' '.join(words)} failed:\n{run.stderr[-3000:]}")
    rows: list[dict[str, Any]] = json.loads(run.stdout)
    return rows


def _rows(
    replays: dict[tuple[str, str], Future[list[dict[str, Any]]]], name: str
) -> list[dict[str, Any]]:
    return [row for side in STAGES.values() for row in replays[name, side].result()]


def _pair(rows: list[dict[str, Any]]) -> list[Result]:
    """Put both sides of each row together."""
    bare = {row["id"]: row for row in rows if row["side"] == "bare"}
    wrapped = {row["id"]: row for row in rows if row["side"] == "wrapped"}
    return [Result(bare[name], wrapped[name]) for name in bare]


def _diff(name: str, folder: Path) -> str:
    """Write and return the difference that wrapping an example made, templates included."""
    lines: list[str] = []
    bare, wrapped = EXAMPLES / name / "bare", EXAMPLES / name / "wrapped"
    for path in sorted((*bare.rglob("*.py"), *bare.rglob("*.html"))):
        part = path.relative_to(bare)
        old, new = path.read_text().splitlines(True), (wrapped / part).read_text().splitlines(True)
        lines += difflib.unified_diff(old, new, f"{name}/bare/{part}", f"{name}/wrapped/{part}")
    text = "".join(lines)
    (folder / name / "wrap.diff").write_text(text)
    return text


def _show(report: Report, folder: Path, seconds: float) -> None:
    print("Audits (findings, exit code)")
    for name in NAMES:
        before, after = (audit for audit in report.audits if audit.example == name)
        changed = report.diffs[name].count("\n+") - report.diffs[name].count("\n+++")
        print(
            f"  {name:16} before {len(before.rules):2} (exit {before.exit_code})"
            f"  after {len(after.rules):2} (exit {after.exit_code})  lines added {changed}"
        )
    print("\nAttack gallery, each on an app of its own")
    print(table(report.gallery))
    for name in NAMES:
        print(f"\n{name}")
        print(table(report.examples[name]))
    print(f"\nReports, written in {seconds:.0f} s:")
    for path in sorted(folder.rglob("*.*")):
        print(f"  {os.path.relpath(path)}")
    for line in report.complaints:
        print(f"NOT AS PROMISED: {line}")
    if report.good:
        print("Every attack succeeded bare and failed wrapped; every promise was kept.")


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1] if len(sys.argv) > 1 else "demo-report")))
