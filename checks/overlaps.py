"""One finding for one fault: which rule speaks where two of them see the same."""

from __future__ import annotations

from collections.abc import Collection, Iterable

from checks.finding import Finding

# The rule that stays silent, with the one that says more about the same place.
_SILENT = {
    "password-exposed": "session-holds-secret",
    "https-downgraded": "form-action-http",
    "credentials-hardcoded": "secret-in-deployment",
    "secret-key-hardcoded": "secret-in-deployment",
}


def without_overlaps(findings: Iterable[Finding], audience: Collection[str]) -> list[Finding]:
    """Return `findings` without those that another rule's finding in the same place covers.

    Args:
        findings: of the chosen rules: where only one of two was asked for, it speaks.
        audience: whose findings are shown; others cover nothing.
    """
    found = list(findings)
    said = {
        (f.rule, f.path, f.line)
        for f in found
        if f.audience in audience and f.rule in _SILENT.values()
    }
    return [f for f in found if (_SILENT.get(f.rule, ""), f.path, f.line) not in said]
