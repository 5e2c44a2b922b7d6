"""The report for GitHub Actions: workflow commands that become annotations on the changed lines.

The commands: https://docs.github.com/en/actions/reference/workflows-and-actions/workflow-commands
"""

from __future__ import annotations

import posixpath
from collections.abc import Iterator

from checks.finding import Finding, Outcome, Severity
from checks.reports.shared.summary import CONTEXTS, active, one_line
from checks.reports.shared.visible import encodable

_COMMANDS: dict[Severity, str] = {"high": "error", "medium": "warning", "low": "notice"}
# The order matters: the percent sign that escapes is not escaped again.
_DATA = (("%", "%25"), ("\r", "%0D"), ("\n", "%0A"))
_PROPERTY = (*_DATA, (":", "%3A"), (",", "%2C"))


def render(outcome: Outcome) -> str:
    """Return one command for each finding and gap, then the summary as plain text."""
    return "\n".join(_lines(outcome)) + "\n"


def _lines(outcome: Outcome) -> Iterator[str]:
    for context in CONTEXTS:
        for finding in active(outcome, context):
            yield _finding(outcome.root, finding)
    for gap in outcome.not_audited:
        yield _command("warning", _properties(outcome.root, gap.path, "not audited"), gap.reason)
    # Text of the project's at the start of a line could be a command.
    yield "flask-hardening: " + _escape(one_line(outcome), _DATA)


def _finding(root: str, finding: Finding) -> str:
    properties = _properties(root, finding.path, finding.rule)
    if finding.path is not None and finding.line is not None:
        end = max(finding.end_line or finding.line, finding.line)
        properties |= {"line": str(finding.line), "endLine": str(end)}
        # GitHub takes columns only where the annotation is on one line.
        if end == finding.line and finding.column is not None:
            properties["col"] = str(finding.column)
            if finding.end_column is not None:
                properties["endColumn"] = str(finding.end_column)
    # What is in tests or examples is told, but must not look like a hole in the app.
    command = _COMMANDS[finding.severity] if finding.context == "app" else "notice"
    return _command(command, properties, f"{finding.message} {finding.why} {finding.fix}")


def _properties(root: str, path: str | None, title: str) -> dict[str, str]:
    titled = {"title": f"flask-hardening: {title}"}
    if path is None:
        return titled
    return {"file": posixpath.normpath(posixpath.join(root, path)), **titled}


def _command(name: str, properties: dict[str, str], text: str) -> str:
    written = ",".join(f"{key}={_escape(value, _PROPERTY)}" for key, value in properties.items())
    return f"::{name} {written}::{_escape(text, _DATA)}"


def _escape(text: str, table: tuple[tuple[str, str], ...]) -> str:
    text = encodable(text)
    for character, escaped in table:
        text = text.replace(character, escaped)
    return text
