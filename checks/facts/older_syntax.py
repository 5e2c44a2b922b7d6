"""Statements as Python 2 allowed them, put so that Python 3 parses them too.

``print x`` and ``exec x`` get their parentheses, ``raise E, "text"`` becomes a call, and
``except E, e`` gets its ``as``; backticks, ``<>``, ``0777``, ``1L``, ``ur""`` and parameters that
are tuples are put in newer words. An audit asks what is called with what, which all of that leaves
as it is. Lines keep their number, and nearly everything its place in the line.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from re import Match

from checks.lazy import lazy
from checks.records import NamedTuple

__all__ = ["parse_older"]

_OLDER = lazy(
    r"\b(?:print|exec)(?:[ \t]+\w|[ \t]*[^\s\w(=,.)\]:])|"
    r"^[ \t]*(?:raise|except)\b[^\n]*,|`|<>|"
    r"\b0[0-7]+\b|\d[lL]\b|\b[uU][rR][\"']|\blambda[ \t]*\(|def [^\n]*\([^\n)]*\(|\basync\b|\t",
    re.MULTILINE,
)
_STATEMENT = lazy(r"[ \t]*(print|exec|raise|except)\b[ \t]*")
_DEF = lazy(r"[ \t]*def[ \t]+\w+[ \t]*\(")
_CODE = lazy(
    r"(?P<tick>`)|(?P<unequal><>)|(?<![\w.])0(?P<octal>[0-7]+)(?![\w.])|"
    r"(?<![\w.])(?P<long>0[xX][\da-fA-F]+|\d+)[lL]\b|"
    r"\blambda(?P<unpacks>[ \t]*\([\w \t,()]*\))(?=[ \t]*:)|"
    r"\b(?P<name>async|await)\b(?=[ \t]*[=,).\]:])"
)
_TUPLE = lazy(r"\((\s*\w+(?:\s*,\s*\w+)*\s*,?\s*)\)")
_PREFIX = lazy(r"[uU](?=[rR]$)")
_OPENS, _CLOSES = "([{", ")]}"


class _Piece(NamedTuple):
    """A simple statement, or the head of a compound one."""

    start: int
    end: int
    """Behind its last character that is no space and no remark."""
    commas: tuple[int, ...]
    """Those that stand in no bracket."""


def parse_older(text: str) -> ast.Module | None:
    """Return the tree of a file for Python 2, None for what is no such file either."""
    if _OLDER.search(text) is None:
        return None
    for candidate in (text, text.expandtabs(8) if "\t" in text else ""):
        if candidate:
            try:
                return ast.parse(_in_newer_words(candidate))
            except (SyntaxError, ValueError):
                continue
    return None


def _in_newer_words(text: str) -> str:
    """Return `text` with the statements and expressions that Python 3 has other words for."""
    pieces, strings = _read(text)
    edits: list[tuple[int, int, str]] = []
    for piece in pieces:
        edits += _edits(piece, text)
    parts: list[str] = []
    at = 0
    for start, end, new in sorted(edits):
        if start >= at:
            parts += (text[at:start], new)
            at = end
    # What stands outside of strings, once all statements have their parentheses.
    whole = "".join((*parts, text[at:]))
    return _expressions(whole) if parts else _expressions(text, strings)


def _edits(piece: _Piece, text: str) -> Iterator[tuple[int, int, str]]:
    match = _STATEMENT.match(text, piece.start, piece.end)
    if match is None:
        return
    word, begin, end = match[1], match.end(), piece.end
    if begin >= end:
        return
    if word in ("print", "exec"):
        at = match.end(1)
        if text[begin] in "(=,.):" or (text[begin] == "[" and begin == at):
            return
        shift = 2 if text.startswith(">>", begin) else 0
        yield at, begin + shift, "(" + " " * (begin - at - 1 + shift)
        yield end, end, ")"
    elif piece.commas and word == "raise":
        yield piece.commas[0], piece.commas[0] + 1, "("
        yield end, end, ")"
    elif piece.commas:
        yield piece.commas[0], piece.commas[0] + 1, " as"


def _read(text: str) -> tuple[list[_Piece], list[tuple[int, int]]]:
    """Return the statements of a file, and where its strings and remarks are."""
    pieces: list[_Piece] = []
    strings: list[tuple[int, int]] = []
    commas: list[int] = []
    start = at = depth = last = 0
    while at < len(text):
        character = text[at]
        if character in "\"'":
            behind = _behind_string(text, at)
            strings.append((at, behind))
            at = last = behind
            continue
        if character == "#":
            behind = text.find("\n", at)
            behind = len(text) if behind < 0 else behind
            strings.append((at, behind))
            at = behind
            continue
        if character == "\\":
            at += 2
            continue
        if character in _OPENS:
            depth += 1
        elif character in _CLOSES:
            depth = max(0, depth - 1)
        elif depth == 0 and character in "\n;:":
            pieces.append(_Piece(start, max(last, start), tuple(commas)))
            start, commas = at + 1, []
        elif depth == 0 and character == ",":
            commas.append(at)
        at += 1
        if not character.isspace() and character not in ";:":
            last = at
    pieces.append(_Piece(start, max(last, start), tuple(commas)))
    return pieces, strings


def _behind_string(text: str, at: int) -> int:
    """Return the place behind the string that begins at `at`."""
    quote = text[at] * 3 if text.startswith(text[at] * 3, at) else text[at]
    at += len(quote)
    while at < len(text):
        if text[at] == "\\":
            at += 2
        elif text.startswith(quote, at):
            return at + len(quote)
        elif text[at] == "\n" and len(quote) == 1:
            return at  # not closed: no string goes on in the next line
        else:
            at += 1
    return len(text)


def _expressions(text: str, strings: list[tuple[int, int]] | None = None) -> str:
    """Return `text` with what stands outside of its strings and remarks in newer words."""
    parts: list[str] = []
    at, opened = 0, False

    def newer(match: Match[str]) -> str:
        nonlocal opened
        whole = match[0]
        if match["tick"]:
            opened = not opened
            return "(" if opened else ")"
        if match["unequal"]:
            return "!="
        if match["octal"]:
            return " " + match["octal"]
        if match["long"]:
            return match["long"] + " "
        if match["unpacks"]:
            return whole.replace("(", " ").replace(")", " ")
        return whole[:-1] + "_"

    for start, end in (*(_read(text)[1] if strings is None else strings), (len(text), len(text))):
        code = _CODE.sub(newer, text[at:start])
        if text[start:end][:1] in ("'", '"'):
            code = _PREFIX.sub(" ", code[-2:]).join((code[:-2], ""))
        parts += (_without_tuples(code), text[start:end])
        at = end
    return "".join(parts)


def _without_tuples(code: str) -> str:
    """Return `code` with parameters such as ``def f(a, (b, c))`` one after another."""
    if "def " not in code:
        return code
    lines = code.split("\n")
    for number, line in enumerate(lines):
        match = _DEF.match(line)
        if match is not None:
            lines[number] = line[: match.end()] + _TUPLE.sub(r" \1 ", line[match.end() :])
    return "\n".join(lines)
