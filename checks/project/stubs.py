"""Functions of which only the name is there, and views that show one page for all addresses."""

from __future__ import annotations

import ast

from checks.facts.python import Scope, last_name
from checks.project.routes import View

_OF_PAGES = frozenset(["render_template", "url_for", "send_from_directory", "_", "gettext"])


def told(function: Scope) -> list[ast.stmt]:
    """Return what `function` does, without docstrings and ``...``."""
    return [
        statement
        for statement in function.body
        if not (isinstance(statement, ast.Expr) and isinstance(statement.value, ast.Constant))
    ]


def is_stub(function: Scope) -> bool:
    """Return whether nothing stands in `function`: another program, or nobody, does it."""
    return all(isinstance(statement, ast.Pass) for statement in told(function))


def is_shell(view: View) -> bool:
    """Return whether a view shows one page, whose scripts do the rest, at ``/`` as elsewhere."""
    body = told(view.function)
    value = body[0].value if len(body) == 1 and isinstance(body[0], ast.Return) else None
    if not isinstance(value, ast.Call) or last_name(value.func) != "render_template":
        return False
    return len(value.args) == 1 and not value.keywords and "/" in view.rules


def is_page(view: View) -> bool:
    """Return whether a view looks nothing up for the one page that it shows."""
    return {last_name(call.func) for call in view.function.calls} <= _OF_PAGES


def sends_on(view: View) -> bool:
    """Return whether a view does nothing but send everybody on to another."""
    body = told(view.function)
    value = body[0].value if len(body) == 1 and isinstance(body[0], ast.Return) else None
    if not isinstance(value, ast.Call) or last_name(value.func) != "redirect" or not value.args:
        return False
    aim = value.args[0]
    return isinstance(aim, ast.Constant) or (
        isinstance(aim, ast.Call) and last_name(aim.func) == "url_for"
    )
