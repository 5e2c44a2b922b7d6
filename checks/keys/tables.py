"""Passwords of users that stand in a dictionary: ``USERS = {"operator": "operator-2019"}``."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from checks.facts.python import Scope, last_name
from checks.keys.credential import Credential, is_real
from checks.project import Project
from checks.project.words import is_plain_password_name


def looked_up(compare: ast.Compare, scope: Scope, project: Project) -> Iterator[Credential]:
    """Yield the literal behind ``USERS[name] == password`` and ``USERS.get(name) == password``."""
    pair = (compare.left, compare.comparators[0])
    for one, other in (pair, pair[::-1]):
        table = _table(other)
        if table is None or not is_plain_password_name(_typed(one)):
            continue
        for binding in project.names.bindings(table.id, scope):
            value = binding.value if binding.kind == "value" else None
            if isinstance(value, ast.Dict) and value.values and all(map(_is_text, value.values)):
                first = value.values[0]
                if is_real(str(getattr(first, "value", ""))):
                    at = scope if table.id in scope.bindings else scope.module.top
                    yield Credential("comparison", _typed(one), at.spot(first))
                return


def _table(node: ast.expr) -> ast.Name | None:
    """Return the name of what something is looked up in, by what is no constant."""
    if isinstance(node, ast.Subscript) and not isinstance(node.slice, ast.Constant):
        inner = node.value
    elif isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.args:
        inner = node.func.value if node.func.attr == "get" else node
        inner = node if isinstance(node.args[0], ast.Constant) else inner
    else:
        return None
    return inner if isinstance(inner, ast.Name) else None


def _typed(node: ast.expr) -> str:
    """Return the name of ``password``, ``form["password"]`` and ``auth.password``."""
    if isinstance(node, ast.Subscript) and isinstance(node.slice, ast.Constant):
        return str(node.slice.value)
    if isinstance(node, ast.Call) and last_name(node.func) == "get" and node.args:
        return str(getattr(node.args[0], "value", ""))
    if isinstance(node, ast.Attribute) and node.attr == "data":
        return last_name(node.value)
    return last_name(node)


def _is_text(node: ast.expr) -> bool:
    return isinstance(node, ast.Constant) and isinstance(node.value, str)
