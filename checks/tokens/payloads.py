"""What is put into a token: the keys of a dictionary, as far as they can be seen."""

from __future__ import annotations

import ast
import re

from checks.facts.python import Scope
from checks.lazy import lazy
from checks.project import Project
from checks.records import NamedTuple
from checks.tokens.local import callers, passed

_MAX_DEPTH = 4  # names and functions followed for one payload
_PLAIN = lazy(
    r"^(\w+_)?(e?_?mail|id|uid|username|user_?name|name|login|pk|uuid|address|user)$", re.I
)


class Payload(NamedTuple):
    """What a token says."""

    keys: frozenset[str]
    """Keys of a dictionary; empty where it is one plain value."""
    constants: frozenset[tuple[str, str]] = frozenset()
    """Keys with a literal, such as ``("purpose", "reset")``."""
    text: str = ""
    """The values as source text."""
    complete: bool = True
    """Whether these are all keys there are."""

    def plus(self, other: Payload) -> Payload:
        """Return both together."""
        return Payload(
            self.keys | other.keys,
            self.constants | other.constants,
            f"{self.text} {other.text}",
            self.complete and other.complete,
        )


def payloads(node: ast.expr | None, scope: Scope, project: Project) -> list[Payload] | None:
    """Return what `node` may be, or None if that cannot be seen.

    A parameter is what the project's calls give for it.
    """
    return _payloads(node, scope, project, 0)


def _payloads(
    node: ast.expr | None, scope: Scope, project: Project, depth: int
) -> list[Payload] | None:
    if node is None or depth > _MAX_DEPTH:
        return None
    if isinstance(node, ast.Dict):
        return _dictionary(node, scope, project, depth)
    if isinstance(node, ast.Name):
        return _named(node, scope, project, depth)
    if isinstance(node, ast.Call):
        return _call(node, scope, project, depth)
    if isinstance(node, ast.List | ast.Tuple | ast.Attribute | ast.JoinedStr | ast.Constant):
        return [Payload(frozenset(), text=ast.unparse(node))]
    if isinstance(node, ast.BinOp | ast.Subscript):
        return [Payload(frozenset(), text=ast.unparse(node))]
    return None


def _dictionary(node: ast.Dict, scope: Scope, project: Project, depth: int) -> list[Payload] | None:
    found = Payload(frozenset())
    for key, value in zip(node.keys, node.values, strict=True):
        if key is None:
            inner = _payloads(value, scope, project, depth + 1)
            if inner is None or len(inner) != 1 or not inner[0].keys:
                return None
            found = found.plus(inner[0])
            continue
        name = project.evaluate(key, scope).value
        if not isinstance(name, str):
            return None
        found = found.plus(_entry(name, value))
    return [found]


def _entry(name: str, value: ast.expr) -> Payload:
    constants = frozenset({(name, repr(value.value))} if isinstance(value, ast.Constant) else set())
    return Payload(frozenset({name}), constants, f"{name} {ast.unparse(value)}")


def _call(node: ast.Call, scope: Scope, project: Project, depth: int) -> list[Payload] | None:
    called = project.names.called(node, scope)
    if called == "builtins.dict":
        found = Payload(frozenset())
        if node.args or any(keyword.arg is None for keyword in node.keywords):
            return None
        for keyword in node.keywords:
            found = found.plus(_entry(keyword.arg or "", keyword.value))
        return [found]
    if called == "builtins.str" or (
        isinstance(node.func, ast.Attribute) and node.func.attr in ("get_id", "strip", "lower")
    ):
        return [Payload(frozenset(), text=ast.unparse(node))]
    callee = project.names.callee(node, scope)
    if callee is not None and len(callee.returns) == 1:
        return _payloads(callee.returns[0].value, callee, project, depth + 1)
    return None


def _named(node: ast.Name, scope: Scope, project: Project, depth: int) -> list[Payload] | None:
    bindings = project.names.bindings(node.id, scope)
    if len(bindings) != 1:
        return None
    binding = bindings[0]
    if binding.kind == "param":
        found = _given(node.id, scope, project, depth)
    elif binding.kind == "value":
        found = _payloads(binding.value, scope, project, depth + 1)
    else:
        found = None
    added = _added(node.id, scope, project)
    if found is None:
        # What is not seen matters less than a key that certainly is there.
        return None if added is None or not added.keys else [added._replace(complete=False)]
    return [one.plus(added) for one in found] if added is not None else None


def _given(name: str, scope: Scope, project: Project, depth: int) -> list[Payload] | None:
    found: list[Payload] = []
    for call, place in callers(scope, project):
        one = _payloads(passed(call, scope, name), place, project, depth + 2)
        if one is None:
            found = []
            break
        found += one
    if found:
        return found
    return [Payload(frozenset(), text=name)] if _PLAIN.match(name) else None


def _added(name: str, scope: Scope, project: Project) -> Payload | None:
    """Return what ``name["k"] = v`` and ``name.update(...)`` add; None if that is not seen."""
    found = Payload(frozenset())
    for assignment in scope.assignments:
        target = assignment.target
        if isinstance(target, ast.Subscript) and _is(target.value, name):
            key = project.evaluate(target.slice, scope).value
            if not isinstance(key, str):
                return None
            found = found.plus(_entry(key, assignment.value))
        elif assignment.augmented and _is(target, name):
            return None
    for call in scope.calls:
        func = call.func
        if not isinstance(func, ast.Attribute) or not _is(func.value, name):
            continue
        if func.attr == "setdefault" and call.args and isinstance(call.args[0], ast.Constant):
            found = found.plus(Payload(frozenset({str(call.args[0].value)})))
        elif func.attr == "update":
            for arg in call.args:
                inner = _payloads(arg, scope, project, 1)
                if inner is None or len(inner) != 1:
                    return None
                found = found.plus(inner[0])
            for keyword in call.keywords:
                if keyword.arg is None:
                    return None
                found = found.plus(_entry(keyword.arg, keyword.value))
    return found


def _is(node: ast.expr, name: str) -> bool:
    return isinstance(node, ast.Name) and node.id == name
