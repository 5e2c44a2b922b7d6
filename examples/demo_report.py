"""What the demonstration found, as a table for a terminal and a page for a browser."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from html import escape
from pathlib import Path
from typing import Any


@dataclass(frozen=True)
class Audit:
    """One audit of one side of an example."""

    example: str
    stage: str
    """``"before"`` or ``"after"`` the wrap."""
    exit_code: int
    rules: tuple[str, ...]
    """Rule and severity of every finding."""

    @property
    def good(self) -> bool:
        """Findings before, none that fails a build after."""
        return self.exit_code == (1 if self.stage == "before" else 0)


@dataclass(frozen=True)
class Result:
    """One row on both sides, as its script reported them."""

    bare: dict[str, Any]
    wrapped: dict[str, Any]

    @property
    def id(self) -> str:
        """The row's id."""
        return str(self.bare["id"])

    @property
    def good(self) -> bool:
        """Whether both sides came out as the row says."""
        return all(side["succeeded"] is side["expected"] for side in (self.bare, self.wrapped))

    def said(self, side: str) -> str:
        """Return one side's outcome in a word."""
        row = self.bare if side == "bare" else self.wrapped
        if row["succeeded"] is None:
            return "broken"
        if row.get("kind") == "promise":
            return "kept" if row["succeeded"] else "not kept"
        return "succeeds" if row["succeeded"] else "fails"


@dataclass(frozen=True)
class Report:
    """Everything the demonstration found."""

    audits: list[Audit]
    gallery: list[Result]
    examples: dict[str, list[Result]]
    diffs: dict[str, str]
    """What wrapping changed, by example."""
    others: dict[str, dict[str, str]] = field(default_factory=dict)
    """Rows that do not apply to an example, each with the reason."""

    @property
    def complaints(self) -> list[str]:
        """Everything that did not come out as promised."""
        found = [
            f"audit of {audit.example} {audit.stage}: exit {audit.exit_code}"
            for audit in self.audits
            if not audit.good
        ]
        places = {"gallery": self.gallery, **self.examples}
        for place, results in places.items():
            for result in results:
                for side in (result.bare, result.wrapped):
                    if side["succeeded"] is not side["expected"]:
                        found.append(f"{place}, {result.id}, {side['side']}: {side['evidence']}")
        return found

    @property
    def good(self) -> bool:
        """Whether the demonstration shows what it should."""
        return not self.complaints


def table(results: list[Result]) -> str:
    """Return rows of (attack, bare, wrapped) for a terminal."""
    width = max(len(result.id) for result in results)
    lines = [f"  {'attack':{width}}  {'bare':9} wrapped"]
    for result in results:
        mark = "" if result.good else "   <-- not as promised"
        bare, wrapped = result.said("bare"), result.said("wrapped")
        lines.append(f"  {result.id:{width}}  {bare:9} {wrapped}{mark}")
    return "\n".join(lines)


def write_index(report: Report, folder: Path) -> None:
    """Write ``index.html`` and ``summary.json``."""
    rows = {"gallery": report.gallery, **report.examples}
    summary = {
        "good": report.good,
        "complaints": report.complaints,
        "audits": [vars(audit) | {"rules": list(audit.rules)} for audit in report.audits],
        "replays": {name: [vars(result) for result in rows[name]] for name in rows},
    }
    (folder / "summary.json").write_text(json.dumps(summary, indent=2) + "\n")
    (folder / "index.html").write_text(_page(report))


def _page(report: Report) -> str:
    parts = [_section(name, results, report) for name, results in report.examples.items()]
    verdict = (
        "Every attack succeeded bare and failed wrapped; every promise was kept."
        if report.good
        else "Not as promised: " + "; ".join(report.complaints)
    )
    return f"""<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>flask-hardening: the demonstration</title>
<style>{STYLE}</style>
<h1>Four apps, audited, wrapped and attacked</h1>
<p><strong>{escape(verdict)}</strong></p>
{"".join(parts)}
<h2>The attack gallery</h2>
<p>Each attack on an app of its own. A promise is something honest that must keep working.</p>
{_table(report.gallery)}
</html>
"""


def _section(name: str, results: list[Result], report: Report) -> str:
    lines = []
    for audit in report.audits:
        if audit.example != name:
            continue
        links = " ".join(
            f'<a href="{name}/{audit.stage}.{ending}">{ending}</a>'
            for ending in ("html", "txt", "json", "sarif")
        )
        found = escape(", ".join(audit.rules)) or "nothing"
        lines.append(f"<li>{audit.stage}: {found} ({links})</li>")
    for row, reason in report.others.get(name, {}).items():
        lines.append(f"<li>{escape(row)} does not apply: {escape(reason)}</li>")
    return f"""<h2>{escape(name)}</h2>
<ul>{"".join(lines)}</ul>
<details><summary>What wrapping changed (<a href="{name}/wrap.diff">wrap.diff</a>)</summary>
<pre>{escape(report.diffs[name])}</pre></details>
{_table(results)}
"""


def _table(results: list[Result]) -> str:
    rows = []
    for result in results:
        cells = "".join(
            f"<td><b>{result.said(side)}</b><br>{escape(str(row['evidence']))}</td>"
            for side, row in (("bare", result.bare), ("wrapped", result.wrapped))
        )
        title = escape(str(result.bare.get("title", "")))
        state = "good" if result.good else "bad"
        rows.append(f'<tr class="{state}"><td><b>{result.id}</b><br>{title}</td>{cells}</tr>')
    head = "<tr><th>attack</th><th>bare</th><th>wrapped</th></tr>"
    return f"<table>{head}{''.join(rows)}</table>"


STYLE = """
body { font: 16px/1.45 system-ui, sans-serif; margin: 2rem auto; max-width: 70rem; padding: 0 1rem }
table { border-collapse: collapse; width: 100% }
td, th { border: 1px solid #bbb; padding: .4rem .6rem; text-align: left; vertical-align: top }
td { width: 33% }
tr.bad td { background: #fdd; color: #000 }
pre { overflow: auto; background: #f4f4f4; color: #000; padding: .6rem }
@media (prefers-color-scheme: dark) { body { background: #151515; color: #ddd } a { color: #9cf } }
"""
