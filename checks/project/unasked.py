"""Look-ups that may find nobody, and whoever is looked up used without asking."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from checks.facts.python import Scope
from checks.project.password_checks import PasswordCheck, last_name

_FINDERS = frozenset(
    {"fetchone", "find_one", "first", "one_or_none", "get_or_none", "scalar_one_or_none"}
)

_ASKING = _FINDERS | {"count", "exists", "any", "scalar", "find"}


def may_be_none(node: ast.expr | None) -> bool:
    """Return whether `node` is a look-up that gives None where nothing is found."""
    if isinstance(node, ast.BoolOp) and isinstance(node.op, ast.Or):
        node = node.values[-1]
    return (
        isinstance(node, ast.Call)
        and isinstance(node.func, ast.Attribute)
        and node.func.attr in _FINDERS
    )


def used_unasked(scope: Scope, checks: list[PasswordCheck]) -> ast.expr | None:
    """Return where a password check takes an attribute of somebody who may not be there.

    Args:
        scope: the function of a login.
        checks: the password checks that stand in it.
    """
    for check in checks:
        for owner in _owners(check):
            if (
                may_be_none(owner) or (isinstance(owner, ast.Name) and _is_unasked(owner, scope))
            ) and not _is_tried(check.node, scope):
                return owner
    return None


def _owners(check: PasswordCheck) -> Iterator[ast.expr]:
    """Yield what an attribute or item is taken of for the check."""
    if check.stored is not None:
        node = check.stored
        while isinstance(node, ast.Attribute | ast.Subscript):
            node = node.value
            yield node
    if isinstance(check.node, ast.Call) and isinstance(check.node.func, ast.Attribute):
        yield check.node.func.value


def _is_unasked(user: ast.Name, scope: Scope) -> bool:
    bound = scope.bindings.get(user.id, [])
    found = len(bound) == 1 and bound[0].kind == "value" and may_be_none(bound[0].value)
    return found and not any(
        _mentions(each, user.id) or _looks_up(each) for each in _conditions(scope)
    )


def _conditions(scope: Scope) -> Iterator[ast.AST]:
    """Yield everything in the function that decides something."""
    for node in ast.walk(scope.node):
        if isinstance(node, ast.If | ast.IfExp | ast.While | ast.Assert):
            yield node.test
        elif isinstance(node, ast.BoolOp | ast.Match | ast.comprehension):
            yield node


def _mentions(condition: ast.AST, name: str) -> bool:
    """Return whether `condition` has the variable itself, and not only what belongs to it."""
    parts = [*ast.walk(condition)]
    owners = {each.value for each in parts if isinstance(each, ast.Attribute | ast.Subscript)}
    return any(
        isinstance(part, ast.Name) and part.id == name and part not in owners for part in parts
    )


def _looks_up(condition: ast.AST) -> bool:
    """Return whether `condition` asks the database, perhaps for the same user."""
    return any(
        isinstance(part, ast.Call) and last_name(part.func) in _ASKING
        for part in ast.walk(condition)
    )


def _is_tried(node: ast.AST, scope: Scope) -> bool:
    """Return whether a ``try`` or ``with suppress(...)`` stands around `node`."""
    for above in scope.module.ancestors(node):
        if isinstance(above, ast.Try) and above.handlers:
            return True
        if isinstance(above, ast.With) and any(
            isinstance(item.context_expr, ast.Call)
            and last_name(item.context_expr.func) == "suppress"
            for item in above.items
        ):
            return True
        if above is scope.node:
            return False
    return False
