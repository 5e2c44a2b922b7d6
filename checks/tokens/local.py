"""Small questions about expressions that rules about tokens ask often."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from checks.facts.python import Module, Scope
from checks.project import Project


def app_modules(project: Project, *words: str) -> Iterator[Module]:
    """Yield the modules outside tests whose text holds one of `words`, all without any."""
    for module in project.vocabulary.files(*words) if words else project.modules:
        if module.source.context != "tests":
            yield module


def calls_in(
    project: Project, names: tuple[str, ...], *words: str
) -> Iterator[tuple[ast.Call, Scope]]:
    """Yield the calls of `names` outside tests, in modules whose text holds one of `words`."""
    calling = {module for name in names for module in project.names.calling(name)}
    if not calling:
        return
    for module in project.modules:
        asked = module in calling and module.source.context != "tests"
        if asked and (not words or project.vocabulary.holds(module, *words)):
            yield from module.calls(*names)


def argument(call: ast.Call, index: int | None, *names: str) -> ast.expr | None:
    """Return an argument by position, or by one of its names."""
    for keyword in call.keywords:
        if keyword.arg in names:
            return keyword.value
    if index is not None and len(call.args) > index:
        given = call.args[: index + 1]
        if not any(isinstance(arg, ast.Starred) for arg in given):
            return given[-1]
    return None


def starred(call: ast.Call) -> bool:
    """Return whether some arguments cannot be seen: ``f(**options)``."""
    return any(keyword.arg is None for keyword in call.keywords) or any(
        isinstance(arg, ast.Starred) for arg in call.args
    )


def value_of(
    node: ast.expr | None, scope: Scope, project: Project, depth: int = 4
) -> ast.expr | None:
    """Return what a name was assigned, if it was once only; other expressions as they are."""
    while isinstance(node, ast.Name) and depth:
        bindings = project.names.bindings(node.id, scope)
        if len(bindings) != 1 or bindings[0].kind != "value" or bindings[0].value is None:
            return node
        node, depth = bindings[0].value, depth - 1
    return node


def constant(node: ast.expr | None, scope: Scope, project: Project) -> object:
    """Return the literal that `node` certainly is worth; ``...`` where that is not known."""
    found = project.evaluate(node, scope)
    return found.value if found.kind == "literal" else ...


def callers(function: Scope, project: Project) -> Iterator[tuple[ast.Call, Scope]]:
    """Yield the calls of a project function outside tests, with where they stand."""
    for call, scope in calls_in(project, (function.name,)):
        if project.names.callee(call, scope) is function:
            yield call, scope


def passed(call: ast.Call, function: Scope, name: str) -> ast.expr | None:
    """Return what a call of `function` gives its parameter `name`."""
    places = [arg.arg for arg in function.parameters()]
    if name not in places:
        return None
    index = places.index(name)
    if function.enclosing_class is not None and places[0] in ("self", "cls"):
        index -= 1
    return argument(call, index, name)
