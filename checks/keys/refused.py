"""Which literals an app refuses as its secret key when it starts."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from weakref import WeakKeyDictionary

from checks.facts.python import Module, Scope, last_name
from checks.project import Project

_KEY = re.compile(r"[Ss]ecret|SECRET")
_known: WeakKeyDictionary[Project, frozenset[str | bytes]] = WeakKeyDictionary()
_EXITS = frozenset({"exit", "_exit", "abort"})


def refused_keys(project: Project) -> frozenset[str | bytes]:
    """Return the literals that a comparison keeps from being used: it raises or exits.

    ``if app.config["SECRET_KEY"] == DEFAULT: sys.exit(1)`` in a function or at the top of a module,
    whatever else the condition asks for, such as that the app is no development copy. An
    ``assert`` does not count: ``python -O`` leaves it out.
    """
    if project not in _known:
        _known[project] = frozenset(value for found in _refusals(project) for value in found)
    return _known[project]


def _refusals(project: Project) -> Iterator[list[str | bytes]]:
    for module in project.vocabulary.files("SECRET", "ecret"):
        if module.source.context == "tests":
            continue
        for scope in module.scopes:
            for comparison in scope.comparisons:
                told = _says_key(comparison, module) or _validates_key(scope)
                if told and _refuses(comparison, scope):
                    yield _literals(comparison, scope, project)


def _says_key(node: ast.Compare, module: Module) -> bool:
    """Return whether a line of `node` speaks of a secret, before anything is resolved."""
    lines = module.source.lines[node.lineno - 1 : node.end_lineno]
    return any("SECRET" in line or "ecret" in line for line in lines)


def _refuses(comparison: ast.Compare, scope: Scope) -> bool:
    """Return whether the app ends where `comparison` holds."""
    if len(comparison.ops) != 1:
        return False
    node: ast.AST = comparison
    for above in scope.module.ancestors(comparison):
        if isinstance(above, ast.If):
            holds = isinstance(comparison.ops[0], ast.Eq | ast.In)
            return node is above.test and _ends(above.body if holds else above.orelse)
        if not isinstance(above, ast.BoolOp) or not isinstance(above.op, ast.And):
            return False
        node = above
    return False


def _ends(body: list[ast.stmt]) -> bool:
    """Return whether the last statement raises or ends the process."""
    if not body:
        return False
    last = body[-1]
    if isinstance(last, ast.If):
        return _ends(last.body) or _ends(last.orelse)
    called = last.value if isinstance(last, ast.Expr) else None
    return isinstance(last, ast.Raise) or (
        isinstance(called, ast.Call) and last_name(called.func) in _EXITS
    )


def _literals(comparison: ast.Compare, scope: Scope, project: Project) -> list[str | bytes]:
    """Return the literals of one side, if the other is called like a key."""
    left, right = comparison.left, comparison.comparators[0]
    for key, other in ((left, right), (right, left)):
        if not _KEY.search(ast.unparse(key)) and not _validates_key(scope):
            continue
        several = other.elts if isinstance(other, ast.Tuple | ast.List | ast.Set) else [other]
        values = [project.evaluate(each, scope).value for each in several]
        known = [value for value in values if isinstance(value, str | bytes) and value]
        if known and not isinstance(key, ast.Constant):
            return known
    return []


def _validates_key(scope: Scope) -> bool:
    """Return whether `scope` is pydantic's check of the key: ``@field_validator("secret_key")``."""
    told = [ast.unparse(decorator) for decorator in scope.decorators if scope.kind == "function"]
    return any("validator" in each and _KEY.search(each.upper()) for each in told)
