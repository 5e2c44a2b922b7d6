"""Views that only developers and tests get: the running app does not answer them."""

from __future__ import annotations

import ast
import re

from checks.facts.python import Scope, last_name
from checks.lazy import lazy
from checks.project.config_reading import words
from checks.project.routes import View

_TRIAL = lazy(
    r"(^|_)(testing|debug|debugging|is_?dev|dev_?mode|test_?mode|development)(_|$)|"
    r"^(test|dev)$",
    re.IGNORECASE,
)
_ENDS = frozenset({"abort", "not_found", "NotFound", "Forbidden"})


def is_for_trials(view: View) -> bool:
    """Return whether a switch for debugging or tests decides that `view` is there at all.

    Told by an ``if app.debug:`` around its definition, and by a body that begins with
    ``if not app.testing: abort(404)``.
    """
    function = view.function
    if not isinstance(function.node, ast.FunctionDef | ast.AsyncFunctionDef):
        return False
    inner: ast.AST = function.node
    for outer in () if _is_bare(function) else function.module.ancestors(function.node):
        if isinstance(outer, ast.If) and inner in outer.body and _asks(outer.test, wanted=True):
            return True
        inner = outer
    body = [s for s in function.node.body if not isinstance(s, ast.Expr) or _is_call(s.value)]
    first = body[0] if body else None
    return isinstance(first, ast.If) and _asks(first.test, wanted=False) and _leaves(first.body[-1])


def _is_bare(scope: Scope) -> bool:
    """Return whether nothing but classes and functions stands around: most views end here."""
    while scope.parent is not None:
        if not any(statement is scope.node for statement in scope.parent.body):
            return False
        scope = scope.parent
    return True


def _is_call(node: ast.expr) -> bool:
    return isinstance(node, ast.Call)


def _asks(test: ast.expr, *, wanted: bool) -> bool:
    """Return whether a condition is such a switch, asked for as `wanted`, and nothing else."""
    negated = isinstance(test, ast.UnaryOp) and isinstance(test.op, ast.Not)
    if isinstance(test, ast.BoolOp) and isinstance(test.op, ast.And) and wanted:
        return any(_asks(each, wanted=True) for each in test.values)
    if isinstance(test, ast.BoolOp):
        return False
    if isinstance(test, ast.Compare):
        negated = isinstance(test.ops[0], ast.NotEq | ast.NotIn | ast.IsNot)
    said = [word for word in words(test) if word != "not"]
    return negated is not wanted and any(map(_TRIAL.search, said))


def _leaves(statement: ast.stmt) -> bool:
    """Return whether the view ends there with a refusal."""
    if isinstance(statement, ast.Raise):
        return True
    value = statement.value if isinstance(statement, ast.Expr | ast.Return) else None
    if isinstance(value, ast.Tuple):
        return any(getattr(each, "value", None) in (403, 404) for each in value.elts)
    return isinstance(value, ast.Call) and last_name(value.func) in _ENDS
