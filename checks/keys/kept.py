"""Keys that are made once: whoever draws one writes it down, and reads it when it starts again."""

from __future__ import annotations

import ast

from checks.facts.python import Scope, last_name
from checks.lazy import lazy
from checks.project.configuration import Setting
from checks.project.value_sources import KEEPERS

_SAVES = lazy(r"_*(save|write|dump|store|persist)(_|$)")
_KEEPS = KEEPERS | {"set", "set_key", "set_password", "put"}


def is_written_down(setting: Setting) -> bool:
    """Return whether the function that gives the app a key also keeps it, as in a file.

    ``config.set("server", "secret_key", key)`` and ``file.write(key)`` count; a key that stands in
    no name of its own cannot be kept.
    """
    node, scope = setting.written or (None, None)
    if scope is None or node is None or _is_saved_with_others(node, scope):
        return scope is not None
    if not isinstance(node, ast.Name):
        return False
    name = node.id
    return scope.kind == "function" and any(
        last_name(call.func) in _KEEPS
        and isinstance(call.func, ast.Attribute)
        and any(_holds(arg, name) for arg in call.args)
        for call in scope.calls
    )


def _holds(node: ast.expr, name: str) -> bool:
    return any(isinstance(part, ast.Name) and part.id == name for part in ast.walk(node))


def _is_saved_with_others(node: ast.AST, scope: Scope) -> bool:
    """Return whether the dictionary that gets the key is saved: ``save_config(config)``."""
    name = ""
    for outer in scope.module.ancestors(node):
        if isinstance(outer, ast.Assign) and len(outer.targets) == 1:
            target = outer.targets[0]
            name = last_name(target.value if isinstance(target, ast.Subscript) else target)
            break
        if isinstance(outer, ast.stmt):
            break
    return bool(name) and any(
        _SAVES.match(last_name(call.func)) is not None
        and any(isinstance(arg, ast.Name) and arg.id == name for arg in call.args)
        for call in scope.calls
    )
