"""Regular expressions of an app, tried on hostile destinations."""

from __future__ import annotations

import ast
import re
import warnings
from collections.abc import Callable
from math import comb
from typing import Any

from checks.facts.python import Scope
from checks.lazy import lazy
from checks.project.resolved import Resolved
from checks.project.trial_marks import MAX_TEXT, UNKNOWN, Mark

_ASKING = frozenset({"match", "fullmatch", "search"})
_CHANGING = frozenset({"sub"})
# A group that is repeated may take longer than the world lasts, so none of those is tried.
_REPEATED_GROUP = lazy(r"\)\s*[*+{]")
_REPEATS = lazy(r"[*+{]")
_CHOICES = lazy(r"\||(?<!\()\?")  # one side or the other; there or not
_MAX_PATTERN = 200  # characters
_MAX_WAYS = 200_000  # some hundredths of a second
_FLAGS = {name: getattr(re, name) for name in ("I", "IGNORECASE", "A", "ASCII", "U", "UNICODE")}


def tried(
    node: ast.Call,
    called: str | None,
    args: list[object],
    scope: Scope,
    names: Resolved,
) -> object:
    """Return what ``re.match(pattern, text)`` or ``PATTERN.sub("", text)`` is worth.

    Args:
        node: the call.
        called: the qualified name of what it calls.
        args: what its arguments are worth.
        scope: where it stands.
        names: the project's names.

    Returns:
        whether the pattern was found, the changed text, or `UNKNOWN` if it is no such call, or one
        that cannot be told.
    """
    module, _, name = (called or "").rpartition(".")
    asked: list[object] = args
    if module in ("re", "regex"):
        flags = _flags([*node.args[2 + (name in _CHANGING) :], *_named(node, "flags")])
    elif isinstance(node.func, ast.Attribute) and node.func.attr in _ASKING | _CHANGING:
        name = node.func.attr
        made = _compiled(node.func.value, scope, names)
        if made is None or node.keywords:
            return UNKNOWN
        pattern, flags = made
        asked = [pattern, *args]
    else:
        return UNKNOWN
    wanted = 3 if name in _CHANGING else 2
    if name not in _ASKING | _CHANGING or flags is None or len(asked) < wanted:
        return UNKNOWN
    texts = asked[:wanted]
    if any(isinstance(each, Mark) or not isinstance(each, str) for each in texts):
        return UNKNOWN
    pattern, *rest = (str(each) for each in texts)
    if len(rest[-1]) > MAX_TEXT or not is_quick(pattern, len(rest[-1])):
        return UNKNOWN
    try:
        with warnings.catch_warnings(action="ignore"):  # of odd patterns
            found: Callable[..., Any] = getattr(re.compile(pattern, flags), name)
        value = found(*rest)
    except (re.error, IndexError, RecursionError, OverflowError):
        return UNKNOWN
    return value if name in _CHANGING else value is not None


def _compiled(node: ast.expr, scope: Scope, names: Resolved) -> tuple[object, int | None] | None:
    """Return the text and the flags of the pattern that a name of a file stands for."""
    if not isinstance(node, ast.Name):
        return None
    bindings = names.bindings(node.id, scope)
    made = bindings[0].value if len(bindings) == 1 and bindings[0].kind == "value" else None
    if not isinstance(made, ast.Call) or not made.args:
        return None
    if not isinstance(made.func, ast.Attribute) or made.func.attr != "compile":
        return None
    text = made.args[0]
    if not isinstance(text, ast.Constant):
        return None
    return text.value, _flags([*made.args[1:], *_named(made, "flags")])


def _named(node: ast.Call, wanted: str) -> list[ast.expr]:
    return [keyword.value for keyword in node.keywords if keyword.arg == wanted]


def _flags(nodes: list[ast.expr]) -> int | None:
    """Return the flags that `nodes` say, or None where one of them is not known."""
    flags = 0
    for node in nodes:
        for part in node.values if isinstance(node, ast.BoolOp) else [node]:
            name = part.attr if isinstance(part, ast.Attribute) else ""
            if name not in _FLAGS:
                return None
            flags |= _FLAGS[name]
    return flags


def is_quick(pattern: str, length: int) -> bool:
    """Return whether `pattern` is tried on a text in little time, however it was written.

    Each repeat may end at any character, each choice go both ways, and a search begin anywhere;
    all ways are gone before a pattern is not found.

    Args:
        pattern: a regular expression.
        length: of the text, in characters.
    """
    if len(pattern) > _MAX_PATTERN or _REPEATED_GROUP.search(pattern):
        return False
    repeats, choices = len(_REPEATS.findall(pattern)), len(_CHOICES.findall(pattern))
    return (length + 1) * comb(length + repeats, repeats) << choices <= _MAX_WAYS
