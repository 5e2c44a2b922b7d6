"""Accounts that are made to hand a password on, and are gone when the request is."""

from __future__ import annotations

import ast

from checks.facts.lines import own_text
from checks.facts.python import Scope, last_name
from checks.lazy import lazy
from checks.passwords.shapes import constant
from checks.project import Project

_KEEPS = lazy(r"__dict__|json\.dump|pickle|shelve|\.save\(|execute\(|insert|\bredis\b|vars\(")
_HANDED_TO = frozenset({"login_user", "print", "str", "repr", "isinstance", "type"})


def is_kept_nowhere(cls: Scope, project: Project) -> bool:
    """Return whether each object of the plain class `cls` is a variable of one function only.

    ``user = User(name, password)`` that is asked, logged in and forgotten keeps no password. One
    that is returned, handed on, or put into anything may be kept there.
    """
    if _KEEPS.search(own_text(cls)):
        return False
    made = [
        (call, scope)
        for module in project.modules
        if module.source.context != "tests"
        for call, scope in module.calls(cls.name)
        if project.names.called(call, scope) == cls.full_name
    ]
    given = [(call, scope) for call, scope in made if not _is_empty(call)]
    return bool(given) and all(_is_local(call, scope) for call, scope in given)


def _is_empty(call: ast.Call) -> bool:
    """Return whether `call` gives one value and literals, such as ``User(user_id, "")``."""
    return len(call.args) > 1 and all(constant(arg) is not None for arg in call.args[1:])


def _is_local(call: ast.Call, scope: Scope) -> bool:
    parent = scope.module.parent(call)
    target = parent.targets[0] if isinstance(parent, ast.Assign) else None
    if scope.kind != "function" or not isinstance(target, ast.Name):
        return False
    for node in ast.walk(scope.node):
        if not isinstance(node, ast.Name) or node.id != target.id or node is target:
            continue
        around = scope.module.parent(node)
        if isinstance(around, ast.Call) and last_name(around.func) in _HANDED_TO:
            continue
        if isinstance(node.ctx, ast.Store) or isinstance(around, ast.Attribute | ast.Compare):
            continue
        if isinstance(around, ast.If | ast.BoolOp | ast.UnaryOp):
            continue
        return False
    return True
