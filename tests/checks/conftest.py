"""Fixtures for tests of the audit."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from pathlib import Path
from textwrap import dedent

import pytest

from checks.finding import Finding, Outcome
from checks.options import Options
from checks.project import Project
from checks.rules import discover
from checks.run import audit as run_audit

Files = Mapping[str, str]
_CARETS = re.compile(r"^(?P<indent> *)(?P<carets>\^+)(?: (?P<message>.+?))?\s*$")


@pytest.fixture(autouse=True)
def own_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Keep outcomes of the command away from the user's own cache folder."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache-home"))


@pytest.fixture
def write(tmp_path: Path) -> Callable[[Files], Path]:
    """Return a function that writes files into a fresh folder and returns it."""

    def write(files: Files) -> Path:
        root = tmp_path / "project"
        root.mkdir(exist_ok=True)
        for name, text in files.items():
            target = root / name
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_text(text, encoding="utf-8")
        return root

    return write


@pytest.fixture
def outcome(write: Callable[[Files], Path]) -> Callable[..., Outcome]:
    """Return a function that audits files by all rules: ``outcome({...}, strict=True)``."""

    def outcome(files: Files, **options: object) -> Outcome:
        return run_audit([str(write(files))], Options(**options))  # type: ignore[arg-type]  # per test

    return outcome


@pytest.fixture
def project(write: Callable[[Files], Path]) -> Callable[[Files], Project]:
    """Return a function that gives the `Project` of files, for tests of facts."""

    def project(files: Files) -> Project:
        from checks.collect import collect
        from checks.contents import contents
        from checks.extract import extract

        found, _ = extract(contents(collect([str(write(files))]).files), {})
        return Project(found)

    return project


@pytest.fixture
def audit(write: Callable[[Files], Path]) -> Callable[..., tuple[Finding, ...]]:
    """Return a function that audits sources and compares with the carets under them.

    ``audit(rule_id, source_or_files, **options)``: every line of carets underlines one expected
    finding in the line above it; text after the carets is how its message starts. Without
    carets nothing may be found. Returns the findings of the rule that are not suppressed.
    """

    def audit(rule: str, sources: str | Files, **options: object) -> tuple[Finding, ...]:
        assert rule in {known.id for known in discover()}, f"there is no rule {rule}"
        files = {"app.py": sources} if isinstance(sources, str) else sources
        plain, expected = {}, []
        for name, text in files.items():
            plain[name], marks = _marks(name, dedent(text).lstrip("\n"))
            expected += marks
        options = {"select": (rule,), "strict": True, **options}
        outcome = run_audit([str(write(plain))], Options(**options))  # type: ignore[arg-type]  # per test
        assert not [gap for gap in outcome.not_audited if gap.reason.startswith("rule ")]
        found = [f for f in outcome.findings if f.suppressed is None]
        _compare(expected, found, plain)
        return tuple(found)

    return audit


def _marks(name: str, text: str) -> tuple[str, list[tuple[str, int, int, int, str]]]:
    """Return `text` without its lines of carets, and what they underline."""
    kept: list[str] = []
    marks = []
    for line in text.split("\n"):
        match = _CARETS.match(line)
        if match is None:
            kept.append(line)
            continue
        start = len(match["indent"]) + 1
        end = start + len(match["carets"])
        marks.append((name, len(kept), start, end, match["message"] or ""))
    return "\n".join(kept), marks


def _compare(
    expected: list[tuple[str, int, int, int, str]], found: list[Finding], files: Files
) -> None:
    places = [(f.path, f.line, f.column, _end(f, files)) for f in found]
    wanted = [mark[:4] for mark in expected]
    shown = "\n".join(f"{f.path}:{f.line}:{f.column}-{_end(f, files)} {f.message}" for f in found)
    assert sorted(map(str, places)) == sorted(map(str, wanted)), f"found:\n{shown or 'nothing'}"
    for path, line, start, _, message in expected:
        matching = [f for f in found if (f.path, f.line, f.column) == (path, line, start)]
        assert any(f.message.startswith(message) for f in matching), shown


def _end(finding: Finding, files: Files) -> int | None:
    """Return the column after the finding, or after its first line: carets cannot go on."""
    if finding.end_line != finding.line and finding.path is not None and finding.line:
        return len(files[finding.path].split("\n")[finding.line - 1]) + 1
    return finding.end_column
