"""Whether a block of a template that escapes nothing prints what somebody may have written.

Judged by the words of its expressions alone: addresses that the app makes, settings, numbers and
translated texts bring no markup along, and mails are full of them; names and titles may.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from checks.facts.templates import Block
from checks.lazy import lazy

_TEXTS = lazy(r"\"(?:[^\"\\]|\\.)*\"|'(?:[^'\\]|\\.)*'")
_FILTER = lazy(r"\|\s*(\w+)")
_NAME = lazy(r"(?<![\w.])[A-Za-z_]\w*(?:\.\w+|\[\w*\])*(?!\w)(?P<after>\s*\(|\s*=(?!=))?")
_CLEANS = lazy(
    r"e|escape|forceescape|tojson|int|float|round|length|count|abs|filesizeformat|urlencode|"
    r"\w*(?:strip_?tags|clean|sanitiz|bleach|escape)\w*|no_?(?:js|script)s?|"
    # What marks the words of a program up escapes them first.
    r"\w*(?:highlight|pygment|syntax)\w*|(?:\w+_)?(?:loc|diff|ansi)(?:_\w+)?|ansi\w*html|"
    r"(?:\w+_)?(?:date|time|datetime|currency|money|number)(?:_\w+)?",
    re.IGNORECASE,
)
_HARMLESS = lazy(
    r"(?:^|[_.])(?:ur[il]|link|href|src|dashboard|host|domain|icon|logo|csrf|csrf_token|token|form|"
    r"field|hidden_tag|locale|lang|language|version|date|time|year|month|day|count|number|total|"
    r"amount|price|id|width|height|app_name|site_name|loop|index|index0|length|nonce)s?$|"
    r"^(?:config|settings|g\.settings|current_app|form|loop|_|gettext|ngettext)(?:\.|$)"
)
_WORDS = frozenset(
    ["and", "or", "not", "is", "in", "if", "else", "none", "true", "false", "None", "True",
     "False", "defined", "undefined"]
)  # fmt: skip
_NESTED = lazy(r"\{%[-+]?\s*(?:block|include|call|import|from)\b|\b(?:super|caller)\(\)")


def may_bring_markup(block: Block) -> bool:
    """Return whether `block` prints anything that may hold markup of somebody's own."""
    return _NESTED.search(block.text) is not None or prints_markup(block)


def prints_markup(block: Block) -> bool:
    """Return whether its own expressions may; what it includes or calls is not looked at."""
    return any(
        not _HARMLESS.search(name.replace("[", ".").replace("]", "").rstrip("."))
        for expression in block.printed
        for name in _values(expression)
    )


def _values(expression: str) -> Iterator[str]:
    """Yield the names of what `expression` prints, ``a.b`` for an attribute."""
    plain = _TEXTS.sub("''", expression)
    if any(_CLEANS.fullmatch(name) for name in _FILTER.findall(plain)):
        return
    for match in _NAME.finditer(_FILTER.sub(",", plain)):
        name = match[0].removesuffix(match["after"] or "")
        after = (match["after"] or "").strip()
        if after == "=" or (after == "(" and "." not in name) or name in _WORDS:
            continue  # the name of an argument, or of a function that is handed the values
        yield name
