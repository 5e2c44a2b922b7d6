"""The report for people who decide: one self-contained page without scripts."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Iterable
from itertools import groupby
from pathlib import Path
from typing import Any

from checks.errors import UsageError
from checks.finding import SEVERITIES, Finding, Outcome, Severity
from checks.records import NamedTuple
from checks.reports.shared.lines import Excerpts, Line
from checks.reports.shared.rulebook import asvs_link, cwe_link, rulebook
from checks.reports.shared.summary import active, counts, in_words, plural, suppressed
from checks.reports.shared.visible import visible
from checks.rule import Rule
from checks.rules import discover
from flask_hardening import __version__

_TEMPLATES = Path(__file__).parent / "templates"
_LINES, _WIDTH = 6, 160  # of source shown for one finding: lines, and characters of each


class Shown(NamedTuple):
    """One finding beside its source."""

    finding: Finding
    lines: tuple[Line, ...]


class Group(NamedTuple):
    """Findings of one rule that have the same reason and the same fix."""

    title: str
    first: Finding
    shown: tuple[Shown, ...]


def render(outcome: Outcome) -> str:
    """Return `outcome` as an HTML page.

    Raises:
        UsageError: jinja2 is not installed.
    """
    return page(outcome, discover())


def page(outcome: Outcome, rules: Iterable[Rule]) -> str:
    """Return the page, with titles taken from `rules`."""
    titles = {rule: entry.title for rule, entry in rulebook(outcome, rules).items()}
    excerpts = Excerpts(outcome)
    css = (_TEMPLATES / "report.css").read_text(encoding="utf-8")
    app = active(outcome, "app")
    text: str = (
        _environment()
        .get_template("report.html")
        .render(
            outcome=outcome,
            css=css,
            css_hash=_hash(css),
            version=__version__,
            verdict=_verdict(outcome),
            counts=counts(app),
            by_severity=_by_severity(app, titles, excerpts),
            apart=[
                (title, found, _groups(found, titles, excerpts))
                for title, found in (
                    ("tests", active(outcome, "tests")),
                    ("examples", active(outcome, "example")),
                )
            ],
            suppressed=suppressed(outcome),
        )
    )
    return text


def _environment() -> Any:
    try:
        import jinja2
    except ImportError as error:
        raise UsageError(
            '--format html needs jinja2; install it with: pip install "flask-hardening[audit]"'
        ) from error
    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(_TEMPLATES),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
        finalize=_harmless,
    )
    environment.filters.update(plural=plural, prose=_prose)
    environment.globals.update(cwe_link=cwe_link, asvs_link=asvs_link, in_words=in_words)
    environment.globals.update(counts_of=counts)
    return environment


def _harmless(value: object) -> object:
    """Return `value` with control characters shown; the style sheet is ours and stays."""
    return visible(value) if type(value) is str else value


def _prose(text: str) -> Any:
    """Return a sentence as HTML, with what stands in backticks as code."""
    from markupsafe import Markup, escape  # comes with jinja2

    parts = visible(text).split("`")
    if len(parts) % 2 == 0:  # a backtick without its pair is only a character
        return escape(visible(text))
    pieces = [escape(part) for part in parts]
    pieces[1::2] = [Markup("<code>{}</code>").format(piece) for piece in pieces[1::2]]
    return Markup("").join(pieces)


def _hash(css: str) -> str:
    return base64.b64encode(hashlib.sha256(css.encode()).digest()).decode()


def _by_severity(
    findings: list[Finding], titles: dict[str, str], excerpts: Excerpts
) -> list[tuple[Severity, list[Group]]]:
    return [
        (severity, _groups([f for f in findings if f.severity == severity], titles, excerpts))
        for severity in SEVERITIES
    ]


def _groups(findings: list[Finding], titles: dict[str, str], excerpts: Excerpts) -> list[Group]:
    def key(finding: Finding) -> tuple[str, str, str]:
        return finding.rule, finding.why, finding.fix

    groups = []
    for _, same in groupby(sorted(findings, key=key), key):
        members = tuple(
            Shown(finding, excerpts.of(finding, lines=_LINES, width=_WIDTH)) for finding in same
        )
        first = members[0].finding
        title = titles[first.rule]
        groups.append(Group(title[:1].upper() + title[1:], first, members))
    return groups


def _verdict(outcome: Outcome) -> str:
    found = counts(active(outcome, "app"))
    gaps = len(outcome.not_audited)
    unseen = f" {plural(gaps, 'file')} could not be audited." if gaps else ""
    if found["high"]:
        verb = "needs" if found["high"] == 1 else "need"
        return f"{plural(found['high'], 'serious finding')} {verb} to be fixed.{unseen}"
    if found["medium"]:
        return f"Nothing serious; {plural(found['medium'], 'finding')} to be fixed.{unseen}"
    if found["low"]:
        return f"Nothing serious; {plural(found['low'], 'minor finding')}.{unseen}"
    return f"Nothing was found.{unseen}"
