"""The sentences in an expression, and other small questions about what is answered."""

from __future__ import annotations

import ast


def is_bool(node: ast.Call) -> bool:
    """Return whether `node` is ``bool(x)``."""
    return isinstance(node.func, ast.Name) and node.func.id == "bool" and len(node.args) == 1


def texts_in(node: ast.expr | None, names: dict[str, ast.expr]) -> tuple[str, ...]:
    """Return the sentences in an expression: literals with a blank, through names."""
    found: list[str] = []
    for part in ast.walk(node) if node is not None else ():
        if isinstance(part, ast.Constant) and isinstance(part.value, str):
            if " " in part.value.strip() or isinstance(node, ast.Constant):
                found.append(part.value)
        elif isinstance(part, ast.Name) and part.id in names:
            value = names[part.id]
            if not isinstance(value, ast.BoolOp | ast.UnaryOp | ast.Compare):
                found += texts_in(value, {})
    return tuple(found)
