"""Environments of Jinja that an app makes itself, whose templates are not escaped."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from typing import TYPE_CHECKING

from checks.facts.python import Module, Scope, last_name

if TYPE_CHECKING:
    from checks.project import Project

# The endings that Flask escapes.
ESCAPED = (".html", ".htm", ".xml", ".xhtml", ".svg")
_ENVIRONMENTS = frozenset({"jinja2.Environment", "jinja2.environment.Environment"})


def unescaped_environments(
    module: Module, project: Project
) -> Iterator[tuple[ast.Call, Scope, bool]]:
    """Yield the calls of a file that make one, and whether pages are made with it."""
    for call, scope in module.calls("Environment"):
        if project.names.called(call, scope) not in _ENVIRONMENTS:
            continue
        given = next((k.value for k in call.keywords if k.arg == "autoescape"), None)
        spread = any(keyword.arg is None for keyword in call.keywords)
        off = given is None or (isinstance(given, ast.Constant) and not given.value)
        if off and not spread and not _configured_later(call, scope):
            filled = any(made.args or made.keywords for made, _ in module.calls("render"))
            yield call, scope, filled and _makes_pages(module, project)


def _makes_pages(module: Module, project: Project) -> bool:
    """Return whether the file asks its environment for a page by a literal name, or is told one."""
    for call, scope in module.calls("get_template", "select_template"):
        for arg in call.args[:1]:
            if _is_page_name(arg):
                return True
            names = [parameter.arg for parameter in scope.parameters()]
            if isinstance(arg, ast.Name) and arg.id in names:
                place = names.index(arg.id)
                if any(_is_page_name(given) for given in _given(scope, place, project)):
                    return True
    return False


def _given(function: Scope, place: int, project: Project) -> Iterator[ast.expr]:
    """Yield what `function` of a file is given at `place`."""
    for module in project.vocabulary.files(function.name):
        for call, scope in module.calls(function.name):
            if len(call.args) > place and project.names.callee(call, scope) is function:
                yield call.args[place]


def _is_page_name(node: ast.expr) -> bool:
    return isinstance(node, ast.Constant) and str(node.value).endswith(ESCAPED)


def _configured_later(call: ast.Call, scope: Scope) -> bool:
    return any(
        last_name(assignment.target) == "autoescape"
        for assignment in scope.assignments
        if assignment.node.lineno >= call.lineno
    )
