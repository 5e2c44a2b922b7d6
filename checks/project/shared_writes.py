"""Writes of what all requests share, in functions that run for one of them."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from typing import TYPE_CHECKING

from checks.facts.python import Module, Scope, last_name
from checks.lazy import lazy
from checks.project.origins import from_request
from checks.records import NamedTuple

if TYPE_CHECKING:
    from checks.project import Project

_WORDS = (
    "app.config", "application.config", "global ", "app.secret_key", "app.debug", "app.testing",
    "app.permanent_session_lifetime", "app.session_cookie_name", "app.session_interface",
)  # fmt: skip
# One for all that begin alike: patterns that begin with a text are found quickly.
_SAID = (
    lazy(r"app\.(?:config|secret_key|debug|testing|permanent_session_lifetime|session_)"),
    lazy(r"application\.config"),
    lazy(r"global "),
)
_APPS = ("app", "current_app", "application", "_app")
_SETTINGS = frozenset(
    {
        "secret_key", "permanent_session_lifetime", "session_cookie_name", "debug", "testing",
        "send_file_max_age_default", "session_interface", "name", "static_folder",
    }
)  # fmt: skip
# What every request has and nobody forges to harm others: which page is asked for, and how.
_HARMLESS = frozenset({"method", "endpoint", "blueprint", "url_rule", "is_json", "path"})
_HOOKS = frozenset(
    {
        "before_request", "before_app_request", "after_request", "after_app_request",
        "teardown_request", "before_first_request", "before_app_first_request",
        "context_processor", "app_context_processor", "url_value_preprocessor",
    }
)  # fmt: skip
_WRITERS = ("update", "from_mapping", "setdefault", "__setitem__")


class Write(NamedTuple):
    """One such write."""

    node: ast.AST
    scope: Scope
    what: str
    """For people: ``app.config["X"]``, ``the global x``."""
    setting: bool
    """Whether it is the app's configuration, not a variable of the project."""
    direct: bool
    """Whether the value itself comes from the request, not only the decision to write it."""
    guarded: bool
    """Whether only somebody who may pass the view's guard can do it."""


def writes(module: Module, project: Project) -> Iterator[Write]:
    """Yield the writes in functions of `module`."""
    holds = project.vocabulary.holds
    if not holds(module, "request.", "form") or not holds(module, *_WORDS):
        return
    for scope in module.saying(*_SAID):
        if scope.kind != "function" or isinstance(scope.node, ast.Lambda):
            continue
        for node, what, values, setting in _targets(scope):
            direct = any(_from_client(value, scope, project) for value in values)
            if not direct and not (setting and _decided(node, scope, project)):
                continue
            view = project.pages.view_of(scope)
            if not setting and view is None and not _is_hook(scope):
                continue
            guarded = setting and view is not None and bool(project.guards.of(view))
            yield Write(node, scope, what, setting, direct, guarded)


def _targets(scope: Scope) -> Iterator[tuple[ast.AST, str, list[ast.expr], bool]]:
    """Yield (statement, what it writes, values, whether it is a setting)."""
    for assignment in scope.assignments:
        target, value = assignment.target, assignment.value
        if isinstance(target, ast.Subscript) and _is_config(target.value, scope):
            key = target.slice
            text = key.value if isinstance(key, ast.Constant) else None
            name = f'["{text}"]' if isinstance(text, str) else ""
            yield assignment.node, f"app.config{name}", [value], True
        elif isinstance(target, ast.Attribute) and last_name(target.value) in _APPS:
            if target.attr in _SETTINGS and _is_app(target.value, scope):
                yield assignment.node, f"app.{target.attr}", [value], True
        elif isinstance(target, ast.Name) and target.id in scope.globals:
            yield assignment.node, f"the global {target.id}", [value], False
    for call in scope.calls:
        func = call.func
        if not isinstance(func, ast.Attribute) or func.attr not in _WRITERS:
            continue
        if _is_config(func.value, scope):
            given = [*call.args, *(keyword.value for keyword in call.keywords)]
            yield call, "app.config", given, True


def _is_config(node: ast.expr, scope: Scope) -> bool:
    return (
        isinstance(node, ast.Attribute)
        and node.attr == "config"
        and last_name(node.value) in _APPS
        and _is_app(node.value, scope)
    )


def _is_app(node: ast.expr, scope: Scope) -> bool:
    """Return whether `node` is the app that all requests share, not one that is made here."""
    if not isinstance(node, ast.Name):
        return True
    bound = scope.bindings.get(node.id, [])
    values = [binding.value for binding in bound if binding.value is not None]
    if any(last_name(part) == "current_app" for value in values for part in ast.walk(value)):
        return True  # ``current_app._get_current_object()``
    return not any(isinstance(value, ast.Call) for value in values)


def _from_client(
    node: ast.expr, scope: Scope, project: Project, seen: set[str] | None = None
) -> bool:
    """Return whether client data is part of `node`, through local names too."""
    names = seen if seen is not None else set()
    for part in ast.walk(node):
        if isinstance(part, ast.Attribute) and last_name(part.value) == "request":
            if part.attr not in _HARMLESS:
                return True
        elif isinstance(part, ast.Name) and part.id not in names:
            names.add(part.id)
            values = [binding.value for binding in scope.bindings.get(part.id, ())]
            if any(value and _from_client(value, scope, project, names) for value in values):
                return True
    return seen is None and bool(from_request(project.flow(scope).at(node)))


def _decided(node: ast.AST, scope: Scope, project: Project) -> bool:
    """Return whether the request decides if `node` runs."""
    inner = node
    for outer in scope.module.ancestors(node):
        if outer is scope.node:
            return False
        asked = outer.test if isinstance(outer, ast.If) and inner is not outer.test else None
        if asked is not None and _from_client(asked, scope, project, set()):
            return True
        inner = outer
    return False


def _is_hook(scope: Scope) -> bool:
    for decorator in scope.decorators:
        name = last_name(decorator.func if isinstance(decorator, ast.Call) else decorator)
        if name in _HOOKS:
            return True
    return any(
        any(last_name(arg) == scope.name for arg in call.args)
        for call, _ in scope.module.calls(*_HOOKS)
    )
