"""What a name is worth that an ``if`` or ``try`` gives one of several values: each of them."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from checks.facts.python import Binding, Scope
from checks.project.config_order import replaced
from checks.project.names import Names

_MOST = 8  # values of one name; what is assigned more often is worked with, not chosen
_CHOICES = (ast.If, ast.Try, ast.match_case, ast.ExceptHandler)


def branches(
    value: ast.expr, scope: Scope, names: Names
) -> Iterator[tuple[ast.expr, ast.AST, Scope]]:
    """Yield what ``KEY`` or ``settings.KEY`` may be given, with its statement and scope.

    Nothing where there are not several: an evaluation tells more then.
    """
    found, owner = _bindings(value, scope, names)
    if owner is None or not 1 < len(found) <= _MOST:
        return
    if any(binding.kind not in ("value", "import") for binding in found):
        return
    if not any(_is_chosen(binding.node, owner) for binding in found):
        return
    for binding in found:
        if binding.value is not None and not _hidden(binding, found, owner):
            yield binding.value, binding.node, owner


def _bindings(value: ast.expr, scope: Scope, names: Names) -> tuple[list[Binding], Scope | None]:
    if isinstance(value, ast.Name):
        here: Scope | None = scope
        while here is not None and value.id not in here.bindings:
            here = here.parent
        own = here.bindings[value.id] if here is not None else []
        if len(own) != 1 or own[0].kind != "import":
            return own, here
    elif not isinstance(value, ast.Attribute):
        return [], None
    stem, _, name = (names.qualified(value, scope) or "").rpartition(".")
    module = names.modules.get(stem)
    home = module.top if module is not None else names.scope_of(stem)
    return (home.bindings.get(name, []), home) if home is not None else ([], None)


def _is_chosen(node: ast.AST, scope: Scope) -> bool:
    """Return whether a condition or a failure decides whether the statement runs."""
    for outer in scope.module.ancestors(node):
        if outer is scope.node:
            return False
        if isinstance(outer, _CHOICES):
            return True
    return False


def _hidden(binding: Binding, every: list[Binding], scope: Scope) -> bool:
    """Return whether a later one certainly replaces it."""
    name = getattr(getattr(binding.node, "targets", [None])[0], "id", "")
    return any(
        other.value is not None
        and replaced(binding.node, other.node, other.value, name.upper(), scope)
        for other in every
        if other is not binding
    )
