"""The source lines that a report shows beside a finding, with secrets masked.

Every format that prints source goes through `Excerpts`, so that a value is masked in all of
them or in none.
"""

from __future__ import annotations

from collections.abc import Iterator

from checks.finding import Finding, Outcome
from checks.records import NamedTuple
from checks.reports.shared.masks import Masks, Range, holds_secret, is_sensitive
from checks.reports.shared.visible import visible

MASK = "…"
TAB = "    "


class Line(NamedTuple):
    """One source line, cut in three at the finding's span and safe to print."""

    number: int
    """Counted from 1."""
    before: str
    marked: str
    """The part that the finding is about; empty where the span lies outside the line."""
    after: str


class Excerpts:
    """The source lines of one outcome."""

    def __init__(self, outcome: Outcome) -> None:
        """Split the sources of `outcome` once, for all of its findings."""
        self._sources = {path: _normal(text).split("\n") for path, text in outcome.sources.items()}
        self._masks: dict[str, Masks] = {}
        places = [place for found in outcome.findings for place in _secret_places(found)]
        self._secret_lines = {(path, number) for path, number, _ in places}
        self._continued = {(path, number) for path, number, first in places if not first}

    def of(self, finding: Finding, *, lines: int, width: int) -> tuple[Line, ...]:
        """Return the first lines of a finding's span.

        Args:
            finding: its path may be missing, and its columns may lie outside the text.
            lines: how many lines at most.
            width: how many characters of each line at most; the cut keeps the span in view.

        Returns:
            No line where the finding has no place or its source is not at hand.
        """
        source = self._sources.get(finding.path or "", [])
        if finding.line is None or not 1 <= finding.line <= len(source):
            return ()
        last = min(max(finding.end_line or finding.line, finding.line), len(source))
        shown = range(finding.line, min(last, finding.line + lines - 1) + 1)
        return tuple(self._line(finding, number, last, width) for number in shown)

    def masked(self, finding: Finding) -> bool:
        """Return whether any line of a finding's span is shown with its literals masked."""
        if finding.path is None or finding.line is None:
            return is_sensitive(finding)
        source = self._sources.get(finding.path, [])
        last = max(finding.end_line or finding.line, finding.line)
        return any(
            self._is_secret(finding.path, number, source[number - 1])
            for number in range(max(finding.line, 1), min(last, len(source)) + 1)
        )

    def _line(self, finding: Finding, number: int, last: int, width: int) -> Line:
        path = finding.path or ""
        text = self._sources[path][number - 1]
        hidden = self._mask(path, number) if self._is_secret(path, number, text) else []
        cells = _cells(text, hidden)
        indent = len(text) - len(text.lstrip())
        start = (finding.column or indent + 1) - 1 if number == finding.line else indent
        end = len(text)
        if number == last and finding.end_column is not None:
            end = finding.end_column - 1
        if number == finding.line and end <= start:  # a place without a width: all behind it
            end = len(text)
        start = min(max(start, 0), len(text))
        return _cut(number, cells, start, min(max(end, start), len(text)), width)

    def _is_secret(self, path: str, number: int, text: str) -> bool:
        return (path, number) in self._secret_lines or holds_secret(text)

    def _mask(self, path: str, number: int) -> list[Range]:
        if path not in self._masks:
            self._masks[path] = Masks(path, "\n".join(self._sources[path]))
        return self._masks[path].on(number, continued=(path, number) in self._continued)


def _secret_places(finding: Finding) -> Iterator[tuple[str, int, bool]]:
    """Yield the lines that no excerpt may show in the clear, and whether a value begins there."""
    if not is_sensitive(finding):
        return
    for place in finding.related:
        yield place.path, place.line, True
    if finding.path is not None and finding.line is not None:
        last = max(finding.end_line or finding.line, finding.line)
        # No one looks at more of a span than this, and its end may be a wrong number.
        for number in range(finding.line, min(last, finding.line + 1000) + 1):
            yield finding.path, number, number == finding.line


def _normal(text: str) -> str:
    # str.splitlines() would also cut at form feed and U+2028, where Python's parser does not.
    return text.removeprefix("\ufeff").replace("\r\n", "\n").replace("\r", "\n")


def _cells(text: str, hidden: list[Range]) -> list[str]:
    """Return what to print for each character of a line: as many cells as characters."""
    cells = [c if c.isprintable() else TAB if c == "\t" else visible(c) for c in text]
    for start, end in hidden:
        if start < min(end, len(cells)):
            cells[start:end] = [MASK] + [""] * (min(end, len(cells)) - start - 1)
    return cells


def _cut(number: int, cells: list[str], start: int, end: int, width: int) -> Line:
    left, right = 0, len(cells)
    if sum(map(len, cells)) > width:
        left = max(0, min(start - width // 3, len(cells) - width))
        right = left + width
    end = min(end, right)
    before = ("…" if left else "") + "".join(cells[left:start])
    after = "".join(cells[end:right]) + ("…" if right < len(cells) else "")
    return Line(number, before, "".join(cells[start:end]), after.rstrip())
