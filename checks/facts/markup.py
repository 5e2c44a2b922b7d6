"""HTML tags in text that also holds template expressions: found, not parsed into a tree."""

from __future__ import annotations

import re
from collections.abc import Iterator

from checks.facts.source import Source, Spot
from checks.lazy import lazy
from checks.records import NamedTuple

# Possessive repeats: text that does not fit is left at once, never tried in other ways.
_EXPRESSION = r"\{\{(?:[^}]|\}(?!\})){0,600}+\}\}|\{%(?:[^%]|%(?!\})){0,600}+%\}"
_QUOTED = rf"\"(?:{_EXPRESSION}|[^\"]){{0,4000}}+\"|'(?:{_EXPRESSION}|[^']){{0,4000}}+'"
_TAG = lazy(
    r"<(?P<close>/?)(?P<name>form|input|select|textarea|button|a|script|meta)\b"
    rf"(?P<rest>(?:{_EXPRESSION}|{_QUOTED}|[^<>\"']){{0,400}}+)>",
    re.IGNORECASE,
)
_PLAIN = r"(?:\{\{(?:[^}]|\}(?!\})){0,600}+\}\}|[^\s\"'>{]|\{(?![{%]))+"  # a value without quotes
_ATTRIBUTE = lazy(
    rf"{_EXPRESSION}|(?P<name>[A-Za-z_:@][\w:.@-]*)(?:\s*=\s*(?P<value>{_QUOTED}|{_PLAIN}))?"
)
_COMMENTS = (
    (lazy(r"<!--"), lazy(r"-->")),
    (lazy(r"\{#"), lazy(r"#\}")),
)
_SCRIPT = (
    lazy(r"<script\b[^>]{0,2000}>", re.IGNORECASE),
    lazy(r"</script", re.IGNORECASE),
)
_NO_CODE = lazy(r"\btype\s*=\s*[\"']?(?:text/(?!javascript)|x-)", re.IGNORECASE)


class Tag(NamedTuple):
    """One HTML tag."""

    name: str
    """Lower case."""
    attributes: dict[str, str]
    """Names in lower case; template expressions in values are kept as written."""
    spot: Spot
    start: int
    """Offset of its first character in the file's text."""
    end: int
    """Offset after its last character."""
    closing: bool = False


def between(
    text: str, opening: re.Pattern[str], closing: re.Pattern[str]
) -> Iterator[tuple[re.Match[str], re.Match[str]]]:
    """Yield pairs of an opening and the next closing mark, which do not overlap.

    Takes time in proportion to the text, also where marks are never closed.
    """
    start = 0
    while (first := opening.search(text, start)) is not None:
        last = closing.search(text, first.end())
        if last is None:
            return
        yield first, last
        start = last.end()


def without_comments(text: str) -> str:
    """Return `text` with comments blanked: the offsets stay those of the file."""
    for opening, closing in _COMMENTS:
        spans = [(a.start(), b.end()) for a, b in between(text, opening, closing)]
        text = _without(text, spans)
    return text


def without_scripts(text: str) -> str:
    """Return `text` with the code of scripts blanked; the tags stay, and templates in them."""
    pairs = between(text, *_SCRIPT)
    return _without(text, [(a.end(), b.start()) for a, b in pairs if not _NO_CODE.search(a[0])])


def _without(text: str, spans: list[tuple[int, int]]) -> str:
    parts, done = [], 0
    for start, end in spans:
        parts += [text[done:start], re.sub(r"[^\n]", " ", text[start:end])]
        done = end
    return "".join([*parts, text[done:]])


def tags(text: str, source: Source) -> Iterator[Tag]:
    """Yield the tags that rules ask about, in order.

    Args:
        text: the file's text, with blanks for what is not to be looked at.
        source: the file, which tells where offsets are.
    """
    for match in _TAG.finditer(text):
        yield Tag(
            match["name"].lower(),
            _attributes(match["rest"]),
            source.offset_spot(match.start(), match.end()),
            match.start(),
            match.end(),
            closing=bool(match["close"]),
        )


def _attributes(text: str) -> dict[str, str]:
    found: dict[str, str] = {}
    for match in _ATTRIBUTE.finditer(text):
        if match["name"]:
            value = match["value"] or ""
            if value[:1] in ("'", '"'):
                value = value[1:-1].strip()
            found.setdefault(match["name"].lower(), value)
    return found
