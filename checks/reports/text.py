"""The report for a terminal and a CI log."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import groupby

from checks.finding import Finding, Outcome
from checks.reports.shared.colours import Paint
from checks.reports.shared.lines import Excerpts, Line
from checks.reports.shared.summary import active, one_line, plural, suppressed
from checks.reports.shared.visible import columns, visible

_WIDTH = 100  # characters of a source line; a CI log shows about 120 beside its own margin
_NO_PLACE = "(project)"


def render(outcome: Outcome, *, colour: bool = False) -> str:
    """Return `outcome` as text that ends with its summary line.

    Args:
        outcome: what the audit found.
        colour: whether to write colours; see `checks.reports.shared.colours.wanted`.
    """
    return "\n".join(_lines(outcome, Paint(colour))) + "\n"


def _lines(outcome: Outcome, paint: Paint) -> Iterator[str]:
    excerpts = Excerpts(outcome)
    yield from _findings(active(outcome, "app"), excerpts, paint)
    yield from _section(
        "In tests; these never fail an audit",
        _findings(active(outcome, "tests"), excerpts, paint),
        paint,
    )
    yield from _section(
        "In examples; these never fail an audit",
        _findings(active(outcome, "example"), excerpts, paint),
        paint,
    )
    yield from _section("Suppressed", _suppressed(outcome), paint)
    yield from _section("Not audited", _not_audited(outcome), paint)
    yield from _section("Protections", _posture(outcome, paint), paint)
    yield from _section("Notes", (f"  {visible(note)}" for note in outcome.notes), paint)
    yield paint("bold", one_line(outcome))


def _section(title: str, lines: Iterable[str], paint: Paint) -> Iterator[str]:
    body = list(lines)
    if body:
        yield paint("bold", title)
        yield from body
        if body[-1]:
            yield ""


def _findings(findings: list[Finding], excerpts: Excerpts, paint: Paint) -> Iterator[str]:
    for path, group in groupby(findings, lambda finding: finding.path):
        same_file = list(group)
        title = visible(path) if path is not None else "No single place"
        yield f"{paint('bold', title)} {paint('dim', '· ' + plural(len(same_file), 'finding'))}"
        for finding in same_file:
            yield from _finding(finding, excerpts, paint)
            yield ""


def _finding(finding: Finding, excerpts: Excerpts, paint: Paint) -> Iterator[str]:
    severity = paint(finding.severity, finding.severity)
    yield (
        f"{_place(finding)}: {severity} {paint('bold', finding.rule)} "
        f"{visible(finding.message)}{_doubts(finding)}"
    )
    for line in excerpts.of(finding, lines=1, width=_WIDTH):
        yield from _excerpt(line, finding, paint)
    yield f"    {paint('dim', 'why')}   {visible(finding.why)}"
    yield f"    {paint('dim', 'fix')}   {visible(finding.fix)}"
    for place in finding.related:
        yield (
            f"    {paint('dim', 'see')}   "
            f"{visible(place.path)}:{place.line}: {visible(place.message)}"
        )


def _place(finding: Finding) -> str:
    if finding.path is None:
        return _NO_PLACE
    parts = [visible(finding.path)]
    if finding.line is not None:
        parts.append(str(finding.line))
        if finding.column is not None:
            parts.append(str(finding.column))
    return ":".join(parts)


def _doubts(finding: Finding) -> str:
    """Return what a reader should know before believing: confidence, strict, live, bandit."""
    doubts = []
    if finding.confidence != "high":
        doubts.append(f"confidence {finding.confidence}")
    if finding.audience == "strict":
        doubts.append("strict")
    if "live" in finding.seen:
        doubts.append("seen live")
    if finding.source != "flask-hardening":
        doubts.append(finding.source)
    return f" ({', '.join(doubts)})" if doubts else ""


def _excerpt(line: Line, finding: Finding, paint: Paint) -> Iterator[str]:
    number = f"{line.number:>6}"
    yield f"{paint('dim', number + ' |')} {line.before}{line.marked}{line.after}".rstrip()
    carets = "^" * max(columns(line.marked.rstrip()), 1)
    margin = " " * columns(line.before)
    yield f"{paint('dim', '       |')} {margin}{paint(finding.severity, carets)}"


def _suppressed(outcome: Outcome) -> Iterator[str]:
    for finding in suppressed(outcome):
        yield f"  {_place(finding)}: {finding.rule}: {visible(finding.suppressed or '')}"


def _not_audited(outcome: Outcome) -> Iterator[str]:
    for skipped in outcome.not_audited:
        yield f"  {visible(skipped.path)}: {visible(skipped.reason)}"


def _posture(outcome: Outcome, paint: Paint) -> Iterator[str]:
    width = max((columns(visible(row.name)) for row in outcome.posture), default=0)
    for row in outcome.posture:
        name = visible(row.name)
        padding = " " * (width - columns(name))
        state = paint(row.state, f"{row.state:<9}")
        yield f"  {state}  {name}{padding}  {visible(row.evidence)}".rstrip()
