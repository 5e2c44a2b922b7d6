"""What reports say of rules: ours by discovery, others by what their findings say."""

from __future__ import annotations

from collections.abc import Iterable

from checks.finding import Confidence, Finding, Outcome, Severity
from checks.records import NamedTuple
from checks.rule import Rule


class Entry(NamedTuple):
    """A rule as a report's table shows it."""

    id: str
    title: str
    """What is wrong in general, in a few words."""
    why: str
    fix: str
    page: str
    """Its documentation, in Markdown; empty for a test that is not ours."""
    severity: Severity
    confidence: Confidence
    cwe: int
    asvs: tuple[str, ...]


def rulebook(outcome: Outcome, rules: Iterable[Rule]) -> dict[str, Entry]:
    """Return every rule of `rules` and every other one that has a finding, by id, sorted."""
    entries = {finding.rule: _of_finding(finding) for finding in reversed(outcome.findings)}
    entries |= {rule.id: _of_rule(rule) for rule in rules}
    return dict(sorted(entries.items()))


def cwe_link(number: int) -> str:
    """Return the page of a weakness in MITRE's list."""
    return f"https://cwe.mitre.org/data/definitions/{number}.html"


# Chapters of ASVS 5.0.0: https://github.com/OWASP/ASVS/tree/v5.0.0/5.0/en
_CHAPTERS = {
    "1": "0x10-V1-Encoding-and-Sanitization",
    "2": "0x11-V2-Validation-and-Business-Logic",
    "3": "0x12-V3-Web-Frontend-Security",
    "4": "0x13-V4-API-and-Web-Service",
    "5": "0x14-V5-File-Handling",
    "6": "0x15-V6-Authentication",
    "7": "0x16-V7-Session-Management",
    "8": "0x17-V8-Authorization",
    "9": "0x18-V9-Self-contained-Tokens",
    "10": "0x19-V10-OAuth-and-OIDC",
    "11": "0x20-V11-Cryptography",
    "12": "0x21-V12-Secure-Communication",
    "13": "0x22-V13-Configuration",
    "14": "0x23-V14-Data-Protection",
    "15": "0x24-V15-Secure-Coding-and-Architecture",
    "16": "0x25-V16-Security-Logging-and-Error-Handling",
    "17": "0x26-V17-WebRTC",
}


def asvs_link(requirement: str) -> str:
    """Return the chapter of ASVS 5.0 that holds `requirement`, such as ``13.3.1``."""
    chapter = _CHAPTERS.get(requirement.partition(".")[0])
    if chapter is None:
        return "https://owasp.org/www-project-application-security-verification-standard/"
    return f"https://github.com/OWASP/ASVS/blob/v5.0.0/5.0/en/{chapter}.md"


def _of_rule(rule: Rule) -> Entry:
    meta = rule.meta
    return Entry(
        id=rule.id,
        title=meta.summary,
        why=meta.why,
        fix=meta.fix,
        page=rule.page.strip(),
        severity=meta.severity,
        confidence=meta.confidence,
        cwe=meta.cwe,
        asvs=meta.asvs,
    )


def _of_finding(finding: Finding) -> Entry:
    return Entry(
        id=finding.rule,
        title=finding.message,
        why=finding.why,
        fix=finding.fix,
        page="",
        severity=finding.severity,
        confidence=finding.confidence,
        cwe=finding.cwe,
        asvs=finding.asvs,
    )
