"""Which project functions run when one function is called: helpers, form validators, lambdas."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from checks.facts.python import Scope
from checks.project.names import Names

_MAX_SCOPES = 60  # functions reached from one; an app's helpers, not its whole library
_MAX_DEPTH = 5  # calls from the first function
_VERBS = frozenset({"get", "post", "put", "patch", "delete", "head", "options"})
_FORM_CALLS = frozenset({"validate_on_submit", "validate"})


class Reach:
    """Follows calls through the project's functions; answers are kept."""

    def __init__(self, names: Names) -> None:
        """Take the names that calls are resolved with."""
        self.names = names
        self.changes: dict[Scope, ast.Call | None] = {}
        """For `effects.changed_by`, which asks about helpers of many views."""
        self._direct: dict[Scope, tuple[Scope, ...]] = {}
        self._kept: dict[Scope, tuple[Scope, ...]] = {}

    def of(self, function: Scope) -> tuple[Scope, ...]:
        """Return `function`, what is nested in it, and project functions it may run.

        Nearest first, each once, at most 60.
        """
        found = self._kept.get(function)
        if found is None:
            found = self._kept[function] = self._follow(function)
        return found

    def calls(self, function: Scope) -> Iterator[tuple[ast.Call, Scope]]:
        """Yield every call that `function` may run, with the scope it stands in."""
        for scope in self.of(function):
            for call in scope.calls:
                yield call, scope

    def _follow(self, function: Scope) -> tuple[Scope, ...]:
        seen: dict[Scope, None] = {function: None}
        level = [function]
        for _ in range(_MAX_DEPTH):
            after: list[Scope] = []
            for scope in level:
                for other in self._next(scope):
                    if other not in seen and len(seen) < _MAX_SCOPES:
                        seen[other] = None
                        after.append(other)
            level = after
        return tuple(seen)

    def _next(self, scope: Scope) -> tuple[Scope, ...]:
        found = self._direct.get(scope)
        if found is None:
            nested = [child for child in scope.children if child.kind == "function"]
            called = [other for call in scope.calls for other in self._callees(call, scope)]
            found = self._direct[scope] = (*nested, *called)
        return found

    def _callees(self, call: ast.Call, scope: Scope) -> list[Scope]:
        if isinstance(call.func, ast.Attribute) and call.func.attr in _FORM_CALLS:
            return self._validators(call.func.value, scope)
        if isinstance(call.func, ast.Name) and call.func.id == "getattr":
            return list(_dispatched(call, scope))
        callee = self.names.callee(call, scope)
        return [callee] if callee is not None else []

    def _validators(self, form: ast.expr, scope: Scope) -> list[Scope]:
        """Return the ``validate`` and ``validate_<field>`` methods that a form runs."""
        found = []
        for base in self.names.bases(self.names.type_of(form, scope)):
            cls = self.names.scope_of(base)
            for child in cls.children if cls is not None and cls.kind == "class" else ():
                if child.kind == "function" and child.name.startswith("validate"):
                    found.append(child)
        return found


def _dispatched(call: ast.Call, scope: Scope) -> Iterator[Scope]:
    """Yield the methods that ``getattr(self, action)`` may give: those that a list names, or all.

    Names in front of which one underscore stands, and answers to verbs of HTTP, are not given.
    """
    cls = scope.enclosing_class
    if cls is None or len(call.args) < 2 or isinstance(call.args[1], ast.Constant):
        return
    if not isinstance(call.args[0], ast.Name) or call.args[0].id != "self":
        return
    listed = {
        part.value
        for assignment in cls.assignments
        if isinstance(assignment.value, ast.List | ast.Tuple | ast.Set)
        for part in assignment.value.elts
        if isinstance(part, ast.Constant)
    }
    methods = [m for m in cls.children if m.kind == "function" and m is not scope]
    named = [m for m in methods if m.name in listed]
    yield from named or (m for m in methods if m.name[:1] != "_" and m.name not in _VERBS)
