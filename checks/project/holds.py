"""What each name of a function holds while it runs: see `checks.project.flow_run`."""

from __future__ import annotations

import ast

from checks.project.origins import NOTHING, Origins
from checks.project.words import may_lead_to_password

Holds = dict[str, Origins]


def under(key: ast.expr, held: Origins) -> Origins:
    """Return what is kept under `key` in something that holds `held`.

    ``message["func"]`` is not the password that the message brings along.
    """
    if not isinstance(key, ast.Constant) or not isinstance(key.value, str):
        return held
    if not held or may_lead_to_password(key.value):
        return held
    return frozenset(origin for origin in held if origin.kind != "password")


def numbered(target: ast.expr, through: ast.expr) -> ast.expr | None:
    """Return the first of two variables of a loop that is a key or a number, not what is held."""
    pair = target.elts if isinstance(target, ast.Tuple) and len(target.elts) == 2 else []
    func = through.func if isinstance(through, ast.Call) else None
    keyed = isinstance(func, ast.Attribute) and func.attr == "items"
    counted = isinstance(func, ast.Name) and func.id == "enumerate"
    return pair[0] if pair and (keyed or counted) else None


def join(into: Holds, other: Holds) -> None:
    for name, held in other.items():
        into[name] = into.get(name, NOTHING) | held


def path(node: ast.expr | None) -> str | None:
    """Return ``a``, ``a.b`` or ``a['k']`` as text, or None for anything less plain."""
    if isinstance(node, ast.Name):
        return node.id
    if isinstance(node, ast.Attribute):
        inner = path(node.value)
        return f"{inner}.{node.attr}" if inner is not None else None
    if isinstance(node, ast.Subscript) and isinstance(node.slice, ast.Constant):
        inner = path(node.value)
        return f"{inner}[{node.slice.value!r}]" if inner is not None else None
    return None
