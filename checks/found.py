"""How a rule makes a finding."""

from __future__ import annotations

from collections.abc import Iterable

from checks.facts.source import Spot
from checks.finding import Audience, Confidence, Finding, Place, Severity
from checks.rule import Meta


def found(
    meta: Meta,
    message: str,
    at: Spot | None,
    *,
    severity: Severity | None = None,
    confidence: Confidence | None = None,
    audience: Audience | None = None,
    fix: str | None = None,
    related: Iterable[tuple[Spot, str]] = (),
) -> Finding:
    """Return a finding of the rule with this `meta`; the run fills in the rest.

    The run sets the rule's id, the context of the file, the fingerprint and suppressions.

    Args:
        meta: the rule's `RULE`.
        message: what is wrong here, in one sentence; never the value of a secret.
        at: where; None for what has no place.
        severity: if not the rule's own.
        confidence: if not the rule's own.
        audience: if not the rule's own.
        fix: if not the rule's own.
        related: other places with what is to be seen there.
    """
    return Finding(
        rule="",
        severity=severity or meta.severity,
        confidence=confidence or meta.confidence,
        audience=audience or meta.audience,
        message=message,
        why=meta.why,
        fix=fix or meta.fix,
        cwe=meta.cwe,
        asvs=meta.asvs,
        path=at.path if at else None,
        line=at.line if at else None,
        column=at.column if at else None,
        end_line=at.end_line or at.line if at else None,
        end_column=at.end_column or at.column if at else None,
        related=tuple(Place(spot.path, spot.line, text) for spot, text in related),
    )
