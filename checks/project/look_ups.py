"""Which expressions may give the user who was looked up, and which a stand-in for nobody."""

from __future__ import annotations

import ast
import re

from checks.lazy import lazy

_LOOKS_UP = lazy(
    r"quer|filter|find|first|fetch|select|execute|load|lookup|search|scalar|^get|_by_|^one|\buser"
)
_STAND_IN = lazy(r"dummy|fake|decoy|nobody|anonymous|placeholder", re.IGNORECASE)
RAISES_404 = frozenset({"first_or_404", "get_or_404", "one_or_404"})
"""Methods that answer 404 where there is nothing."""


def looks_up(value: ast.expr) -> bool:
    """Return whether `value` may be what a search for the user gives."""
    if isinstance(value, ast.Await):
        return looks_up(value.value)
    if isinstance(value, ast.Subscript | ast.Attribute | ast.Name):
        text = ast.unparse(value)
        # A constant, such as ``NOBODY``, or what says so itself.
        return not re.search(r"(^|\.)_*[A-Z][A-Z0-9_]+$", text) and not _STAND_IN.search(text)
    if not isinstance(value, ast.Call):
        return False
    text = ast.unparse(value.func)
    if _STAND_IN.search(text):
        return False
    return isinstance(value.func, ast.Attribute) or bool(_LOOKS_UP.search(text.lower()))


def stands_in(value: ast.expr) -> bool:
    """Return whether `value` takes the place of a user who does not exist: a literal, a new object.

    ``user = None`` does not.
    """
    nothing = isinstance(value, ast.Constant) and not value.value
    return not nothing and not looks_up(value)


def called(node: ast.expr) -> str:
    """Return the last name of what `node` calls, ``""`` for what is no call."""
    func = node.func if isinstance(node, ast.Call) else None
    return func.attr if isinstance(func, ast.Attribute) else getattr(func, "id", "")


def loop_names(function: ast.AST) -> set[str]:
    """Return the names that loops of `function` give a value."""
    return {
        name.id
        for part in ast.walk(function)
        if isinstance(part, ast.For)
        for name in ast.walk(part.target)
        if isinstance(name, ast.Name)
    }
