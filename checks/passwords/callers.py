"""What the callers of a function give it: a password as typed, a hash, or something unknown."""

from __future__ import annotations

import ast
from functools import cached_property
from typing import TYPE_CHECKING, Literal

from checks.facts.python import Scope
from checks.passwords.shapes import constant
from checks.project.origins import Origin, Origins

if TYPE_CHECKING:
    from checks.project import Project

Given = Literal["typed", "hashed", "unknown", "nobody"]

_MAX_DEPTH = 3  # callers of callers
_MAX_CALLERS = 40  # looked at for one function


class Callers:
    """Finds the calls of project functions."""

    def __init__(self, project: Project) -> None:
        """Take the project."""
        self.project = project

    @cached_property
    def _by_name(self) -> dict[str, list[tuple[ast.Call, Scope]]]:
        found: dict[str, list[tuple[ast.Call, Scope]]] = {}
        for module in self.project.modules:
            if module.source.context != "tests":
                for name, calls in module.called.items():
                    found.setdefault(name, []).extend(calls)
        return found

    @cached_property
    def _views(self) -> frozenset[Scope]:
        return frozenset(view.function for view in self.project.views)

    def calls(self, function: Scope) -> list[tuple[ast.Call, Scope]]:
        """Return the calls of `function`, those of its class if it is an ``__init__``."""
        cls = function.enclosing_class
        if function.name == "__init__" and cls is not None:
            candidates = [*self._by_name.get(cls.name, ()), *self._by_name.get("cls", ())]
            candidates += self._by_name.get("__init__", [])
        else:
            candidates = self._by_name.get(function.name, [])
        return [
            (call, scope)
            for call, scope in candidates[: _MAX_CALLERS * 4]
            if self.project.names.callee(call, scope) is function
        ][:_MAX_CALLERS]

    def given(self, origins: Origins | list[Origin], scope: Scope, depth: int = 0) -> Given:
        """Return what reaches an expression of `scope` that holds these passwords.

        ``typed`` for what the client or a literal gives, ``nobody`` for a parameter of a
        function that nothing calls.
        """
        passwords = [o for o in origins if o.kind == "password"]
        own = {scope.spot(arg): arg for arg in scope.parameters()}
        named = [o for o in passwords if o.spot in own]
        if len(named) < len(passwords) or scope in self._views:
            return "typed"
        found = {self._argument(scope, own[o.spot], depth) for o in named}
        order: tuple[Given, ...] = ("typed", "nobody", "unknown", "hashed")
        return next((given for given in order if given in found), "unknown")

    def _argument(self, function: Scope, arg: ast.arg, depth: int) -> Given:
        calls = self.calls(function)
        if not calls:
            return "nobody"
        found = {self._at_call(call, scope, function, arg, depth) for call, scope in calls}
        order: tuple[Given, ...] = ("typed", "unknown", "nobody", "hashed")
        return next(given for given in order if given in found)

    def _at_call(
        self, call: ast.Call, scope: Scope, function: Scope, arg: ast.arg, depth: int
    ) -> Given:
        value = _value(call, function, arg)
        if value is None:
            return "unknown"
        literal = constant(value)
        if isinstance(value, ast.Constant):
            return "typed" if isinstance(literal, str | bytes) and literal else "unknown"
        origins = self.project.flow(scope).at(value)
        kinds = {origin.kind for origin in origins}
        if kinds & {"slow-hash", "fast-hash", "unknown-hash", "encoded"}:
            return "hashed"
        if "password" not in kinds:
            return "unknown"
        return self.given(origins, scope, depth + 1) if depth < _MAX_DEPTH else "unknown"


def _value(call: ast.Call, function: Scope, arg: ast.arg) -> ast.expr | None:
    for keyword in call.keywords:
        if keyword.arg == arg.arg:
            return keyword.value
    if any(isinstance(given, ast.Starred) for given in call.args):
        return None
    names = [parameter.arg for parameter in function.parameters()]
    index = names.index(arg.arg)
    first = names[:1] in (["self"], ["cls"]) and function.enclosing_class is not None
    index -= int(first)
    return call.args[index] if 0 <= index < len(call.args) else None
