"""User loaders that make a user although none was found, so that deleted ones stay logged in."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from checks.facts.python import Scope, last_name

if TYPE_CHECKING:
    from checks.project import Project


def made_of_any(loader: Scope, user_id: str, project: Project) -> ast.Call | None:
    """Return what makes a user although a look-up of the loader, or of the class, found none.

    ``User.query.get(user_id) or User(user_id)``, or ``User(user_id)`` of a class whose
    ``__init__`` looks up and just leaves where nobody was found. Classes that look nobody up are
    left alone: apps with users of another service know no deleted ones.

    Args:
        loader: the function that Flask-Login calls.
        user_id: what its parameter is called.
        project: what knows its names.
    """
    if len(loader.returns) != 1:
        return None
    value = loader.returns[0].value
    bound = loader.bindings.get(value.id, ()) if isinstance(value, ast.Name) else ()
    value = bound[0].value if len(bound) == 1 and bound[0].kind == "value" else value
    if isinstance(value, ast.BoolOp) and isinstance(value.op, ast.Or):
        found, made = value.values[0], value.values[-1]
        looked_up = isinstance(found, ast.Call) and _is_given(found, user_id)
        return made if looked_up and isinstance(made, ast.Call) and _makes(made, user_id) else None
    if not isinstance(value, ast.Call) or not _makes(value, user_id):
        return None
    made_by = project.names.scope_of(project.names.called(value, loader))
    init = project.names.method_of(made_by.full_name, "__init__") if made_by is not None else None
    return value if init is not None and _leaves(init) else None


def _makes(call: ast.Call, user_id: str) -> bool:
    """Return whether `call` is ``User(user_id)`` or ``User(name=user_id)``."""
    return last_name(call.func)[:1].isupper() and _is_given(call, user_id)


def _is_given(call: ast.Call, user_id: str) -> bool:
    given = (*call.args, *(keyword.value for keyword in call.keywords))
    return any(isinstance(value, ast.Name) and value.id == user_id for value in given)


def _leaves(init: Scope) -> bool:
    """Return whether an ``__init__`` just returns where its look-up found nothing."""
    return any(
        isinstance(node, ast.If)
        and isinstance(node.test, ast.UnaryOp)
        and isinstance(node.test.op, ast.Not)
        and isinstance(node.test.operand, ast.Name)
        and isinstance(node.body[-1], ast.Return)
        and any(isinstance(b.value, ast.Call) for b in init.bindings.get(node.test.operand.id, ()))
        for node in init.body
    )
