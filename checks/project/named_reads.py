"""Request fields that a helper reads by a name that its callers give."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from typing import TYPE_CHECKING

from checks.facts.nodes import walk
from checks.facts.python import Scope, last_name
from checks.lazy import lazy

if TYPE_CHECKING:
    from checks.project import Project

_BY_NAME = lazy(r"request\.(?:args|values|form)(?:\.get\(|\[)\s*[a-zA-Z_]\w*\s*[\],)]")
_HELD = frozenset({"request.args", "request.values", "request.form"})


def named_reads(project: Project) -> dict[Scope, dict[ast.expr, frozenset[str]]]:
    """Return where functions read ``request.args[name]``, with what `name` may be.

    That is the default of their parameter, and the literals that their callers give for it.
    Worked out once for a project; tests are left out.
    """
    known = project.kept.get(__name__)
    if known is None:
        known = project.kept[__name__] = _find(project)
    found: dict[Scope, dict[ast.expr, frozenset[str]]] = known
    return found


def _find(project: Project) -> dict[Scope, dict[ast.expr, frozenset[str]]]:
    found: dict[Scope, dict[ast.expr, frozenset[str]]] = {}
    for module in project.vocabulary.files("request"):
        if module.source.context == "tests":
            continue
        for scope in module.saying(_BY_NAME):
            if isinstance(scope.node, ast.FunctionDef | ast.AsyncFunctionDef):
                reads = dict(_reads(scope, scope.node, project))
                if reads:
                    found[scope] = reads
    return found


def _reads(
    scope: Scope, node: ast.FunctionDef | ast.AsyncFunctionDef, project: Project
) -> Iterator[tuple[ast.expr, frozenset[str]]]:
    for inner in walk(node):
        if isinstance(inner, ast.Subscript):
            held, name = inner.value, inner.slice
        elif isinstance(inner, ast.Call) and last_name(inner.func) == "get" and inner.args:
            held, name = inner.func, inner.args[0]
            held = held.value if isinstance(held, ast.Attribute) else held
        else:
            continue
        if isinstance(name, ast.Name) and ast.unparse(held) in _HELD:
            names = frozenset(_given(name.id, scope, node, project))
            if names:
                yield inner, names


def _given(
    name: str, scope: Scope, node: ast.FunctionDef | ast.AsyncFunctionDef, project: Project
) -> Iterator[str]:
    """Yield the literals that the parameter `name` may be."""
    parameters = [*node.args.posonlyargs, *node.args.args]
    index = next((i for i, each in enumerate(parameters) if each.arg == name), None)
    if index is None:
        return
    defaults = node.args.defaults
    if index >= len(parameters) - len(defaults):
        yield from _text(defaults[index - len(parameters)])
    method = bool(parameters) and parameters[0].arg in ("self", "cls")
    for module in project.names.calling(scope.name):
        for call, _ in module.calls(scope.name):
            bound = method and isinstance(call.func, ast.Attribute)
            given = next((k.value for k in call.keywords if k.arg == name), None)
            if given is None and 0 <= index - bound < len(call.args):
                given = call.args[index - bound]
            yield from _text(given)


def _text(node: ast.expr | None) -> Iterator[str]:
    if isinstance(node, ast.Constant) and isinstance(node.value, str) and node.value:
        yield node.value
