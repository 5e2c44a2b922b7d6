"""Whether a piece of a view runs only for POST, by a condition around or before it."""

from __future__ import annotations

import ast

from checks.facts.python import Scope

_CHECKS_POST = frozenset({"validate_on_submit", "is_submitted"})


def only_by_post(node: ast.AST, scope: Scope, *, forms: bool = False) -> bool:
    """Return whether `node` of the view `scope` runs only for POST.

    Args:
        node: a call or statement of the function.
        scope: the function.
        forms: whether a look into ``request.form`` and ``form.validate()`` count too.
    """
    inner = node
    for above in scope.module.ancestors(node):
        if above is scope.node:
            break
        if isinstance(above, ast.If | ast.IfExp):
            says = says_method(above.test, forms=forms)
            body = above.body if isinstance(above.body, list) else [above.body]
            orelse = above.orelse if isinstance(above.orelse, list) else [above.orelse]
            if (says == "post" and inner in body) or (says == "get" and inner in orelse):
                return True
        inner = above
    for statement in scope.body:
        if (statement.end_lineno or 0) >= getattr(node, "lineno", 0):
            break  # it comes later, or `node` stands in it
        if not isinstance(statement, ast.If) or not _leaves(statement.body[-1]):
            continue
        if says_method(statement.test, forms=forms) == "get":
            return True
    return False


def _leaves(statement: ast.stmt) -> bool:
    if isinstance(statement, ast.Return | ast.Raise):
        return True
    call = statement.value if isinstance(statement, ast.Expr) else None
    return isinstance(call, ast.Call) and getattr(call.func, "id", "") == "abort"


def says_method(test: ast.expr, *, forms: bool = False) -> str:
    """Return ``post`` or ``get`` for what a condition on the request's method lets through."""
    inside_not = isinstance(test, ast.UnaryOp) and isinstance(test.op, ast.Not)
    for part in ast.walk(test):
        if isinstance(part, ast.Compare) and len(part.ops) == 1:
            left = part.left.attr if isinstance(part.left, ast.Attribute) else ""
            value = part.comparators[0]
            if left == "method" and _verb(value):
                same = isinstance(part.ops[0], ast.Eq)
                is_post = _verb(value) != "GET"
                return "post" if same == is_post else "get"
            if left == "method" and isinstance(value, ast.Tuple | ast.List | ast.Set):
                has_get = any(_verb(each) == "GET" for each in value.elts)
                inside = isinstance(part.ops[0], ast.In)
                return "post" if inside != has_get else "get"
        if isinstance(part, ast.Call):
            name = getattr(part.func, "attr", "")
            if name in _CHECKS_POST or (forms and name == "validate"):
                return "get" if inside_not else "post"
        if forms and _is_sent(part):
            negated = inside_not or any(isinstance(p, ast.NotIn) for p in ast.walk(test))
            return "get" if negated else "post"
    return ""


def _verb(node: ast.expr) -> str:
    """Return ``POST`` for ``"POST"`` and ``HTTPMethod.POST``."""
    if isinstance(node, ast.Constant):
        return str(node.value).upper()
    return node.attr if isinstance(node, ast.Attribute) and node.attr.isupper() else ""


def _is_sent(part: ast.AST) -> bool:
    """Return whether `part` is ``request.form`` or the like."""
    return (
        isinstance(part, ast.Attribute)
        and part.attr in ("form", "files", "json")
        and isinstance(part.value, ast.Name)
        and part.value.id == "request"
    )
