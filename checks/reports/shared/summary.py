"""The numbers at the end of a report."""

from __future__ import annotations

from collections.abc import Iterable
from typing import get_args

from checks.finding import SEVERITIES, Context, Finding, Outcome, Severity
from checks.reports.shared.visible import visible

CONTEXTS: tuple[Context, ...] = get_args(Context)

Counts = dict[Severity, int]


def active(outcome: Outcome, context: Context) -> list[Finding]:
    """Return the findings of one context that no suppression hides."""
    return [f for f in outcome.findings if f.context == context and f.suppressed is None]


def suppressed(outcome: Outcome) -> list[Finding]:
    """Return the findings that a suppression hides, each with its reason."""
    return [f for f in outcome.findings if f.suppressed is not None]


def counts(findings: Iterable[Finding]) -> Counts:
    """Return how many findings there are of each severity, worst first."""
    severities = [finding.severity for finding in findings]
    return {severity: severities.count(severity) for severity in SEVERITIES}


def in_words(numbers: Counts) -> str:
    """Return counts as words, such as ``2 high, 1 low``; ``none`` where all are zero."""
    return ", ".join(f"{n} {severity}" for severity, n in numbers.items() if n) or "none"


def plural(number: int, noun: str) -> str:
    """Return a number and its noun, such as ``1 file`` or ``3 files``."""
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"


def one_line(outcome: Outcome) -> str:
    """Return the summary of a run as one sentence, with nothing in it that acts."""
    app = active(outcome, "app")
    where = "" if outcome.root == "." else f" in {visible(outcome.root)}"
    number = plural(len(app), "finding") if app else "No findings"
    parts = [f"{number}{where}" + (f": {in_words(counts(app))}" if app else "")]
    for title, apart in (
        ("tests", active(outcome, "tests")),
        ("examples", active(outcome, "example")),
    ):
        if apart:
            parts.append(f"in {title}: {in_words(counts(apart))}")
    hidden = len(suppressed(outcome))
    if hidden:
        parts.append(f"{hidden} suppressed")
    if outcome.not_audited:
        parts.append(f"{len(outcome.not_audited)} not audited")
    parts.append(f"{plural(outcome.files, 'file')} read")
    return "; ".join(parts) + "."
