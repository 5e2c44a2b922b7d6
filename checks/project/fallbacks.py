"""Whether a value is set only where a better source fails."""

from __future__ import annotations

import ast

from checks.facts.python import Scope, last_name

_SOURCES = frozenset({"environ", "getenv"})


def stands_in(node: ast.AST, key: str, scope: Scope) -> bool:
    """Return whether the statement `node`, which sets `key`, stands in for another source.

    It does in an ``except`` branch, and in a branch whose condition or other side reads the
    environment or asks whether the key is there.
    """
    inner = node
    for outer in scope.module.ancestors(node):
        if isinstance(outer, ast.ExceptHandler):
            return True
        if isinstance(outer, ast.If):
            other = outer.orelse if inner in outer.body else outer.body
            if any(_reads(each, key) for each in (outer.test, *other)):
                return True
        if isinstance(outer, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            return False
        inner = outer
    return False


def _reads(node: ast.AST, key: str) -> bool:
    """Return whether `node` reads the environment, or `key` of the configuration."""
    for part in ast.walk(node):
        name = last_name(part)
        if name in _SOURCES:
            return True
        read = isinstance(getattr(part, "ctx", None), ast.Load)
        if read and name and name.lower() == key.lower():
            return True
        if isinstance(part, ast.Constant) and part.value == key and not isinstance(node, ast.stmt):
            return True  # ``"SECRET_KEY" in config``; on the other side it may be written
    return False
