"""The example apps: their mistakes are real, and gone once wrapped."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from examples.attacks._examples import EXAMPLES, FOLDER, Example

SIDES = ["bare", "wrapped"]


@pytest.mark.parametrize("side", SIDES)
@pytest.mark.parametrize("example", EXAMPLES, ids=lambda example: example.name)
def test_rows_on_the_example(example: Example, side: str, tmp_path: Path) -> None:
    """Each row that applies succeeds against the bare app and fails against the wrapped one."""
    command = [sys.executable, "-m", "attacks._on_examples", example.name, side, str(tmp_path)]
    environ = {"PYTHONPATH": f"{FOLDER}:{FOLDER.parent}", "PATH": ""}
    run = subprocess.run(command, env=environ, capture_output=True, text=True, check=True)
    results = json.loads(run.stdout)

    assert [row["id"] for row in results] == list(example.rows)
    wrong = [row for row in results if row["succeeded"] is not row["expected"]]
    assert wrong == []


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda example: example.name)
def test_the_difference_is_small(example: Example) -> None:
    """The wrapped app is the bare one with the added line and few repairs."""
    bare, wrapped = (
        (FOLDER / example.name / side / "app.py").read_text().splitlines() for side in SIDES
    )
    added = set(wrapped) - set(bare)

    assert "harden(app)" in added
    assert len(added) < 20


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda example: example.name)
def test_repairs_are_listed(example: Example) -> None:
    """Where a source does not run as printed, the top of the file says what was repaired."""
    text = (FOLDER / example.name / "bare" / "app.py").read_text()

    assert "Repaired so that it runs" in text.split('"""')[1]


def test_every_common_row_is_accounted_for() -> None:
    """A row that some example answers to is either tried on the others or has a reason."""
    common = {row for example in EXAMPLES for row in example.rows} - {"login-without-login-user"}
    for example in EXAMPLES:
        missing = common - set(example.rows) - set(example.others)

        assert missing == set(), example.name
