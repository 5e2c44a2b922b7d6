"""Views that make the first account of an installation, and turn everybody away afterwards."""

from __future__ import annotations

import ast
import re

from checks.facts.python import Scope
from checks.lazy import lazy

_ANYBODY = lazy(
    r"\blen\(\w*(?:users|accounts)\)|\b(?:users?|accounts?|admins?)(?:\.query|\.objects)?"
    r"(?:\(\))?\.(?:count|first|exists)\(\)|\b(?:users?|accounts?)_?(?:count|exists?)\b|"
    r"\bhas_(?:any_)?(?:users?|accounts?|admins?)\b|\bany_(?:users?|accounts?)\b|"
    r"\blist_users\(\)|query\((?:\w+\.)?User\)\.(?:count|first)\(\)",
    re.IGNORECASE,
)


def only_first(view: Scope) -> bool:
    """Return whether `view` leaves where there is any account: ``if len(users) > 0: abort(401)``.

    Nobody registers there once an installation runs.
    """
    for statement in view.body[:4]:
        if not isinstance(statement, ast.If) or not _leaves(statement.body[-1]):
            continue
        test = statement.test
        negated = isinstance(test, ast.UnaryOp) and isinstance(test.op, ast.Not)
        if not negated and _ANYBODY.search(ast.unparse(test)):
            return not _asks_for_none(test)
    return False


def _asks_for_none(test: ast.expr) -> bool:
    """Return whether a condition holds where nobody is there: ``User.query.count() == 0``."""
    return (
        isinstance(test, ast.Compare)
        and isinstance(test.ops[0], ast.Eq | ast.Is | ast.Lt)
        and isinstance(test.comparators[0], ast.Constant)
        and test.comparators[0].value in (0, 1, None)
    )


def _leaves(statement: ast.stmt) -> bool:
    if isinstance(statement, ast.Return | ast.Raise):
        return True
    call = statement.value if isinstance(statement, ast.Expr) else None
    return isinstance(call, ast.Call) and getattr(call.func, "id", "") == "abort"
