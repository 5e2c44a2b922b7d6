"""Helpers with which a view begins that turn away who is not logged in."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from checks.project.routes import View
from checks.project.strangers import turns_strangers_away
from checks.project.stubs import told

if TYPE_CHECKING:
    from checks.project import Project


def calls_guard(view: View, project: Project) -> bool:
    """Return whether the first thing that `view` does is to call one: ``admins_only()``."""
    body = told(view.function)
    call = body[0].value if body and isinstance(body[0], ast.Expr) else None
    callee = project.names.callee(call, view.function) if isinstance(call, ast.Call) else None
    return callee is not None and turns_strangers_away(callee.node, by_return=False)
