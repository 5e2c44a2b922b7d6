"""Suppressions: ``hardening: ignore[rule-id] reason`` in a comment on the line or above it.

A reason is required; without one nothing is suppressed and the run says so. What has no comments
(JSON) is suppressed by rule and path in the configuration file.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

from checks.finding import Finding

# One comment start for each syntax that we read: Python, YAML, TOML, Dockerfile, nginx and
# .env (#), Jinja ({#), HTML (<!--) and ini (;).
_COMMENT = re.compile(
    r"(?P<start>\{#|<!--|#|;)[^\n]*?\bhardening:[ \t]*ignore\[(?P<ids>[^\]\n]*)\]"
    r"[ \t:,-]*(?P<reason>[^\n]*)"
)
_ENDS = ("#}", "-->")


@dataclass(frozen=True, slots=True)
class Suppression:
    """One comment."""

    line: int
    rules: tuple[str, ...]
    reason: str
    """``""`` where it is missing."""
    alone: bool
    """Whether nothing but the comment stands on its line: it then speaks for the next one."""


@dataclass(frozen=True, slots=True)
class Configured:
    """One ``[[tool.flask-hardening.suppress]]`` of the configuration file."""

    rule: str
    """The rule's id."""
    path: str
    """The finding's path, relative to the audit's root."""
    reason: str
    """Why; never empty."""


def find_suppressions(text: str) -> dict[int, list[Suppression]]:
    """Return the suppressions of a file by their line."""
    if "hardening:" not in text:
        return {}
    found: dict[int, list[Suppression]] = {}
    for number, line in enumerate(text.split("\n"), 1):
        match = _COMMENT.search(line)
        if match is None:
            continue
        rules = tuple(part.strip() for part in match["ids"].split(",") if part.strip())
        alone = not line[: match.start()].strip()
        found.setdefault(number, []).append(
            Suppression(number, rules, _reason(match["reason"]), alone)
        )
    return found


def _reason(text: str) -> str:
    for end in _ENDS:
        text = text.partition(end)[0]
    return text.strip()


def suppressed(
    findings: Iterable[Finding], texts: Mapping[str, str], configured: Iterable[Configured] = ()
) -> tuple[list[Finding], list[str]]:
    """Return `findings` with the reasons of suppressions, and notes about bad ones.

    Args:
        findings: what the rules found.
        texts: the audited files' texts by path; JSON has no comments and is never looked at.
        configured: those of the configuration file.
    """
    known: dict[str, dict[int, list[Suppression]]] = {}
    notes = []
    for path in sorted(texts):
        if path.endswith(".json"):
            continue
        known[path] = find_suppressions(texts[path])
        for suppressions in known[path].values():
            for one in suppressions:
                if not one.reason:
                    ids = ", ".join(one.rules)
                    notes.append(
                        f"{path}:{one.line}: ignore[{ids}] gives no reason and suppresses nothing"
                    )
    reasons = {(one.rule, one.path): one.reason for one in configured}
    judged = [_judged(finding, known.get(finding.path or "", {})) for finding in findings]
    return [_configured(finding, reasons) for finding in judged], notes


def _configured(finding: Finding, reasons: Mapping[tuple[str, str], str]) -> Finding:
    reason = reasons.get((finding.rule, finding.path or ""))
    if reason is None or finding.suppressed is not None:
        return finding
    return replace(finding, suppressed=reason)


def _judged(finding: Finding, known: dict[int, list[Suppression]]) -> Finding:
    if finding.line is None:
        return finding
    last = finding.end_line or finding.line
    for line in {finding.line - 1, finding.line, last}:
        for one in known.get(line, ()):
            above = line == finding.line - 1
            if finding.rule in one.rules and one.reason and (one.alone or not above):
                return replace(finding, suppressed=one.reason)
    return finding
