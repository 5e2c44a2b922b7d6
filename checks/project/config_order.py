"""Whether a write is certainly replaced by a later one, so that nobody ever gets its value."""

from __future__ import annotations

import ast

from checks.facts.python import Scope

_ENDS = (ast.Return, ast.Raise, ast.Continue, ast.Break)


def replaced(earlier: ast.AST, later: ast.AST, value: ast.expr, key: str, scope: Scope) -> bool:
    """Return whether `later` runs whenever `earlier` did, and does not look at its value.

    Args:
        earlier: the statement or call that sets `key` first; in the same scope.
        later: the statement or call that sets it again.
        value: what `later` sets it to.
        key: of the configuration, such as ``SECRET_KEY``.
        scope: where both stand.
    """
    if getattr(later, "lineno", 0) <= getattr(earlier, "lineno", 0) or _reads(value, key):
        return False
    block = _block(later, scope)
    if block is None:
        return False
    node: ast.AST = earlier
    while node is not scope.node:
        own = _block(node, scope)
        if own is None:
            return False
        if own[0] is block[0]:
            return True
        if own[0] and isinstance(own[0][-1], _ENDS):
            return False  # what stands behind is not reached from here
        node = own[1]
    return False


def _block(node: ast.AST, scope: Scope) -> tuple[list[ast.stmt], ast.AST] | None:
    """Return the list of statements that `node` stands in, and whose it is."""
    parent = scope.module.parent(node)
    while parent is not None:
        if isinstance(node, ast.stmt):
            for name in ("body", "orelse", "finalbody"):
                statements = getattr(parent, name, None)
                if isinstance(statements, list) and node in statements:
                    return statements, parent
        elif isinstance(node, ast.ExceptHandler):
            return [], parent
        node, parent = parent, scope.module.parent(parent)
    return None


def _reads(value: ast.expr, key: str) -> bool:
    for part in ast.walk(value):
        name = getattr(part, "id", getattr(part, "attr", getattr(part, "value", None)))
        # ``os.environ["SECRET_KEY"]`` reads another thing of that name.
        other = isinstance(part, ast.Constant) and _from_environment(value)
        if isinstance(name, str) and name.upper() == key and not other:
            return True
    return False


def _from_environment(value: ast.expr) -> bool:
    return any(
        getattr(part, "attr", getattr(part, "id", "")) in ("environ", "getenv", "env", "config")
        and not _is_app_config(part)
        for part in ast.walk(value)
    )


def _is_app_config(node: ast.AST) -> bool:
    """Return whether it is ``app.config``; ``config("KEY")`` of decouple is the environment."""
    return isinstance(node, ast.Attribute) and node.attr == "config"
