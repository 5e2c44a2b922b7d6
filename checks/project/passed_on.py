"""Decorators that only hand on another one: ``@typed(login_required)`` for a type checker."""

from __future__ import annotations

import ast

from checks.facts.python import Scope, last_name
from checks.project.names import Names


def passed_on(node: ast.expr, scope: Scope, names: Names) -> ast.expr:
    """Return what `node` is, where it is a call that gives back its only argument, else `node`.

    Args:
        node: a decorator.
        scope: where it stands.
        names: the project's names.
    """
    while isinstance(node, ast.Call) and len(node.args) == 1 and not node.keywords:
        given = node.args[0]
        if not isinstance(given, ast.Name | ast.Attribute | ast.Call):
            break
        helper = names.callee(node, scope)
        if helper is None or helper.kind != "function" or not _gives_back(helper):
            break
        node = given
    return node


def _gives_back(function: Scope) -> bool:
    """Return whether all that `function` does is to return its parameter, as it is or by `cast`."""
    places = [arg.arg for arg in function.parameters()]
    body = [
        line
        for line in function.body
        if not (isinstance(line, ast.Expr) and isinstance(line.value, ast.Constant))
    ]
    if len(places) != 1 or len(body) != 1 or not isinstance(body[0], ast.Return):
        return False
    value = body[0].value
    if isinstance(value, ast.Call) and last_name(value.func) == "cast" and len(value.args) == 2:
        value = value.args[1]
    return isinstance(value, ast.Name) and value.id == places[0]
