"""Which functions and classes of a large file are left until somebody asks for them.

A file that no import ties to Flask is parsed for a few words. Where it is large, most of it stands
in functions and classes that hold none of them: parsing those would take as long as the rest.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Literal

from checks.facts.matters import Telling, told
from checks.facts.source import words_of
from checks.lazy import lazy
from checks.records import NamedTuple

__all__ = ["Piece", "cut"]

LARGE = 4_000  # bytes: cutting less costs more than it saves
_LONG = 30_000  # bytes: as long is kept whole, for `checks.depth.overlong` to look at
# Patterns that begin with a letter as it stands: others take many times as long. Names may hold
# bytes of letters beyond ASCII.
_NAME = rb"[\w\x80-\xff]+"
_DEFINES = rb"(?:@|(?:async )?def (" + _NAME + rb")|class (" + _NAME + rb"))"
_START = lazy(rb"\n" + _DEFINES)
_INSIDE = lazy(rb"\n    " + _DEFINES)
# The first line after a body: neither its own end, nor a remark, nor another definition. What only
# looks like one, such as ``def  two_spaces``, ends a body, too.
_ENDS = rb"[^\s#)\]}@dca]|d(?!ef [\w\x80-\xff])|c(?!lass [\w\x80-\xff])|a(?!sync def [\w\x80-\xff])"
_AFTER = lazy(rb"\n(?=" + _ENDS + rb")")
_AFTER_INSIDE = lazy(rb"\n(?= {0,4}(?:" + _ENDS + rb"))")
_REGISTERED = lazy(rb"@\w+\.(?!setter\b|getter\b|deleter\b)")
# A class that an app may be configured with, whatever it sets.
_CONFIGURES = lazy(r"[cC]onfig|[sS]etting")


class Piece(NamedTuple):
    """A function or class that was left."""

    name: str
    kind: Literal["function", "class"]
    line: int
    """Where it begins, from 1: its first decorator, if it has one."""
    text: str
    within: int = 0
    """The line in which its class is defined, or 0 outside of classes."""


class _Definition(NamedTuple):
    start: int
    named: int
    """Where ``def`` or ``class`` stands: after the decorators."""
    end: int
    """Where the next one begins."""
    name: str
    kind: Literal["function", "class"]


class _Cutter:
    """Goes through a file from its beginning to its end."""

    def __init__(self, raw: bytes, tells: Telling) -> None:
        self.raw, self.tells = raw, tells
        self.kept: list[bytes] = []
        self.left: list[Piece] = []
        self.line, self.at = 1, 0
        self._in_a_text = False  # over several lines, with quotes of either kind

    def run(self) -> None:
        for one in _definitions(self.raw, 0, len(self.raw), inside=False):
            whole = self.raw[one.start : one.end]
            if not self._is_of_interest(whole) and not _CONFIGURES.search(one.name):
                self._leave(one, _own(whole, _AFTER), 0)
            elif one.kind == "class" and len(whole) >= LARGE:
                self._methods(one, _own(whole, _AFTER))
        self.kept.append(self.raw[self.at :])

    def _methods(self, one: _Definition, body: bytes) -> None:
        """Leave those of a class that are of no interest, though the class is."""
        self._advance(one.named)
        within = self.line
        for method in _definitions(self.raw, one.named, one.start + len(body), inside=True):
            whole = self.raw[method.start : method.end]
            if not self._is_of_interest(whole):
                self._leave(method, _own(whole, _AFTER_INSIDE), within)

    def _is_of_interest(self, whole: bytes) -> bool:
        return (
            self.tells(whole)
            or _REGISTERED.search(whole) is not None
            # What the file's names mean must not hang on who asked for what before.
            or b"  global " in whole
            or b"\tglobal " in whole
        )

    def _leave(self, one: _Definition, own: bytes, within: int) -> None:
        self._advance(one.start)
        if len(own) >= _LONG or self._in_a_text or _is_open(own):
            return  # a text that holds code, or one that ends later
        self.left.append(Piece(one.name, one.kind, self.line, _text(own), within))
        lines = own.count(b"\n")
        # A class of which nothing else is kept must not be empty.
        self.kept.append((b"    pass" if within else b"") + b"\n" * lines)
        self.line += lines
        self.at = one.start + len(own)

    def _advance(self, to: int) -> None:
        passed = self.raw[self.at : to]
        self.kept.append(passed)
        self.line += passed.count(b"\n")
        self._in_a_text ^= _is_open(passed)
        self.at = to


class Cut(NamedTuple):
    """A file without what is left of it."""

    text: str
    """With blank lines in its place."""
    left: list[Piece]
    words: set[bytes] | None = None
    """All words of the file, where they were needed."""


def cut(text: str) -> Cut:
    """Return a file's text without what is left of it, and that."""
    if len(text) < LARGE:
        return Cut(text, [])
    raw = text.encode("utf-8", "surrogatepass")
    about = told(raw)
    # A form feed may stand before a definition.
    if about == "more" or b"TestCase" in raw or b"\f" in raw:
        return Cut(text, [])
    words = words_of(raw)
    cutter = _Cutter(raw, Telling(raw, about, words))
    cutter.run()
    if not cutter.left:
        return Cut(text, [], words)
    return Cut(_text(b"".join(cutter.kept)), cutter.left, words)


def _definitions(raw: bytes, start: int, end: int, *, inside: bool) -> Iterator[_Definition]:
    """Yield the functions and classes of the file itself, or the ones inside of a class."""
    last: tuple[int, re.Match[bytes]] | None = None
    decorated = -1
    for match in (_INSIDE if inside else _START).finditer(raw, start, end):
        if match.lastindex is None:
            decorated = match.start() + 1 if decorated < 0 else decorated
            continue
        here = match.start() + 1 if decorated < 0 else decorated
        if last is not None:
            yield _definition(*last, here)
        last, decorated = (here, match), -1
    if last is not None:
        yield _definition(*last, end)


def _definition(start: int, match: re.Match[bytes], end: int) -> _Definition:
    name = _text(match[match.lastindex or 0])
    kind: Literal["function", "class"] = "function" if match.lastindex == 1 else "class"
    return _Definition(start, match.start() + 1, end, name, kind)


def _own(whole: bytes, after: re.Pattern[bytes]) -> bytes:
    """Return a definition without what follows it before the next one."""
    found = after.search(whole)
    return whole[: found.start() + 1] if found is not None else whole


def _is_open(raw: bytes) -> bool:
    """Return whether a text over several lines begins and does not end, or the other way round."""
    return (raw.count(b'"""') % 2 or raw.count(b"'''") % 2) == 1


def _text(raw: bytes) -> str:
    return raw.decode("utf-8", "surrogatepass")
