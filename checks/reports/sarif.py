"""The report for code scanning: SARIF 2.1.0.

The standard: https://docs.oasis-open.org/sarif/sarif/v2.1.0/sarif-v2.1.0.html
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from typing import Any
from urllib.parse import quote

from checks.finding import Finding, Outcome, Severity
from checks.reports.shared.lines import Excerpts
from checks.reports.shared.rulebook import Entry, cwe_link, rulebook
from checks.reports.shared.visible import encodable
from checks.rule import Rule
from checks.rules import discover
from flask_hardening import __version__

_SCHEMA = "https://json.schemastore.org/sarif-2.1.0.json"
_LEVELS: dict[Severity, str] = {"high": "error", "medium": "warning", "low": "note"}
# GitHub sorts by these: 7.0 and up is high, 4.0 and up medium, below it low. None is critical
# (9.0 and up): that needs knowledge of what the app guards.
_SCORES: dict[Severity, str] = {"high": "8.0", "medium": "5.5", "low": "3.0"}
_ROOT = "SRCROOT"
_SNIPPET = 500  # characters; longer regions are left to the viewer, who has the file


def render(outcome: Outcome) -> str:
    """Return `outcome` as one SARIF log with one run."""
    return json.dumps(document(outcome, discover()), indent=2) + "\n"


def document(outcome: Outcome, rules: Iterable[Rule]) -> dict[str, Any]:
    """Return what `render` writes, as objects.

    Args:
        outcome: what the audit found.
        rules: the rules to describe, found or not, so that a viewer can list what was asked.
    """
    book = rulebook(outcome, rules)
    excerpts = Excerpts(outcome)
    order = {rule: index for index, rule in enumerate(book)}
    run = {
        "tool": {
            "driver": {
                "name": "flask-hardening",
                "semanticVersion": __version__,
                "rules": [_rule(entry) for entry in book.values()],
                "notifications": [
                    {"id": "not-audited", "shortDescription": {"text": "Could not be audited"}},
                    {"id": "note", "shortDescription": {"text": "What to know about the run"}},
                ],
            }
        },
        "automationDetails": {"id": "flask-hardening/"},
        "columnKind": "unicodeCodePoints",
        "originalUriBaseIds": {_ROOT: {"description": {"text": "The audited folder."}}},
        "invocations": [
            {"executionSuccessful": True, "toolExecutionNotifications": _notifications(outcome)}
        ],
        "results": [_result(f, order[f.rule], excerpts) for f in outcome.findings],
        "properties": {
            "posture": {
                encodable(row.name): {"state": row.state, "evidence": encodable(row.evidence)}
                for row in outcome.posture
            }
        },
    }
    return {"$schema": _SCHEMA, "version": "2.1.0", "runs": [run]}


def _rule(entry: Entry) -> dict[str, Any]:
    text = encodable(entry.page) or f"{encodable(entry.why)}\n\n{encodable(entry.fix)}"
    asvs = [f"ASVS-{requirement}" for requirement in entry.asvs]
    return {
        "id": entry.id,
        "name": "".join(word.capitalize() for word in entry.id.split("-")),
        "shortDescription": {"text": encodable(entry.title)},
        "fullDescription": {"text": encodable(entry.why)},
        "help": {"text": text, "markdown": text},
        "helpUri": cwe_link(entry.cwe),
        "defaultConfiguration": {"level": _LEVELS[entry.severity]},
        "properties": {
            # GitHub reads the form external/cwe/cwe-798.
            "tags": sorted({"security", f"external/cwe/cwe-{entry.cwe:03}", *asvs}),
            "precision": entry.confidence,
            "security-severity": _SCORES[entry.severity],
        },
    }


def _result(finding: Finding, index: int, excerpts: Excerpts) -> dict[str, Any]:
    # What is in tests or examples is told, but must not look like a hole in the app.
    level = _LEVELS[finding.severity] if finding.context == "app" else "note"
    text = f"{finding.message} {finding.why} {finding.fix}"
    result: dict[str, Any] = {
        "ruleId": finding.rule,
        "ruleIndex": index,
        "level": level,
        "message": {"text": encodable(text)},
        "locations": _locations(finding, excerpts),
        "relatedLocations": [
            {
                "id": number,
                "physicalLocation": {
                    "artifactLocation": _artifact(place.path),
                    "region": {"startLine": place.line},
                },
                "message": {"text": encodable(place.message)},
            }
            for number, place in enumerate(finding.related, start=1)
        ],
        "suppressions": _suppressions(finding),
        "properties": {
            "severity": finding.severity,
            "confidence": finding.confidence,
            "audience": finding.audience,
            "context": finding.context,
            "seen": list(finding.seen),
            "source": finding.source,
        },
    }
    if finding.fingerprint:
        result["partialFingerprints"] = {"flaskHardening/v1": finding.fingerprint}
    return result


def _locations(finding: Finding, excerpts: Excerpts) -> list[dict[str, Any]]:
    if finding.path is None:
        return []
    physical: dict[str, Any] = {"artifactLocation": _artifact(finding.path)}
    if finding.line is not None:
        physical["region"] = _region(finding, excerpts)
    return [{"physicalLocation": physical}]


def _region(finding: Finding, excerpts: Excerpts) -> dict[str, Any]:
    named = {
        "startLine": finding.line,
        "startColumn": finding.column,
        "endLine": finding.end_line,
        "endColumn": finding.end_column,
    }
    region: dict[str, Any] = {key: value for key, value in named.items() if value is not None}
    lines = excerpts.of(finding, lines=1, width=_SNIPPET)
    one_line = finding.end_line in (None, finding.line) and finding.end_column is not None
    # A line with a secret is never quoted: this file is uploaded and kept.
    if lines and lines[0].marked and one_line and not excerpts.masked(finding):
        region["snippet"] = {"text": lines[0].marked}
    return region


def _artifact(path: str) -> dict[str, Any]:
    """Return a path as a URI relative to the audited folder, or absolute outside it."""
    encoded = quote(path.encode("utf-8", "surrogateescape" if _escapes(path) else "replace"))
    if path.startswith("/"):
        return {"uri": f"file://{encoded}"}
    if re.match(r"[A-Za-z]:[\\/]", path):
        return {"uri": f"file:///{quote(path.replace(chr(92), '/'), safe='/:')}"}
    return {"uri": encoded, "uriBaseId": _ROOT}


def _escapes(path: str) -> bool:
    """Return whether every lone surrogate of `path` stands for a byte that is not UTF-8."""
    return not re.search("[\ud800-\udc7f\udd00-\udfff]", path)


def _suppressions(finding: Finding) -> list[dict[str, str]]:
    if finding.suppressed is None:
        return []
    # JSON has no comments: there the configuration file suppresses.
    inside = finding.path is not None and not finding.path.endswith(".json")
    return [
        {
            "kind": "inSource" if inside else "external",
            "status": "accepted",
            "justification": encodable(finding.suppressed),
        }
    ]


def _notifications(outcome: Outcome) -> list[dict[str, Any]]:
    skipped = [
        {
            "descriptor": {"id": "not-audited", "index": 0},
            "level": "error",
            "message": {"text": encodable(f"{file.path} was not audited: {file.reason}")},
            "locations": [{"physicalLocation": {"artifactLocation": _artifact(file.path)}}],
        }
        for file in outcome.not_audited
    ]
    notes = [
        {
            "descriptor": {"id": "note", "index": 1},
            "level": "note",
            "message": {"text": encodable(note)},
        }
        for note in outcome.notes
    ]
    return skipped + notes
