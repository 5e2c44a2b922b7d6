"""Answers of `Names` about expressions, kept: for code that looks at the same ones many times."""

from __future__ import annotations

import ast

from checks.facts.python import Binding, Scope
from checks.project.names import Names


class Resolved:
    """Resolves each expression once."""

    def __init__(self, names: Names) -> None:
        """Take the project's names."""
        self.names = names
        self._qualified: dict[ast.expr, str | None] = {}
        self._callees: dict[ast.Call, Scope | None] = {}
        self._spelled: dict[ast.expr, str] = {}

    def qualified(self, node: ast.expr, scope: Scope) -> str | None:
        """Return `Names.qualified` of `node`."""
        if node not in self._qualified:
            self._qualified[node] = self.names.qualified(node, scope)
        return self._qualified[node]

    def called(self, call: ast.Call, scope: Scope) -> str | None:
        """Return the qualified name of what `call` calls."""
        return self.qualified(call.func, scope)

    def callee(self, call: ast.Call, scope: Scope) -> Scope | None:
        """Return `Names.callee` of `call`."""
        if call not in self._callees:
            self._callees[call] = self.names.callee(call, scope)
        return self._callees[call]

    def bindings(self, name: str, scope: Scope) -> list[Binding]:
        """Return `Names.bindings` of `name`."""
        return self.names.bindings(name, scope)

    def spelled(self, node: ast.expr) -> str:
        """Return `node` as source text."""
        found = self._spelled.get(node)
        if found is None:
            found = self._spelled[node] = ast.unparse(node)
        return found
