"""The report for programs; its shape is published in ``schema.json`` beside this file."""

from __future__ import annotations

import json
from typing import Any

from checks.finding import Finding, Live, Outcome
from checks.reports.shared.summary import CONTEXTS, active, counts, suppressed
from checks.reports.shared.visible import encodable
from flask_hardening import __version__

SCHEMA = "flask-hardening/1"


def render(outcome: Outcome) -> str:
    """Return `outcome` as one JSON document.

    The text is ASCII, so that every standard output can take it, and depends on nothing but
    the outcome and the version.
    """
    return json.dumps(document(outcome), indent=2) + "\n"


def schema() -> dict[str, Any]:
    """Return the JSON Schema (draft 2020-12) that every report follows."""
    from importlib.resources import files  # brings much along, and no report needs it

    text = files("checks.reports").joinpath("schema.json").read_text(encoding="utf-8")
    published: dict[str, Any] = json.loads(text)
    return published


def document(outcome: Outcome) -> dict[str, Any]:
    """Return what `render` writes, as objects."""
    return {
        "schema": SCHEMA,
        "tool": {"name": "flask-hardening", "version": __version__},
        "root": encodable(outcome.root),
        "findings": [_finding(finding) for finding in outcome.findings],
        "not_audited": [
            {"path": encodable(skipped.path), "reason": encodable(skipped.reason)}
            for skipped in outcome.not_audited
        ],
        "posture": {
            encodable(row.name): {"state": row.state, "evidence": encodable(row.evidence)}
            for row in outcome.posture
        },
        "summary": _summary(outcome),
        "live": None if outcome.live is None else _live(outcome.live),
    }


def _live(live: Live) -> dict[str, Any]:
    return {
        "app": encodable(live.app),
        "network": list(live.network),
        "files": list(live.files),
        "refused": dict(live.refused),
        "like_production": live.like_production,
        "left_out": [
            {
                "rule": left.rule,
                "path": None if left.path is None else encodable(left.path),
                "line": left.line,
                "message": encodable(left.message),
                "because": encodable(left.because),
            }
            for left in live.left_out
        ],
        "facts": _encodable(dict(live.facts)),
    }


def _encodable(value: Any) -> Any:
    """Return what an app's process told with every text in it `encodable`."""
    if isinstance(value, str):
        return encodable(value)
    if isinstance(value, list):
        return [_encodable(each) for each in value]
    if isinstance(value, dict):
        return {encodable(key): _encodable(each) for key, each in value.items()}
    return value


def _finding(finding: Finding) -> dict[str, Any]:
    reason = finding.suppressed
    return {
        "rule": finding.rule,
        "severity": finding.severity,
        "confidence": finding.confidence,
        "audience": finding.audience,
        "context": finding.context,
        "seen": list(finding.seen),
        "message": encodable(finding.message),
        "why": encodable(finding.why),
        "fix": encodable(finding.fix),
        "path": None if finding.path is None else encodable(finding.path),
        "line": finding.line,
        "column": finding.column,
        "end_line": finding.end_line,
        "end_column": finding.end_column,
        "fingerprint": finding.fingerprint,
        "related": [
            {
                "path": encodable(place.path),
                "line": place.line,
                "message": encodable(place.message),
            }
            for place in finding.related
        ],
        "cwe": finding.cwe,
        "asvs": list(finding.asvs),
        "suppressed": None if reason is None else {"reason": encodable(reason)},
        "source": finding.source,
    }


def _summary(outcome: Outcome) -> dict[str, Any]:
    by_context: dict[str, Any] = {context: counts(active(outcome, context)) for context in CONTEXTS}
    return {
        **by_context,
        "suppressed": len(suppressed(outcome)),
        "not_audited": len(outcome.not_audited),
        "files": outcome.files,
    }
