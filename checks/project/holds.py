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


def join(into: Holds, other: Holds) -> None:
    for name, held in other.items():
        into[name] = into.get(name, NOTHING) | held


def path(node: ast.expr) -> str | None:
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
