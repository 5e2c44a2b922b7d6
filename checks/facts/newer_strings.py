"""f-strings as Python 3.12 allows them, put so that an older Python can parse them too.

Since PEP 701 an f-string may hold, between its braces, quotes of its own kind, backslashes,
comments and line ends. An app that is written so is audited by whatever Python runs the audit.
What stands between the braces is put in other quotes; what no other quotes can hold is blanked.
Texts keep their length and lines their number, so that findings stand where they stood, but for
an f-string in single quotes that needs three: what follows it in the line moves by four.
"""

from __future__ import annotations

from collections.abc import Iterator
from re import Match

from checks.lazy import lazy

_QUOTED = r"(?P<prefix>(?<!\w)[fFrRbBuU]{1,2}|)(?P<quote>\"\"\"|'''|\"|')"
_STRING = lazy(_QUOTED)
_COMMENT = lazy(r"#[^\n]*(?=\n)")
_EITHER = lazy(rf"#[^\n]*|{_QUOTED}")
_NAMED = lazy(r"\\N\{[^}]*\}")
_UNKEPT = lazy(r"[\\\"'\n]")  # what a string between braces may not hold in older Pythons
_OPENS, _CLOSES = frozenset("([{"), frozenset(")]}")
_DEEPEST = 3  # strings within strings: older Pythons know four kinds of quotes


def in_older_words(text: str) -> str:
    """Return `text`, a Python file, with its f-strings as Python 3.11 takes them.

    Raises:
        ValueError: a string does not end.
    """
    parts: list[str] = []
    at = 0
    for start, end in _f_strings(text):
        parts += (text[at:start], _older(text[start:end]))
        at = end
    return "".join((*parts, text[at:]))


def _f_strings(text: str) -> Iterator[tuple[int, int]]:
    """Yield where the outermost f-strings begin and end."""
    at = 0
    while (match := _next(text, at)) is not None:
        at = _end(text, match)
        if "f" in match["prefix"].lower():
            yield match.start(), at


def _next(text: str, at: int) -> Match[str] | None:
    """Return the beginning of the next string that stands in no comment."""
    match = _EITHER.search(text, at)
    while match is not None and match["quote"] is None:
        match = _EITHER.search(text, match.end())
    return match


def _end(text: str, match: Match[str]) -> int:
    """Return where the string ends that begins with `match`."""
    quote, at = match["quote"], match.end()
    formatted = "f" in match["prefix"].lower()
    while at < len(text):
        if text.startswith(quote, at):
            return at + len(quote)
        character = text[at]
        if character == "\\":
            name = _NAMED.match(text, at) if formatted else None
            at = name.end() if name is not None else at + 2
        elif character == "\n" and len(quote) == 1:
            break
        elif formatted and character == "{":
            at = at + 2 if text.startswith("{{", at) else _field_end(text, at)
        else:
            at += 1
    raise ValueError("a string does not end")


def _field_end(text: str, at: int) -> int:
    """Return the place after the replacement field that begins at `at`."""
    depth, spec = 0, False
    while at < len(text):
        character = text[at]
        match = _STRING.match(text, at) if not spec else None
        if match is not None:
            at = _end(text, match)
            continue
        if character == "#" and not spec:
            comment = _COMMENT.match(text, at)
            at = comment.end() if comment is not None else at
            continue
        if character in _OPENS:
            if spec and character == "{":
                at = _field_end(text, at)
                continue
            depth += 0 if spec else 1
        elif character in _CLOSES and not (spec and character != "}"):
            depth -= 1
            if depth == 0 or spec:
                return at + 1
        elif character == ":" and depth == 1:
            spec = True
        at += 1
    raise ValueError("a replacement field does not end")


def _older(text: str) -> str:
    """Return one whole f-string as older Pythons take it."""
    match = _STRING.match(text)
    if match is None:
        return text
    prefix, quote = match["prefix"], match["quote"]
    inner = text[match.end() : len(text) - len(quote)]
    fields = [inner[start:end] for start, end in _fields(inner)]
    if not any(_is_new(field, quote) for field in fields):
        return text
    long = len(quote) == 3 or any("\n" in field or _depth(field) > 1 for field in fields)
    outer = quote[0] * 3 if long else quote
    other = "'" if quote[0] == '"' else '"'
    order = [other, quote[0]] if long else [other]
    parts: list[str] = []
    at = 0
    for start, end in _fields(inner):
        parts += (inner[at:start], _field(inner[start:end], order))
        at = end
    return prefix + outer + "".join((*parts, inner[at:])) + outer


def _fields(inner: str) -> Iterator[tuple[int, int]]:
    """Yield where the replacement fields of an f-string begin and end, by what is in it."""
    at = 0
    while at < len(inner):
        if inner[at] == "\\":
            name = _NAMED.match(inner, at)
            at = name.end() if name is not None else at + 2
        elif inner[at] == "{" and not inner.startswith("{{", at):
            end = _field_end(inner, at)
            yield at, end
            at = end
        else:
            at += 2 if inner[at] == "{" else 1


def _is_new(field: str, quote: str) -> bool:
    """Return whether an older Python refuses a replacement field."""
    lines = "\n" in field
    return quote in field or "\\" in field or (lines and (len(quote) == 1 or "#" in field))


def _depth(field: str) -> int:
    """Return how deep strings stand in strings between the braces."""
    deepest, at = 0, 0
    while (match := _next(field, at)) is not None:
        end = _end(field, match)
        within = field[match.end() : end - len(match["quote"])]
        fields = _fields(within) if "f" in match["prefix"].lower() else ()
        below = max((_depth(within[a:b]) for a, b in fields), default=0)
        deepest, at = max(deepest, 1 + below), end
    return min(deepest, _DEEPEST)


def _field(field: str, order: list[str]) -> str:
    """Return a replacement field with its strings in the first of the quotes in `order`."""
    parts: list[str] = []
    at = 0
    while (match := _next(field, at)) is not None:
        end = _end(field, match)
        quote = match["quote"]
        within = field[match.end() : end - len(quote)]
        if "f" in match["prefix"].lower() and len(order) > 1:
            within = _nested(within, order)
        else:
            within = _UNKEPT.sub("`", within)
        kind = order[0] * len(quote)
        parts += (_plain(field[at : match.start()]), match["prefix"], kind, within, kind)
        at = end
    return "".join((*parts, _plain(field[at:])))


def _nested(within: str, order: list[str]) -> str:
    parts: list[str] = []
    at = 0
    for start, end in _fields(within):
        literal = _UNKEPT.sub("`", within[at:start])
        parts += (literal, _field(within[start:end], order[1:]))
        at = end
    return "".join((*parts, _UNKEPT.sub("`", within[at:])))


def _plain(code: str) -> str:
    """Return code between strings without its comments and its joined lines."""
    code = _COMMENT.sub(lambda match: " " * len(match[0]), code)
    return code.replace("\\\n", " \n").replace("\\", " ")
