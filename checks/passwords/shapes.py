"""Small questions about expressions: what they are called, and what they look up."""

from __future__ import annotations

import ast
from collections.abc import Iterator

_WRAPPERS = frozenset({"encode", "decode", "strip", "lower", "upper", "rstrip", "lstrip"})
_CASTS = frozenset({"str", "bytes", "bytearray"})


def last_name(node: ast.AST | None) -> str:
    """Return ``b`` for ``a.b`` and ``b``, the key for ``a["b"]``, the callee's for a call."""
    if isinstance(node, ast.Call):
        return last_name(node.func)
    if isinstance(node, ast.Attribute):
        return node.attr
    if isinstance(node, ast.Subscript):
        key = constant(node.slice)
        return key if isinstance(key, str) else last_name(node.value)
    return node.id if isinstance(node, ast.Name) else ""


def chain(node: ast.AST | None) -> Iterator[str]:
    """Yield the names that ``a.b().c[0]`` is made of, last first."""
    while node is not None:
        if isinstance(node, ast.Attribute):
            yield node.attr
            node = node.value
        elif isinstance(node, ast.Call):
            node = node.func
        elif isinstance(node, ast.Subscript):
            key = constant(node.slice)
            if isinstance(key, str):
                yield key
            node = node.value
        else:
            if isinstance(node, ast.Name):
                yield node.id
            return


def constant(node: ast.AST | None) -> object:
    """Return the value of a literal, None for anything else."""
    return node.value if isinstance(node, ast.Constant) else None


def unwrapped(node: ast.expr) -> ast.expr:
    """Return ``x`` for ``str(x)``, ``x.encode()``, ``x.strip()`` and ``(x or "")``."""
    while True:
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
            if node.func.attr not in _WRAPPERS:
                return node
            node = node.func.value
        elif isinstance(node, ast.Call) and last_name(node.func) in _CASTS and node.args:
            node = node.args[0]
        elif isinstance(node, ast.BoolOp) and isinstance(node.op, ast.Or):
            node = node.values[0]
        else:
            return node


def argument(call: ast.Call, index: int, *names: str) -> ast.expr | None:
    """Return the argument of `call` at position `index` or of one of these names."""
    for keyword in call.keywords:
        if keyword.arg in names:
            return keyword.value
    plain = [arg for arg in call.args if not isinstance(arg, ast.Starred)]
    return plain[index] if 0 <= index < len(plain) == len(call.args) else None


def dict_items(node: ast.AST | None) -> Iterator[tuple[ast.expr, str, ast.expr]]:
    """Yield key node, key name and value of a dict display or ``dict(a=b)``, and inside it."""
    if isinstance(node, ast.List | ast.Tuple):
        for element in node.elts:
            yield from dict_items(element)
    elif isinstance(node, ast.Call) and last_name(node.func) in ("dict", "SON"):
        for keyword in node.keywords:
            yield from dict_items(keyword.value)
            yield keyword.value, keyword.arg or "", keyword.value
        for arg in node.args:
            yield from dict_items(arg)
    elif isinstance(node, ast.Dict):
        for key, value in zip(node.keys, node.values, strict=True):
            if key is None:
                continue
            yield from dict_items(value)
            text = constant(key)
            yield key, text if isinstance(text, str) else last_name(key), value


def is_migration(path: str) -> bool:
    """Return whether the file at `path` says what was done once to a database."""
    folders = path.split("/")[:-1]
    return "migrations" in folders or "alembic" in folders or folders[-1:] == ["versions"]
