"""Whether, and how, an app asks Flask-Login to remember its users."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from typing import TYPE_CHECKING

from checks.facts.python import Scope

if TYPE_CHECKING:
    from checks.project import Project, Site


def remember_arguments(project: Project, site: Site) -> Iterator[tuple[ast.Call, ast.expr, Scope]]:
    """Yield every ``login_user`` call of `site` with what it is given for `remember`."""
    for module in site.modules:
        for call, scope in module.calls("login_user"):
            if project.names.called(call, scope) != "flask_login.login_user":
                continue
            given = [k.value for k in call.keywords if k.arg == "remember"] + call.args[1:2]
            if given:
                yield call, given[0], scope


def remembers(project: Project, site: Site) -> bool:
    """Return whether the app ever asks Flask-Login to remember somebody."""
    return any(not _is_false(value) for _, value, _ in remember_arguments(project, site))


def _is_false(node: ast.expr) -> bool:
    return isinstance(node, ast.Constant) and not node.value
