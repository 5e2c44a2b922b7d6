"""The report for a pull request's comment and a job's summary page: Markdown as GitHub shows it.

The language: https://github.github.com/gfm/
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from checks.finding import Finding, Outcome
from checks.lazy import lazy
from checks.reports.shared.lines import Excerpts
from checks.reports.shared.summary import active, one_line, suppressed
from checks.reports.shared.visible import visible

_WIDTH = 120  # characters of a source line; a page on GitHub shows about as many
# Everything that GitHub's Markdown gives a meaning inside a line, mentions and issues included.
_ACTIVE = lazy(r"[\\`*_{}\[\]()<>#+|~!@&$:]")


def render(outcome: Outcome) -> str:
    """Return `outcome` as Markdown: the summary, then the findings, then all the rest."""
    return "\n".join(_lines(outcome)).rstrip("\n") + "\n"


def _lines(outcome: Outcome) -> Iterator[str]:
    excerpts = Excerpts(outcome)
    yield "## flask-hardening"
    yield ""
    yield _plain(one_line(outcome))
    yield ""
    for finding in active(outcome, "app"):
        yield from _finding(finding, excerpts)
    yield from _table(
        "In tests and examples",
        ("Severity", "Rule", "Place", "What is wrong"),
        (
            (finding.severity, _rule(finding), _code(_place(finding)), _plain(finding.message))
            for finding in [*active(outcome, "tests"), *active(outcome, "example")]
        ),
    )
    yield from _table(
        "Suppressed",
        ("Rule", "Place", "Reason"),
        (
            (_rule(finding), _code(_place(finding)), _plain(finding.suppressed or ""))
            for finding in suppressed(outcome)
        ),
    )
    yield from _table(
        "Not audited",
        ("Path", "Reason"),
        ((_code(gap.path), _plain(gap.reason)) for gap in outcome.not_audited),
    )
    yield from _table(
        "Protections",
        ("Protection", "State", "Evidence"),
        ((_plain(row.name), row.state, _plain(row.evidence)) for row in outcome.posture),
    )
    for note in outcome.notes:
        yield f"- {_plain(note)}"


def _finding(finding: Finding, excerpts: Excerpts) -> Iterator[str]:
    yield f"### {finding.severity}: {_rule(finding)}"
    yield ""
    live = " (seen live)" if "live" in finding.seen else ""
    yield f"{_code(_place(finding))}: {_plain(finding.message)}{live}"
    yield ""
    shown = excerpts.of(finding, lines=1, width=_WIDTH)
    lines = [f"{line.before}{line.marked}{line.after}" for line in shown]
    if lines:
        fence = "`" * max(3, 1 + max((len(run) for run in re.findall("`+", lines[0])), default=0))
        yield from (fence, *lines, fence, "")
    yield f"- Why: {_plain(finding.why)}"
    yield f"- Fix: {_plain(finding.fix)}"
    for place in finding.related:
        yield f"- See {_code(f'{place.path}:{place.line}')}: {_plain(place.message)}"
    yield ""


def _table(title: str, header: tuple[str, ...], rows: Iterable[tuple[str, ...]]) -> Iterator[str]:
    body = [f"| {' | '.join(row)} |" for row in rows]
    if body:
        yield from (f"### {title}", "", f"| {' | '.join(header)} |", "|" + " --- |" * len(header))
        yield from body
        yield ""


def _rule(finding: Finding) -> str:
    return _code(finding.rule) + (" (bandit)" if finding.source == "bandit" else "")


def _place(finding: Finding) -> str:
    parts = [finding.path or "(project)", finding.line, finding.column]
    return ":".join(str(part) for part in parts if part is not None)


def _plain(text: str) -> str:
    """Return `text` so that Markdown shows it letter for letter, on one line."""
    return _ACTIVE.sub(lambda match: f"&#{ord(match.group())};", visible(text))


def _code(text: str) -> str:
    """Return `text` as code. An element, because a table's cell may hold no backquoted bar."""
    return f"<code>{_plain(text)}</code>"
