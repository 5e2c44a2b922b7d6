"""Where a pattern is found in a text, by the letters with which each of its matches begins."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache

from checks.lazy import lazy

__all__ = ["starts", "stem"]

_STEM = lazy(r"(?:[\w -]|\\[.\[({])+(?![?*{\w])")
_GROUPS = lazy(r"\((?:[^()\\]|\\.|\((?:[^()\\]|\\.|\([^()]*\))*\))*\)")
_CHOICE = lazy(r"\|")


def starts(pattern: re.Pattern[str], text: str) -> Iterator[int]:
    """Yield where in `text` the pattern is found.

    Letters with which each of its matches begins are looked for first, which takes a tenth.
    """
    letters = stem(pattern.pattern)
    if not letters:
        yield from (match.start() for match in pattern.finditer(text))
        return
    at = text.find(letters)
    while at >= 0:
        if pattern.match(text, at) is not None:
            yield at
        at = text.find(letters, at + 1)


@cache
def stem(pattern: str) -> str:
    """Return letters with which whatever `pattern` finds begins; ``""`` if they differ."""
    found = _STEM.match(pattern)
    plain = found is not None and not _CHOICE.search(_GROUPS.sub("", pattern))
    return found[0].replace("\\", "") if found is not None and plain else ""
