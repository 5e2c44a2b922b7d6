"""Calls of itsdangerous that sign something or read what was signed."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from typing import Literal

from checks.facts.python import Scope
from checks.project import Project
from checks.records import NamedTuple
from checks.tokens.local import argument, calls_in, constant, starred, value_of

_TIMED = frozenset({"URLSafeTimedSerializer", "TimedSerializer", "TimestampSigner"})
_PLAIN = frozenset({"URLSafeSerializer", "Serializer", "Signer", "JSONWebSignatureSerializer"})
_OLD = frozenset({"TimedJSONWebSignatureSerializer"})
_READS = ("loads", "unsign", "load", "loads_unsafe", "load_payload")
_SIGNS = ("dumps", "sign", "dump")


class Signed(NamedTuple):
    """One call on a serializer or signer."""

    call: ast.Call
    scope: Scope
    kind: Literal["timed", "plain", "old"]
    """``old`` keeps the end inside the token (`TimedJSONWebSignatureSerializer`)."""
    method: str
    made: ast.Call | None
    """The call that builds the serializer, where it is seen."""
    made_in: Scope

    @property
    def reads(self) -> bool:
        """Whether it reads a token."""
        return self.method in _READS


def signed_calls(project: Project, *, reads: bool) -> Iterator[Signed]:
    """Yield the calls that read tokens, or those that make them, outside tests, in order."""
    methods = _READS if reads else _SIGNS
    for call, scope in calls_in(project, methods, "erializer", "igner"):
        found = _signed(call, scope, project)
        if found is not None:
            yield found


def _signed(call: ast.Call, scope: Scope, project: Project) -> Signed | None:
    called = project.names.called(call, scope) or ""
    if not called.startswith("itsdangerous.") and isinstance(call.func, ast.Attribute):
        # What an object made for itself: ``self.signer = URLSafeTimedSerializer(...)``.
        called = f"{project.names.type_of(call.func.value, scope) or ''}.{call.func.attr}"
    if not called.startswith("itsdangerous."):
        return None
    owner, _, method = called.rpartition(".")
    cls = owner.rpartition(".")[2]
    if cls in _TIMED:
        kind: Literal["timed", "plain", "old"] = "timed"
    elif cls in _PLAIN:
        kind = "plain"
    elif cls in _OLD:
        kind = "old"
    else:
        return None
    made, place = _made(call, scope, project)
    return Signed(call, scope, kind, method, made, place)


def _made(call: ast.Call, scope: Scope, project: Project) -> tuple[ast.Call | None, Scope]:
    func = call.func
    if not isinstance(func, ast.Attribute):
        return None, scope
    node = value_of(func.value, scope, project)
    if isinstance(node, ast.Name | ast.Attribute):
        return _far(node, scope, project)
    if isinstance(node, ast.Call):
        callee = project.names.callee(node, scope)
        if callee is not None and callee.returns and callee.name != "__init__":
            inner = value_of(callee.returns[0].value, callee, project)
            return (inner, callee) if isinstance(inner, ast.Call) else (None, scope)
        return node, _owner(func.value, scope)
    return None, scope


def _owner(node: ast.expr, scope: Scope) -> Scope:
    """Return the scope that binds the name `node`, where its value stands."""
    here: Scope | None = scope
    while isinstance(node, ast.Name) and here is not None:
        if node.id in here.bindings:
            return here
        here = here.parent
    return scope


def _far(
    node: ast.Name | ast.Attribute, scope: Scope, project: Project
) -> tuple[ast.Call | None, Scope]:
    """Return the call behind ``self.serializer``, or behind an imported name."""
    if isinstance(node, ast.Attribute):
        cls = project.names.scope_of(project.names.qualified(node.value, scope))
        for method in cls.children if cls is not None else ():
            for assignment in method.assignments:
                target = assignment.target
                if (
                    isinstance(target, ast.Attribute)
                    and target.attr == node.attr
                    and isinstance(assignment.value, ast.Call)
                ):
                    return assignment.value, method
        return None, scope
    for binding in project.names.bindings(node.id, scope):
        stem, _, last = binding.target.rpartition(".")
        module = project.names.find_module(stem, scope.module) if stem else None
        if binding.kind == "import" and module is not None:
            for other in module.top.bindings.get(last, ()):
                if isinstance(other.value, ast.Call):
                    return other.value, module.top
    return None, scope


def salt_of(signed: Signed, project: Project) -> str | None:
    """Return what tells a serializer's tokens from others': its salt, as text.

    ``""`` where there is none; None where it cannot be seen.
    """
    texts = []
    # ``dumps(payload, salt)``; what reads takes an age in that place, or not.
    own = 1 if signed.method == "dumps" else None
    places = ((signed.call, signed.scope, own), (signed.made, signed.made_in, 1))
    for call, scope, index in places:
        if call is None or starred(call):
            return None
        node = argument(call, index, "salt")
        if node is None:
            continue
        value = constant(node, scope, project)
        if value is None:
            continue
        if value is ... and isinstance(node, ast.Name) and _is_parameter(node, scope):
            return None
        texts.append(repr(value) if value is not ... else ast.unparse(node))
        break
    return texts[0] if texts else ""


def key_of(signed: Signed) -> str:
    """Return the key as source text, ``""`` where it is not seen."""
    node = argument(signed.made, 0, "secret_key") if signed.made is not None else None
    return ast.unparse(node) if node is not None else ""


def _is_parameter(node: ast.Name, scope: Scope) -> bool:
    return any(binding.kind == "param" for binding in scope.bindings.get(node.id, ()))
