"""Which expressions stand for an app, and which for its configuration."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Sequence

from checks.facts.python import Binding, Module, Scope
from checks.project.config_reading import argument_of
from checks.project.names import Names
from checks.project.sites import is_flask

_USUAL_APPS = frozenset({"app", "application", "flask_app", "current_app", "server"})
_MAX_CALLS = 3  # functions that an app is handed through; real code uses one or two


class Targets:
    """Tells apps and their configuration among the expressions of a site's files."""

    def __init__(self, modules: Sequence[Module], names: Names) -> None:
        """Take the site's files and the project's names."""
        self.modules = modules
        self.names = names
        self._given: dict[tuple[Scope, str, bool], bool] = {}

    def is_app(self, node: ast.expr, scope: Scope, _depth: int = 0) -> bool:
        """Return whether `node` in `scope` is a Flask app, as far as it can be told."""
        made_by = self.names.type_of(node, scope)
        if is_flask(made_by, self.names) or made_by == "flask.current_app":
            return True
        if isinstance(node, ast.NamedExpr):
            return self.is_app(node.value, scope, _depth)
        if made_by is not None:
            return False
        # An app that comes in as a parameter or from an unknown factory is known by its name.
        text = node.id if isinstance(node, ast.Name) else getattr(node, "attr", "")
        return text in _USUAL_APPS or self._handed(node, scope, _depth, config=False)

    def is_config(self, node: ast.expr, scope: Scope, _depth: int = 0) -> bool:
        """Return whether `node` in `scope` is the configuration of an app."""
        if isinstance(node, ast.Attribute):
            return node.attr == "config" and self.is_app(node.value, scope, _depth)
        if isinstance(node, ast.Name):
            return any(
                isinstance(binding.value, ast.Attribute)
                and binding.kind == "value"
                and self.is_config(binding.value, scope, _depth)
                for binding in self.names.bindings(node.id, scope)
            ) or self._handed(node, scope, _depth, config=True)
        return False

    def _handed(self, node: ast.expr, scope: Scope, depth: int, *, config: bool) -> bool:
        """Return whether callers hand an app, or its configuration, to the parameter `node`."""
        if not isinstance(node, ast.Name) or scope.kind != "function" or depth >= _MAX_CALLS:
            return False
        key = (scope, node.id, config)
        if key not in self._given:
            self._given[key] = False  # what calls itself brings nothing new
            told = self.is_config if config else self.is_app
            self._given[key] = any(
                told(given, caller, depth + 1)
                for binding in scope.bindings.get(node.id, ())
                for given, caller in self.handed(binding, scope)
            )
        return self._given[key]

    def handed(self, binding: Binding, scope: Scope) -> Iterator[tuple[ast.expr, Scope]]:
        """Yield what the site's code gives for the parameter `binding` of function `scope`."""
        if binding.kind != "param" or isinstance(scope.node, ast.Lambda):
            return
        name = getattr(binding.node, "arg", "")
        for call, caller in self.calls_of(scope):
            given = argument_of(call, name, self._position(binding, scope))
            if given is not None and caller is not scope:
                yield given, caller

    def calls_of(self, function: Scope) -> Iterator[tuple[ast.Call, Scope]]:
        """Yield the site's calls of a project function; of an ``__init__``, those of its class."""
        cls = function.enclosing_class
        sought = cls if cls is not None and function.name == "__init__" else function
        for module in self.names.calling(sought.name):
            if module not in self.modules:
                continue
            for call, caller in module.calls(sought.name):
                if self.names.scope_of(self.names.called(call, caller)) is sought or (
                    sought is function and self.names.callee(call, caller) is function
                ):
                    yield call, caller

    def _position(self, binding: Binding, scope: Scope) -> int:
        """Return the position in a call: one less where ``self`` comes by itself."""
        static = any(getattr(each, "id", "") == "staticmethod" for each in scope.decorators)
        bound = scope.enclosing_class is not None and not static
        return binding.index - 1 if bound else binding.index
