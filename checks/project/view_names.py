"""The function or class that a registration names: by itself, or by a text that is imported."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Sequence

from checks.facts.python import Scope, last_name
from checks.project.names import Names

IMPORTERS = ("import_string", "obj_or_import_string", "LazyView", "lazy_view", "locate")
"""What makes a view of ``"shop.views.index"``: Werkzeug's, Invenio's, that of Flask's patterns."""


def named_view(node: ast.expr, scope: Scope, names: Names) -> Scope | None:
    """Return the scope of what `node` names, or None.

    Args:
        node: ``index``, ``"shop.views.index"``, ``"shop.views:index"`` or
            ``import_string("shop.views.index")``.
        scope: where it stands.
        names: the project's names.
    """
    if isinstance(node, ast.Call) and len(node.args) == 1 and last_name(node.func) in IMPORTERS:
        node = node.args[0]
    if not isinstance(node, ast.Constant):
        return names.scope_of(names.qualified(node, scope))
    if not isinstance(node.value, str):
        return None
    stem, _, last = node.value.replace(":", ".").rpartition(".")
    module = names.find_module(stem, scope.module) if stem else None
    return names.scope_of(f"{module.name}.{last}") if module is not None else None


def as_view(node: ast.expr) -> ast.expr | None:
    """Return ``Thing`` for ``Thing.as_view(...)``, else None."""
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
        return node.func.value if node.func.attr == "as_view" else None
    return None


def unwrapped(view: ast.expr, scope: Scope, names: Names) -> tuple[ast.expr, list[ast.expr]]:
    """Return what is registered, and what is put around it, outermost first.

    A variable is followed to what it was bound to last: ``users = Users.as_view("users")``, then
    ``users = login_required(users)``.
    """
    around: list[ast.expr] = []
    followed: dict[str, list[ast.expr]] = {}
    while True:
        if isinstance(view, ast.Name):
            if view.id not in followed:
                followed[view.id] = _made(view.id, scope, names)
            if not followed[view.id]:
                return view, around
            view = followed[view.id].pop()
        elif isinstance(view, ast.Call) and len(view.args) == 1 and as_view(view) is None:
            if last_name(view.func) not in IMPORTERS:
                around.append(view.func)
            view = view.args[0]
        else:
            return view, around


def _made(name: str, scope: Scope, names: Names) -> list[ast.expr]:
    """Return the calls that a variable was bound to, if it is nothing else, in order."""
    bindings = names.bindings(name, scope)
    made = [b.value for b in bindings if b.kind == "value" and isinstance(b.value, ast.Call)]
    return list(made) if len(made) == len(bindings) else []


def handed(
    view: ast.expr, rules: Sequence[ast.expr], scope: Scope, names: Names
) -> Iterator[tuple[ast.expr, list[ast.expr], Scope]]:
    """Yield the function or class of a view, with its rules and where they stand.

    For a parameter what callers give: ``register_api(UserAPI, "users", "/users/")``.
    """
    places = [arg.arg for arg in scope.parameters()] if scope.kind == "function" else []
    if not isinstance(view, ast.Name) or view.id not in places:
        yield view, list(rules), scope
        return
    for module in names.calling(scope.name):
        for call, where in module.calls(scope.name):
            if names.callee(call, where) is not scope:
                continue
            given = dict(zip(places, call.args, strict=False))
            given |= {keyword.arg: keyword.value for keyword in call.keywords if keyword.arg}
            if view.id in given:
                told = [given.get(r.id, r) if isinstance(r, ast.Name) else r for r in rules]
                yield given[view.id], told, where
