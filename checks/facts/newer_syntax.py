"""Statements as Python 3.12 and 3.14 allow them, put so that an older Python parses them too.

Type parameters (PEP 695, PEP 696) are blanked, ``type X = Y`` becomes ``X = Y``, and the
exceptions of ``except A, B:`` (PEP 758) get their parentheses. An audit asks nothing of types, so
nothing that it looks for is lost. Lines keep their number and what follows in a line its place,
but for the header of such an ``except``.

Texts in strings may be changed too: they are no code, and no other file's are read this way.
"""

from __future__ import annotations

import re
from re import Match

from checks.lazy import lazy

__all__ = ["without_type_parameters"]

_NEWER = lazy(
    r"^[ \t]*(?:(?:(?:async[ \t]+)?def|class)[ \t]+\w+[ \t]*\[|type[ \t]+\w+[ \t]*[\[=]|"
    r"except[ \t]+[\w.]+[ \t]*,)",
    re.MULTILINE,
)
_PARAMETERS = lazy(r"^([ \t]*(?:(?:async[ \t]+)?def|class|type)[ \t]+\w+[ \t]*)\[", re.MULTILINE)
_ALIAS = lazy(r"^([ \t]*)type([ \t]+)(\w+)([ \t\\\n]*=(?!=))", re.MULTILINE)
_EXCEPT = lazy(
    r"^([ \t]*except)[ \t]+([\w.]+(?:[ \t]*,[ \t]*[\w.]+)+)[ \t]*,?[ \t]*:", re.MULTILINE
)
_OPENS, _CLOSES = "([{", ")]}"


def without_type_parameters(text: str) -> str:
    """Return `text`, a Python file, with such statements as Python 3.11 takes them."""
    if _NEWER.search(text) is None:
        return text
    parts: list[str] = []
    at = 0
    while (match := _PARAMETERS.search(text, at)) is not None:
        start = match.end() - 1
        end = _closed(text, start)
        parts += (text[at:start], _blank(text[start:end]))
        at = end
    text = "".join((*parts, text[at:]))
    return _EXCEPT.sub(r"\1 (\2):", _ALIAS.sub(_assigned, text))


def _assigned(match: Match[str]) -> str:
    """Return the head of an alias as that of an assignment, as long as it was."""
    indent, gap, name, rest = match.groups()
    return indent + name + " " * (len("type") + len(gap)) + rest


def _closed(text: str, at: int) -> int:
    """Return the place after the bracket that closes the one at `at`; of no bracket: the end."""
    depth = 0
    while at < len(text):
        character = text[at]
        if character == "#":
            line = text.find("\n", at)
            at = line if line >= 0 else len(text)
            continue
        depth += (character in _OPENS) - (character in _CLOSES)
        at += 1
        if depth == 0:
            break
    return at


def _blank(text: str) -> str:
    """Return as many blanks, with the ends of lines joined: no brackets are left around them."""
    lines = [" " * len(line) for line in text.split("\n")]
    return "".join((*(line[:-1] + "\\\n" for line in lines[:-1]), lines[-1]))
