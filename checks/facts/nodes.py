"""Going through trees: what `ast.walk` and `ast.iter_child_nodes` do, in two thirds of the time."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from typing import TypeVar

Node = TypeVar("Node", bound=ast.AST)


def walk(node: ast.AST) -> Iterator[ast.AST]:
    """Yield `node` and everything in it, level by level, as `ast.walk` does."""
    found = [node]
    push = found.append
    for one in found:
        yield one
        for name in one._fields:
            value = getattr(one, name, None)
            if value.__class__ is list:
                for part in value:
                    if isinstance(part, ast.AST):
                        push(part)
            elif isinstance(value, ast.AST):
                push(value)


def children(node: ast.AST) -> list[ast.AST]:
    """Return what stands directly in `node`, in the order of its fields."""
    return _inside(node, ast.AST)


def expressions(node: ast.AST) -> list[ast.expr]:
    """Return the expressions that stand directly in `node`, in the order of its fields."""
    return _inside(node, ast.expr)


def _inside(node: ast.AST, kind: type[Node]) -> list[Node]:
    found: list[Node] = []
    for name in node._fields:
        value = getattr(node, name, None)
        if value.__class__ is list:
            found += [part for part in value if isinstance(part, kind)]
        elif isinstance(value, kind):
            found.append(value)
    return found
