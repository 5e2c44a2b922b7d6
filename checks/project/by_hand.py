"""Starts of an app that somebody asks for by hand, where it is developed or tried out."""

from __future__ import annotations

import ast
import re
from typing import TYPE_CHECKING

from checks.facts.python import Scope, last_name
from checks.lazy import lazy
from checks.project.config_reading import words

if TYPE_CHECKING:
    from checks.project import Project

_DEVELOPMENT = lazy(
    r"_?((run|start|serve|main)_?)?(local(ly|host)?|dev|devel|develop|development|debug)"
    r"(_?(run|server|main|app))?$"
)
_SERVES_DEVELOPERS = lazy(
    r"_?((run|start|serve|cmd|do)_?)?(dev|devel|development|debug|test)_?server$"
)
_FOR_DEVELOPERS = lazy(
    r"\b(?:development|debug(?:ging)?|demo) server\b|"
    r"\b(?:for|in) (?:(?:local|interactive|manual),? )*"
    r"(?:development|debugging|testing|demo(?:nstration)?)\b(?! and production)",
    re.IGNORECASE,
)
_PROFILERS = frozenset(
    {
        "werkzeug.middleware.profiler.ProfilerMiddleware", "cProfile.Profile", "profile.Profile",
        "werkzeug.contrib.profiler.ProfilerMiddleware",
    }
)  # fmt: skip


def by_hand(func: ast.expr, scope: Scope, project: Project) -> bool:
    """Return whether what starts an app says that it is for developers, or is tried out there.

    Args:
        func: what is called, such as ``app.run``.
        scope: where.
        project: for what names are.
    """
    return (
        is_for_development(scope)
        or _is_tried(func, scope, project)
        or _says_development(scope)
        or _is_demo(func, scope, project)
    )


def is_profiled(scope: Scope, project: Project) -> bool:
    """Return whether a profiler stands in the same function."""
    return any(project.names.called(call, scope) in _PROFILERS for call in scope.calls)


def is_run(node: ast.AST, scope: Scope) -> bool:
    """Return whether `node` stands under ``if __name__ == "__main__"``."""
    above = (outer for outer in scope.module.ancestors(node) if isinstance(outer, ast.If))
    return any("__name__" in words(outer.test) for outer in above)


def is_a_command(scope: Scope) -> bool:
    """Return whether a function is a command of click, Flask-Script or the like."""
    return any(
        last_name(getattr(decorator, "func", decorator)) == "command"
        for decorator in scope.decorators
    )


def is_for_development(scope: Scope) -> bool:
    """Return whether `scope` says so by its name, and somebody has to ask for it by hand.

    Such as ``@cli.command() def dev():``, or ``local_main()`` where the file itself is run.
    """
    if _SERVES_DEVELOPERS.match(scope.name) is not None:
        return True
    if _DEVELOPMENT.match(scope.name) is None:
        return False
    calls = scope.module.calls(scope.name)
    return is_a_command(scope) or (
        bool(calls) and all(is_run(call, where) for call, where in calls)
    )


def _says_development(scope: Scope) -> bool:
    """Return whether the file begins with a text that says that it is for developers."""
    tree = scope.module.top.node
    text = ast.get_docstring(tree) if isinstance(tree, ast.Module) else None
    return text is not None and _FOR_DEVELOPERS.search(text) is not None


def _is_tried(func: ast.expr, scope: Scope, project: Project) -> bool:
    """Return whether what starts is profiled right there, or the app of an example."""
    if is_profiled(scope, project):
        return True
    app = func.value if isinstance(func, ast.Attribute) else None
    for binding in project.names.bindings(app.id, scope) if isinstance(app, ast.Name) else ():
        if isinstance(binding.value, ast.Call):
            made = project.names.callee(binding.value, scope)
            module = made.module if made is not None else None
        else:
            stem = (binding.target or "").rpartition(".")[0]
            module = project.names.find_module(stem, scope.module) if stem else None
        if module is not None and module.source.context == "example":
            return scope.module.source.context != "example"
    return False


def _is_demo(func: ast.expr, scope: Scope, project: Project) -> bool:
    """Return whether a file that is called a demonstration starts an app of another file."""
    stem = scope.module.path.rpartition("/")[2].removesuffix(".py")
    if stem not in ("demo", "run_demo", "demo_server", "demo_app"):
        return False
    return all(scope.module is not home.module for site in project.sites for _, home in site.apps)
