"""Whether, and how, an app asks Flask-Login to remember its users."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from typing import TYPE_CHECKING

from checks.facts.python import Scope

if TYPE_CHECKING:
    from checks.project import Project, Site


_LIBRARIES = (  # the module, and the class of it that brings a login page
    (re.compile(r"flask[_.](?:ext[_.])?security"), re.compile(r"\bSecurity\(")),
    (re.compile(r"flask[_.](?:ext[_.])?user"), re.compile(r"\bUserManager\(")),
)


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
    """Return whether the app ever asks Flask-Login to remember somebody.

    Flask-Security's and Flask-User's own login forms have the box "Remember me".
    """
    if logs_in_by_library(site):
        return True
    return any(not _is_false(value) for _, value, _ in remember_arguments(project, site))


def never_remembers(project: Project, site: Site) -> bool:
    """Return whether every login of `site` that is seen is one that remembers nobody."""
    if logs_in_by_library(site) or remembers(project, site):
        return False
    return any(
        project.names.called(call, scope) == "flask_login.login_user"
        for module in site.modules
        for call, scope in module.calls("login_user")
    )


def logs_in_by_library(site: Site) -> bool:
    """Return whether a library that brings its own login page, with the box, is at work."""
    return any(
        library.search(module.source.text) and made.search(module.source.text)
        for module in site.modules
        for library, made in _LIBRARIES
    )


def _is_false(node: ast.expr) -> bool:
    return isinstance(node, ast.Constant) and not node.value
