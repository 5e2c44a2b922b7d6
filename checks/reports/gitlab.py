"""The report for GitLab: a Code Quality artifact, shown in merge requests on every tier.

The form: https://docs.gitlab.com/ci/testing/code_quality/#code-quality-report-format
"""

from __future__ import annotations

import hashlib
import json
import posixpath
from typing import Any

from checks.finding import Finding, Outcome, Severity
from checks.reports.shared.summary import CONTEXTS, active
from checks.reports.shared.visible import encodable

# GitLab's five levels from the worst: blocker, critical, major, minor, info. None of ours is a
# blocker: that needs knowledge of what the app guards.
_LEVELS: dict[Severity, str] = {"high": "critical", "medium": "major", "low": "minor"}


def render(outcome: Outcome) -> str:
    """Return the findings that no suppression hides as one JSON list."""
    return json.dumps(document(outcome), indent=2) + "\n"


def document(outcome: Outcome) -> list[dict[str, Any]]:
    """Return what `render` writes, as objects."""
    found = [finding for context in CONTEXTS for finding in active(outcome, context)]
    seen: dict[str, int] = {}
    return [_entry(outcome.root, finding, seen) for finding in found]


def _entry(root: str, finding: Finding, seen: dict[str, int]) -> dict[str, Any]:
    begin = finding.line or 1
    end = max(finding.end_line or begin, begin)
    # GitLab wants a path for everything; what has no place is shown at the folder.
    path = posixpath.normpath(posixpath.join(root, finding.path or "."))
    return {
        "description": encodable(f"{finding.message} {finding.why} {finding.fix}"),
        "check_name": encodable(finding.rule),
        "fingerprint": _fingerprint(finding, seen),
        "severity": _LEVELS[finding.severity] if finding.context == "app" else "info",
        "location": {"path": encodable(path), "lines": {"begin": begin, "end": end}},
    }


def _fingerprint(finding: Finding, seen: dict[str, int]) -> str:
    """Return a fingerprint that no other entry has: GitLab drops the second of two."""
    stem = finding.fingerprint
    if not stem:
        named = "\0".join((finding.rule, finding.path or "", finding.message))
        stem = hashlib.sha256(named.encode("utf-8", "surrogatepass")).hexdigest()[:24]
    seen[stem] = seen.get(stem, -1) + 1
    return f"{stem}-{seen[stem]}" if seen[stem] else stem
