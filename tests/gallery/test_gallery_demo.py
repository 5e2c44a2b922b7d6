"""The demonstration's verdict: one row out of line is said, shown and fails the command."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from examples.demo_report import Audit, Report, Result, table, write_index

AUDITS = [Audit("guide", "before", 1, ("debug-enabled (high)",)), Audit("guide", "after", 0, ())]


def result(bare: bool | None, wrapped: bool | None, kind: str = "attack") -> Result:
    def side(name: str, succeeded: bool | None, expected: bool) -> dict[str, Any]:
        facts = {"id": "row-one", "title": "T", "kind": kind, "side": name, "evidence": "<seen>"}
        return facts | {"succeeded": succeeded, "expected": expected}

    return Result(side("bare", bare, kind == "attack"), side("wrapped", wrapped, kind == "promise"))


def report(gallery: Result, audits: list[Audit] | None = None) -> Report:
    return Report(audits or AUDITS, [gallery], {"guide": [result(True, False)]}, {"guide": "+<x>"})


def test_all_as_promised() -> None:
    """Attacks that succeed bare and fail wrapped leave nothing to complain about."""
    assert report(result(True, False)).complaints == []


@pytest.mark.parametrize(
    "row",
    [
        pytest.param(result(True, True), id="attack works wrapped"),
        pytest.param(result(False, False), id="attack does not work bare"),
        pytest.param(result(True, None), id="wrapped app is broken"),
        pytest.param(result(None, False), id="bare app is broken"),
        pytest.param(result(False, False, "promise"), id="promise not kept"),
    ],
)
def test_a_row_out_of_line(row: Result) -> None:
    """Each way to go wrong fails the demonstration and is marked in the table."""
    bad = report(row)

    assert not bad.good
    assert any("row-one" in line for line in bad.complaints)
    assert "not as promised" in table([row])


@pytest.mark.parametrize(("stage", "code"), [("before", 0), ("before", 3), ("after", 1)])
def test_an_audit_out_of_line(stage: str, code: int) -> None:
    """An audit that finds nothing before, something after, or cannot look, fails as well."""
    audits = [Audit("guide", stage, code, ())]

    assert not report(result(True, False), audits).good


def test_the_page_and_the_summary(tmp_path: Path) -> None:
    """Both say the verdict; what apps answered is escaped."""
    write_index(report(result(True, True)), tmp_path)
    page = (tmp_path / "index.html").read_text()

    assert json.loads((tmp_path / "summary.json").read_text())["good"] is False
    assert "Not as promised" in page
    assert "&lt;seen&gt;" in page
    assert "<seen>" not in page
