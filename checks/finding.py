"""What an audit says: findings, files it could not check, and the outcome that reports render."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any, Literal

from checks.records import NamedTuple

Severity = Literal["high", "medium", "low"]
Confidence = Literal["high", "medium", "low"]
Audience = Literal["default", "strict"]
Context = Literal["app", "tests", "example"]

SEVERITIES: tuple[Severity, ...] = ("high", "medium", "low")


class Place(NamedTuple):
    """A place beside the main one that a reader needs to understand a finding."""

    path: str
    """Relative to the audit's root, with ``/``."""
    line: int
    """Counted from 1."""
    message: str
    """What is to be seen there."""


class Finding(NamedTuple):
    """One thing that is wrong. Never holds the value of a secret."""

    rule: str
    """The rule's id, such as ``secret-key-guessable``."""
    severity: Severity
    """How bad it is."""
    confidence: Confidence
    """How sure we are."""
    audience: Audience
    """``strict`` for what is right only in a careful shop."""
    message: str
    """What is wrong here, in one sentence."""
    why: str
    """What an attacker gains by it, in one sentence."""
    fix: str
    """What to do, in one sentence."""
    cwe: int
    """The number of the weakness in MITRE's list."""
    asvs: tuple[str, ...]
    """Requirement ids of OWASP ASVS 5.0."""
    path: str | None = None
    """Relative to the audit's root, with ``/``; None for what has no place."""
    line: int | None = None
    """First line, counted from 1."""
    column: int | None = None
    """First column, counted from 1 in characters."""
    end_line: int | None = None
    """Last line."""
    end_column: int | None = None
    """Column after the last character."""
    context: Context = "app"
    """Where the file belongs; only ``app`` fails a build."""
    seen: tuple[Literal["source", "live"], ...] = ("source",)
    """What showed it."""
    fingerprint: str = ""
    """Stable when lines move; see `checks.fingerprints`."""
    related: tuple[Place, ...] = ()
    """Other places, such as where the configuration is loaded."""
    suppressed: str | None = None
    """The reason that a suppression gives, or None where it is not suppressed."""
    source: Literal["flask-hardening", "bandit"] = "flask-hardening"
    """Whose test it is."""


class NotAudited(NamedTuple):
    """Something asked for that could not be checked: a result, not an error."""

    path: str
    """Relative to the audit's root where it is inside it."""
    reason: str
    """Why, in one sentence."""


class Protection(NamedTuple):
    """One row of the posture: whether the app has a protection, and where."""

    name: str
    """Such as ``https`` or ``login-limit``."""
    state: Literal["present", "absent", "undecided"]
    """``undecided`` where the sources cannot tell."""
    evidence: str
    """Where it is configured, or what was looked for."""


class LeftOut(NamedTuple):
    """A finding of the sources that does not hold in the loaded app."""

    rule: str
    path: str | None
    line: int | None
    message: str
    because: str
    """What was seen instead."""


class Live(NamedTuple):
    """What ``--app`` did."""

    app: str
    """As asked for, such as ``shop.wsgi:app``."""
    network: tuple[str, ...]
    """What kept the app off the network."""
    files: tuple[str, ...]
    """What kept it from changing files."""
    refused: Mapping[str, int]
    """How often it tried to reach the network, start programs or change files all the same."""
    like_production: bool
    """Whether neither debugging nor tests were on."""
    left_out: tuple[LeftOut, ...]
    """Sorted by path and line."""
    facts: Mapping[str, Any]
    """What was found out, as JSON has it; see docs/json.md."""


class Outcome(NamedTuple):
    """Everything that one run found, in the order that reports print it."""

    root: str
    """The audited folder as given, ``.`` for the current one."""
    findings: tuple[Finding, ...]
    """Sorted by path, line, column, rule; suppressed ones included."""
    not_audited: tuple[NotAudited, ...] = ()
    """Sorted by path."""
    posture: tuple[Protection, ...] = ()
    """Sorted by name."""
    files: int = 0
    """How many files were read."""
    notes: tuple[str, ...] = ()
    """What the reader should know about the run, such as a rule that was not asked for."""
    sources: Mapping[str, str] = MappingProxyType({})
    """The texts of the files that findings point at, for reports that show lines."""
    apps: int = 1
    """How many apps the sources have, tests and examples left out where there are others."""
    live: Live | None = None
    """What ``--app`` did, None without it."""
