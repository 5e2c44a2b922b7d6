"""The function or class that a registration names: by itself, or by a text that is imported."""

from __future__ import annotations

import ast

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
