"""What is new in one JSON report, seen from another: ``flask-hardening compare``."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from checks.errors import UsageError
from checks.records import NamedTuple
from checks.reports.shared.visible import visible

_SCHEMA = "flask-hardening/1"
_TEXTS = ("rule", "severity", "context", "message", "fingerprint")


class Row(NamedTuple):
    """One finding of a report."""

    rule: str
    severity: str
    context: str
    message: str
    fingerprint: str
    path: str | None
    line: int | None


class Difference(NamedTuple):
    """Two reports side by side; suppressed findings are in neither."""

    new: tuple[Row, ...]
    """In the second one only."""
    gone: tuple[Row, ...]
    """In the first one only."""
    same: int
    """How many are in both."""

    @property
    def fails(self) -> bool:
        """Whether anything is new in the app itself; tests and examples never fail."""
        return any(row.context == "app" for row in self.new)


def rows(file: str) -> list[Row]:
    """Return the findings of the report `file` that nothing suppresses, in its order.

    Raises:
        UsageError: it cannot be read or is no report of ours.
    """
    try:
        data = json.loads(Path(file).read_bytes())
    except OSError as error:
        raise UsageError(f"compare: cannot read {file}: {error.strerror}") from error
    except (ValueError, RecursionError) as error:
        raise UsageError(f"compare: {file} is no JSON") from error
    if not isinstance(data, dict) or data.get("schema") != _SCHEMA:
        wanted = f"a report of `flask-hardening audit --format json` ({_SCHEMA})"
        raise UsageError(f"compare: {file} is no such report; choices: {wanted}")
    try:
        return [_row(entry) for entry in data["findings"] if entry["suppressed"] is None]
    except (KeyError, TypeError, ValueError) as error:
        raise UsageError(f"compare: {file}: a finding is not as the schema says") from error


def compared(old: list[Row], new: list[Row]) -> Difference:
    """Return what is new and what is gone, by fingerprint, each counted as often as it is there."""
    return Difference(_without(new, old), _without(old, new), len(new) - len(_without(new, old)))


def shown(difference: Difference) -> str:
    """Return `difference` for a reader: what is new, what is gone, and the numbers."""
    return "".join(f"{line}\n" for line in _lines(difference))


def _lines(difference: Difference) -> Iterator[str]:
    for title, group in (("New", difference.new), ("Gone", difference.gone)):
        if group:
            yield title
        for row in group:
            place = "(project)" if row.path is None else visible(row.path)
            line = f":{row.line}" if row.line is not None else ""
            apart = "" if row.context == "app" else f" (in {row.context})"
            message = visible(row.message)
            yield f"  {place}{line}: {row.severity} {visible(row.rule)} {message}{apart}"
    yield f"{len(difference.new)} new, {len(difference.gone)} gone, {difference.same} in both."


def _without(one: list[Row], other: list[Row]) -> tuple[Row, ...]:
    left = Counter(_name(row) for row in other)
    found = []
    for row in one:
        if left[_name(row)] > 0:
            left[_name(row)] -= 1
        else:
            found.append(row)
    return tuple(found)


def _name(row: Row) -> str:
    return row.fingerprint or "\0".join((row.rule, row.path or "", row.message))


def _row(entry: dict[str, Any]) -> Row:
    texts = {name: entry[name] for name in _TEXTS}
    path, line = entry["path"], entry["line"]
    if not all(isinstance(value, str) for value in texts.values()):
        raise TypeError("a text is none")
    if not isinstance(path, str | None) or not isinstance(line, int | None):
        raise TypeError("a place is none")
    return Row(**texts, path=path, line=line)
