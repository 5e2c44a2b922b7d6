"""A file as it is, byte for byte, with the places that findings name."""

from __future__ import annotations

import io
import tokenize
from functools import cached_property
from typing import TYPE_CHECKING

from checks.facts.source import WIDE, normalise
from checks.finding import Finding
from checks.fixes.edits import UnsafeError
from checks.kinds import Kind
from checks.lazy import lazy

if TYPE_CHECKING:
    from checks.fixes.tree import Tree

_END = lazy(r"\r\n|\r|\n")
_MARK = b"\xef\xbb\xbf"


class File:
    """One file that is to be mended.

    Args:
        path: relative to the audit's root, with ``/``.
        kind: what it is read as.
        raw: its bytes.

    Raises:
        UnsafeError: its bytes could not be written back as they are.
    """

    def __init__(self, path: str, kind: Kind, raw: bytes) -> None:
        self.path = path
        self.kind = kind
        self.raw = raw
        self.encoding = _encoding(raw, python=kind in ("python", "pyconfig"))
        try:
            self.text = raw.decode(self.encoding)
            same = self.text.encode(self.encoding) == raw
        except UnicodeError:
            same = False
        if not same:
            raise UnsafeError("its bytes are not in the encoding that it declares")

    @property
    def is_python(self) -> bool:
        """Whether it is Python."""
        return self.kind in ("python", "pyconfig")

    @cached_property
    def normal(self) -> str:
        """The text as rules see it, every line end being ``\\n``."""
        return normalise(self.text)

    @cached_property
    def newline(self) -> str:
        """How its first line ends."""
        match = _END.search(self.text)
        return match.group() if match is not None else "\n"

    @cached_property
    def tree(self) -> Tree:
        """The Python file as LibCST sees it.

        Raises:
            UsageError: LibCST is not installed.
            UnsafeError: LibCST cannot parse the file.
        """
        from checks.fixes.tree import Tree

        return Tree(self.text)

    @cached_property
    def _starts(self) -> list[int]:
        return [0, *(match.end() for match in _END.finditer(self.text))]

    def span(self, finding: Finding) -> tuple[int, int]:
        """Return the characters that `finding` points at: the first, and the one after the last.

        Raises:
            UnsafeError: it has no such place in this file.
        """
        if finding.line is None or finding.column is None:
            raise UnsafeError("it has no place")
        start = self._offset(finding.line, finding.column)
        end = self._offset(finding.end_line or finding.line, finding.end_column or finding.column)
        if not start <= end <= len(self.text):
            raise UnsafeError("the file is not as it was when it was audited")
        return start, end

    def line(self, offset: int) -> tuple[int, int]:
        """Return where the line of a character begins and ends, its line end not counted."""
        start = max(place for place in self._starts if place <= offset)
        match = _END.search(self.text, start)
        return start, match.start() if match is not None else len(self.text)

    def whole_line(self, number: int) -> tuple[int, int]:
        """Return where a line that is counted from 1 begins and ends.

        Raises:
            UnsafeError: there is no such line.
        """
        return self.line(self._offset(number, 1))

    def after_line(self, offset: int) -> int:
        """Return where the line after that of a character begins."""
        match = _END.search(self.text, offset)
        return match.end() if match is not None else len(self.text)

    def encoded(self, text: str) -> bytes:
        """Return a new text in the file's own encoding.

        Raises:
            UnsafeError: the encoding has not all of its characters.
        """
        try:
            return text.encode(self.encoding)
        except UnicodeError:
            raise UnsafeError("its encoding cannot hold the mend") from None

    def _offset(self, line: int, column: int) -> int:
        if line > len(self._starts):
            raise UnsafeError("the file is not as it was when it was audited")
        return self._starts[line - 1] + column - 1


def _encoding(raw: bytes, *, python: bool) -> str:
    """Return the encoding with which a file is read, and written back with its mark."""
    if python:
        # As `checks.facts.source.decode_python` finds it.
        head = raw.replace(b"\r\n", b"\n").replace(b"\r", b"\n")
        try:
            return tokenize.detect_encoding(io.BytesIO(head).readline)[0]
        except SyntaxError:
            raise UnsafeError("it declares an encoding that does not exist") from None
    if raw.startswith(_MARK):
        return "utf-8-sig"
    if raw.startswith(WIDE):
        return "utf-16"
    try:
        raw.decode("utf-8")
    except UnicodeDecodeError:
        return "latin-1"
    return "utf-8"
