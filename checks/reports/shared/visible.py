"""Text from an audited project, made harmless for a terminal and for a document."""

from __future__ import annotations

import re
import unicodedata

from checks.lazy import lazy

# Control characters move a terminal's cursor; bidirectional marks make a line read otherwise
# than it runs (CVE-2021-42574); zero-width marks and tag characters hide text; a surrogate
# cannot be encoded.
_UNSAFE = lazy(
    "[\x00-\x1f\x7f-\x9f\u061c\u200b\u200e\u200f\u2028-\u202e\u2060-\u2069\ufeff\ufff9-\ufffb"
    "\ud800-\udfff\U000e0000-\U000e007f]"
)
_SURROGATE = lazy("[\ud800-\udfff]")


def visible(text: str) -> str:
    """Return `text` with every character that shows nothing, or acts, written as an escape."""
    return _UNSAFE.sub(_escape, text)


def encodable(text: str) -> str:
    """Return `text` with lone surrogates written as escapes, so that UTF-8 can hold it."""
    return _SURROGATE.sub(_escape, text)


def columns(text: str) -> int:
    """Return how many columns of a terminal `text` takes; it must be `visible` already."""
    return sum(_width(character) for character in text)


def _width(character: str) -> int:
    if unicodedata.combining(character):
        return 0
    return 2 if unicodedata.east_asian_width(character) in "WF" else 1


def _escape(match: re.Match[str]) -> str:
    code = ord(match.group())
    named = {9: r"\t", 10: r"\n", 13: r"\r"}.get(code)
    if named is not None:
        return named
    if code < 0x100:
        return f"\\x{code:02x}"
    return f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"
