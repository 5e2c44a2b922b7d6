"""Findings that were there when a project began to be audited, kept so that only new ones fail.

A baseline holds fingerprints, which survive moved lines. Equal findings of a file are numbered
in them, so one entry hides one finding: a second one of the same text is new.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from checks.errors import UsageError
from checks.finding import Finding, Outcome

NAME = ".flask-hardening-baseline.json"
SCHEMA = "flask-hardening-baseline/1"


def written(outcome: Outcome) -> str:
    """Return the baseline that hides every finding of `outcome` that nothing suppresses."""
    entries = sorted(
        ((finding.path or "", finding.rule, finding.fingerprint) for finding in _open(outcome)),
    )
    rows: list[dict[str, Any]] = [
        {"path": path or None, "rule": rule, "fingerprint": mark} for path, rule, mark in entries
    ]
    return json.dumps({"schema": SCHEMA, "findings": rows}, indent=2) + "\n"


def read(file: str, *, key: str = "--baseline") -> Counter[str]:
    """Return how many findings each fingerprint of a baseline hides.

    Args:
        file: its path.
        key: what named it, for messages.

    Raises:
        UsageError: it cannot be read or is no baseline.
    """
    try:
        data = json.loads(Path(file).read_bytes())
    except OSError as error:
        raise UsageError(f"{key}: cannot read {file}: {error.strerror}") from error
    except (ValueError, RecursionError) as error:
        raise UsageError(f"{key}: {file} is no JSON") from error
    if not isinstance(data, dict) or data.get("schema") != SCHEMA:
        wanted = f"a file that `flask-hardening baseline` wrote ({SCHEMA})"
        raise UsageError(f"{key}: {file} is no baseline; choices: {wanted}")
    rows = data.get("findings")
    found = rows if isinstance(rows, list) else [None]
    marks = [row.get("fingerprint") if isinstance(row, dict) else None for row in found]
    texts = [mark for mark in marks if isinstance(mark, str)]
    if len(texts) != len(marks):
        raise UsageError(f"{key}: {file}: every entry of findings needs a fingerprint")
    return Counter(texts)


def hidden(outcome: Outcome, known: Counter[str], file: str) -> Outcome:
    """Return `outcome` without the findings that a baseline knows.

    Args:
        outcome: of a whole audit, or of a part of the project.
        known: how many findings each fingerprint hides.
        file: the baseline's path, for the note.
    """
    left = known.copy()
    kept = []
    for finding in outcome.findings:
        if finding.suppressed is None and left[finding.fingerprint] > 0:
            left[finding.fingerprint] -= 1
        else:
            kept.append(finding)
    number = len(outcome.findings) - len(kept)
    pointed = {finding.path for finding in kept}
    note = (
        f"{number} of {known.total()} findings in the baseline {file} are still there, and hidden"
    )
    return outcome._replace(
        findings=tuple(kept),
        notes=(*outcome.notes, note),
        sources={path: text for path, text in outcome.sources.items() if path in pointed},
    )


def _open(outcome: Outcome) -> Iterable[Finding]:
    return (finding for finding in outcome.findings if finding.suppressed is None)
