"""What a rule is: metadata, a page, and a pure function from a project's facts to findings.

A rule is one module of `checks.rules`. Its file name, with dashes, is its id; its docstring is
its documentation page (what, why, ``Bad``, ``Good``, how to fix, references), shown by
``flask-hardening explain`` and executed by the tests; `RULE` holds the metadata and `check`
does the work. Nothing else has to be edited to add one.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING

from checks.finding import Audience, Confidence, Finding, Severity
from checks.records import NamedTuple

if TYPE_CHECKING:
    from checks.project import Project


class Meta(NamedTuple):
    """What a rule says of every finding it makes."""

    severity: Severity
    """How bad it is; a finding may differ with a reason."""
    confidence: Confidence
    """How sure we are; a finding may differ."""
    cwe: int
    """The weakness's number in MITRE's list."""
    asvs: tuple[str, ...]
    """Requirement ids of OWASP ASVS 5.0."""
    summary: str
    """What is wrong in general, in a few words: the title in lists and SARIF."""
    why: str
    """What an attacker gains by it, in one sentence."""
    fix: str
    """What to do, in one sentence."""
    audience: Audience = "default"
    """``strict`` for what is right only in a careful shop: it is asked in strict audits alone."""
    bandit: str = ""
    """The id ``B8nn`` under which plain bandit runs it; empty where it needs more than one file."""
    mended: str = ""
    """What ``--fix`` does, in one sentence; empty where nothing is certain enough."""
    late: bool = False
    """Whether it judges the suppressions, and so after all others."""


Check = Callable[["Project"], Iterable[Finding]]


class Rule(NamedTuple):
    """A discovered rule."""

    id: str
    """The module's name with dashes."""
    meta: Meta
    """Its `RULE`."""
    page: str
    """Its module's docstring."""
    check: Check
    """Its `check`."""
