"""A file's text, and places in it counted as people count: lines and characters from 1."""

from __future__ import annotations

import ast
import codecs
import io
import tokenize
from bisect import bisect_right
from dataclasses import dataclass, field
from itertools import accumulate

from checks.finding import Context
from checks.records import NamedTuple


class Spot(NamedTuple):
    """A stretch of a file, ready for a finding."""

    path: str
    """Relative to the audit's root, with ``/``."""
    line: int
    """First line, from 1."""
    column: int = 1
    """First character, from 1."""
    end_line: int = 0
    """Last line."""
    end_column: int = 0
    """The character after the last one."""


# Whatever is no part of a word becomes a blank; bytes above 127 are parts of letters.
_BLANKS = bytes(
    code if code >= 128 or chr(code).isalnum() or code == ord("_") else 32 for code in range(256)
)


def words_of(raw: bytes) -> set[bytes]:
    """Return the different words of a file: a twentieth of its text."""
    return set(raw.translate(_BLANKS).split())


@dataclass(slots=True, eq=False, repr=False)
class Source:
    """One file's text with ``\\n`` line ends."""

    path: str
    """Relative to the audit's root, with ``/``."""
    text: str
    """Decoded; every ``\\r\\n`` and ``\\r`` is a ``\\n``."""
    context: Context = "app"
    """Whether the file is the app, a test or an example."""
    older: bool = False
    """Whether it is written for Python 2, and was parsed in newer words."""
    python: tuple[int, int] | None = None
    """The Python that it is for; None: the one that runs the audit."""
    newer: str = ""
    """Why that Python does not parse it, where another grammar did."""
    words: set[bytes] | None = None
    """Its words, and those of what was left of it, for who needs them again."""
    _lines: list[str] = field(default_factory=list)
    _starts: list[int] = field(default_factory=list)

    @property
    def lines(self) -> list[str]:
        """The lines without their ends; never cut at form feeds or U+2028."""
        if not self._lines:
            self._lines = self.text.split("\n")
        return self._lines

    def spot(self, node: ast.AST) -> Spot:
        """Return where `node`, which has a position, stands."""
        line = getattr(node, "lineno", 1)
        end_line = getattr(node, "end_lineno", None) or line
        start = self._character(line, getattr(node, "col_offset", 0))
        end = self._character(end_line, getattr(node, "end_col_offset", None) or 0)
        return Spot(self.path, line, start, end_line, end)

    def line_spot(self, line: int) -> Spot:
        """Return the whole of line number `line` without its indentation."""
        text = self.lines[line - 1] if 0 < line <= len(self.lines) else ""
        first = len(text) - len(text.lstrip()) + 1
        return Spot(self.path, line, first, line, max(first, len(text.rstrip()) + 1))

    def offset_spot(self, start: int, end: int) -> Spot:
        """Return the stretch between two character offsets of the whole text."""
        line, column = self._at(start)
        end_line, end_column = self._at(end)
        return Spot(self.path, line, column, end_line, end_column)

    def line_at(self, offset: int) -> int:
        """Return the number of the line that a character of the whole text stands in."""
        if not self._starts:
            self._starts = [0, *accumulate(map((1).__add__, map(len, self.lines)))]
        return bisect_right(self._starts, offset, hi=len(self._starts) - 1)

    def _at(self, offset: int) -> tuple[int, int]:
        line = self.line_at(offset)
        return line, offset - self._starts[line - 1] + 1

    def _character(self, line: int, offset: int) -> int:
        # ast counts bytes of UTF-8, readers count characters.
        text = self.lines[line - 1] if 0 < line <= len(self.lines) else ""
        if text.isascii():
            return offset + 1
        return len(text.encode("utf-8")[:offset].decode("utf-8", "ignore")) + 1


WIDE = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)
"""The marks with which a text in UTF-16 begins."""


def decode_python(raw: bytes) -> str:
    """Return the text of a Python file, by its byte order mark or coding line (PEP 263).

    Raises:
        SyntaxError: the coding line names no known encoding, or contradicts the mark.
        UnicodeDecodeError: the bytes are not in the declared encoding.
    """
    # The tokenizer cuts lines at \n only; a coding line may end with \r alone.
    head = raw.replace(b"\r\n", b"\n").replace(b"\r", b"\n") if b"\r" in raw else raw
    encoding, _ = tokenize.detect_encoding(io.BytesIO(head).readline)
    return normalise(raw.decode(encoding))


def decode_text(raw: bytes) -> str:
    """Return the text of any other file: UTF-8, else bytes as characters; never fails.

    With its mark it may be in UTF-16, as PowerShell writes what ``pip freeze >`` says.
    """
    try:
        if raw.startswith(WIDE):
            return normalise(raw.decode("utf-16"))
        return normalise(raw.decode("utf-8-sig"))
    except UnicodeDecodeError:
        return normalise(raw.decode("latin-1"))


def normalise(text: str) -> str:
    """Return `text` with every line end as ``\\n``, as Python's own parser counts lines."""
    return text.replace("\r\n", "\n").replace("\r", "\n")
