"""Whether a view fails for a request that has no JSON in its body, as none of an image has."""

from __future__ import annotations

import ast

from checks.facts.lines import own_text
from checks.facts.nodes import walk
from checks.facts.python import Scope, last_name
from checks.lazy import lazy
from checks.project.by_post import only_by_post

__all__ = ["needs_body"]

_READS = lazy(r"\brequest\.json\b")


def needs_body(scope: Scope) -> bool:
    """Return whether the view `scope` looks into JSON that was sent, for GET as for POST."""
    if any(_looks_in(call, scope) for call in scope.calls):
        return True
    if _READS.search(own_text(scope)) is None:
        return False
    return any(
        isinstance(node, ast.Attribute)
        and node.attr == "json"
        and last_name(node.value) == "request"
        and not only_by_post(node, scope, forms=True)
        and _is_looked_into(node, scope)
        for node in walk(scope.node)
    )


def _looks_in(call: ast.Call, scope: Scope) -> bool:
    """Return whether `call` fails without JSON in the request.

    ``int(request.get_json())`` and ``request.get_json()["id"]`` do; what is only looked into may
    be empty.
    """
    func = call.func
    if last_name(func) != "get_json" or any(k.arg == "silent" for k in call.keywords):
        return False
    return (
        last_name(getattr(func, "value", func)) == "request"
        and not only_by_post(call, scope, forms=True)
        and _is_looked_into(call, scope)
    )


def _is_looked_into(node: ast.expr, scope: Scope) -> bool:
    """Return whether a part of `node` is taken, there or by the only name that it is given."""
    above = scope.module.parent(node)
    if isinstance(above, ast.Subscript):
        return True
    if isinstance(above, ast.Call):
        return last_name(above.func) in ("int", "float", "UUID")
    if not isinstance(above, ast.Assign) or not isinstance(above.targets[0], ast.Name):
        return False
    name = above.targets[0].id
    return len(scope.bindings.get(name, ())) == 1 and any(
        isinstance(part, ast.Subscript)
        and isinstance(part.value, ast.Name)
        and part.value.id == name
        and not only_by_post(part, scope, forms=True)
        for part in walk(scope.node)
    )
