"""Small readings of configuration code: constants of a body, arguments, words of a condition."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator

from checks.facts.python import Scope
from checks.lazy import lazy
from checks.project.configuration import Environment, environment_of

_PRODUCTION = lazy(r"(?:is_|in_)?prod(?:uction)?(?:_mode)?", re.IGNORECASE)

TELLING = frozenset(
    {
        "SECRET_KEY", "DEBUG", "TESTING", "SESSION_COOKIE_SECURE", "SESSION_COOKIE_HTTPONLY",
        "SESSION_COOKIE_SAMESITE", "REMEMBER_COOKIE_SECURE", "SQLALCHEMY_DATABASE_URI",
        "WTF_CSRF_ENABLED", "SECURITY_PASSWORD_SALT", "PREFERRED_URL_SCHEME",
    }
)  # fmt: skip


def tells(scope: Scope) -> bool:
    """Return whether a body sets a key that only an app's configuration has."""
    return any(key in TELLING for key, _, _ in constants(scope))


def constants(scope: Scope) -> Iterator[tuple[str, ast.expr, ast.AST]]:
    """Yield the upper-case names that a class or module body sets: what ``from_object`` takes."""
    for assignment in scope.assignments:
        if isinstance(assignment.target, ast.Name) and assignment.target.id.isupper():
            yield assignment.target.id, assignment.value, assignment.node
    if isinstance(scope.node, ast.ClassDef):
        for statement in scope.node.body:
            if isinstance(statement, ast.AnnAssign) and isinstance(statement.target, ast.Name):
                name = statement.target.id
                if statement.value is not None and not name.isupper():
                    yield name.upper(), statement.value, statement


def argument_of(call: ast.Call, name: str, index: int) -> ast.expr | None:
    """Return what `call` gives for a parameter, by keyword or position."""
    for keyword in call.keywords:
        if keyword.arg == name:
            return keyword.value
    return call.args[index] if 0 <= index < len(call.args) else None


def words(node: ast.AST) -> list[str]:
    """Return the names and texts of a condition, and ``not`` where it is negated."""
    found = []
    for part in ast.walk(node):
        if isinstance(part, ast.Name):
            found.append(part.id)
        elif isinstance(part, ast.Attribute):
            found.append(part.attr)
        elif isinstance(part, ast.Constant) and isinstance(part.value, str):
            found.append(part.value)
        elif isinstance(part, ast.Not | ast.NotEq | ast.Is):
            found.append("not")  # ``if not testing``, ``if test_config is None``
    return found


def _is_production(test: ast.expr) -> bool:
    """Return whether a condition is ``x == "production"``, so that its other side is not.

    So is ``app.config["PRODUCTION"]``.
    """
    if isinstance(test, ast.Name | ast.Attribute | ast.Subscript | ast.Call):
        return any(_PRODUCTION.fullmatch(word) for word in words(test))
    return (
        isinstance(test, ast.Compare)
        and isinstance(test.ops[0], ast.Eq)
        and environment_of(" ".join(words(test.comparators[0]))) == "production"
    )


def _all_of(test: ast.expr) -> list[ast.expr]:
    """Return the conditions that must all hold: both of ``app.debug and not origins``."""
    if isinstance(test, ast.BoolOp) and isinstance(test.op, ast.And):
        return test.values
    return [test]


def condition(node: ast.AST, scope: Scope) -> Environment | None:
    """Return the environment of an ``if`` around `node`, such as ``if test_config``."""
    inner = node
    for outer in scope.module.ancestors(node):
        if isinstance(outer, ast.match_case):
            found = environment_of(" ".join(words(outer.pattern)))
            if found is not None:
                return found
        if isinstance(outer, ast.If) and inner in outer.orelse and _is_production(outer.test):
            return "development"
        if isinstance(outer, ast.If) and inner in outer.body:
            asked = _all_of(outer.test)
            for test in asked:
                names = " ".join(words(test))
                found = environment_of(names)
                if " not " in f" {names} ":
                    if found is not None or len(asked) == 1:
                        return "production" if found in ("development", "testing") else None
                elif found is not None:
                    return found
        if isinstance(outer, ast.FunctionDef | ast.AsyncFunctionDef):
            if outer.name.startswith("test_"):
                return "testing"
            break
        inner = outer
    return None
