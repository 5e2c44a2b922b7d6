"""The source lines of a function or class."""

from __future__ import annotations

import ast

from checks.facts.python import Scope

__all__ = ["own_lines", "own_text", "text_of"]


def text_of(scope: Scope) -> str:
    """Return the source lines of a function or class, decorators included; a file's whole text."""
    node = scope.node
    if isinstance(node, ast.Module):
        return scope.module.source.text
    first = min([node.lineno, *(d.lineno for d in getattr(node, "decorator_list", []))])
    return "\n".join(scope.module.source.lines[first - 1 : node.end_lineno])


def own_text(scope: Scope) -> str:
    """Return the same without decorators."""
    return "\n".join(own_lines(scope))


def own_lines(scope: Scope) -> list[str]:
    """Return the lines of a function or class without its decorators; all lines of a file."""
    first, last = getattr(scope.node, "lineno", 1), getattr(scope.node, "end_lineno", None)
    return scope.module.source.lines[first - 1 : last]
