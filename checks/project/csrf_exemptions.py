"""Which views are exempted from an extension's protection against cross-site requests."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from checks.facts.python import Scope, last_name
from checks.facts.source import Spot
from checks.project.class_routes import object_name
from checks.project.routes import View
from checks.records import NamedTuple

if TYPE_CHECKING:
    from checks.project import Project, Site

EXEMPTS = frozenset(
    {"flask_wtf.CSRFProtect.exempt", "flask_wtf.CsrfProtect.exempt", "flask_seasurf.SeaSurf.exempt"}
)


class Exemption(NamedTuple):
    """One exemption from the protection."""

    spot: Spot
    """The decorator or the call."""
    views: tuple[View, ...]
    """The views that it leaves unprotected."""
    name: str
    """The view's or blueprint's name."""


class Exemptions:
    """Finds the exemptions of one app."""

    def __init__(self, project: Project, site: Site, views: Sequence[View]) -> None:
        """Take the project, the app and its views."""
        self.project = project
        self.site = site
        self.views = views

    def find(self) -> tuple[Exemption, ...]:
        """Return what decorators and calls exempt, in order."""
        return tuple(self._exemptions())

    def _exemptions(self) -> Iterator[Exemption]:
        names = self.project.names
        for view in self.views:
            for decorator in view.decorators:
                if decorator.name in EXEMPTS:
                    yield Exemption(decorator.spot, (view,), view.function.name)
        for module in self.site.modules:
            for call, scope in module.calls("exempt"):
                if len(call.args) != 1 or names.called(call, scope) not in EXEMPTS:
                    continue
                name, views = self._exempted(call.args[0], scope)
                if views:
                    yield Exemption(scope.spot(call), views, name)

    def _exempted(self, node: ast.expr, scope: Scope) -> tuple[str, tuple[View, ...]]:
        text = self.project.evaluate(node, scope).value
        if isinstance(text, str):
            last = text.rpartition(".")[2]
            return last, tuple(v for v in self.views if v.function.name == last)
        names = self.project.names
        function = names.scope_of(names.qualified(node, scope))
        if function is not None:
            views = (v for v in self.views if function in (v.function, v.cls))
            return function.name, tuple(views)
        original = self._original(node, scope)
        target = object_name(node, scope, names)
        routed = tuple(
            v
            for v in self.views
            if (v.router and self._router(v) == original) or self._is_on(v, target)
        )
        return last_name(node), routed

    def _is_on(self, view: View, target: str | None) -> bool:
        """Return whether `view` belongs to the blueprint `target`, or to an API made for it."""
        groups = self.project.guards.groups(view.group)
        if target is None or target in groups:
            return target is not None
        return any(target in self._handed(group) for group in groups)

    def _handed(self, group: str) -> set[str | None]:
        """Return what is given for the parameter `group`: ``def routes(bp): bp.add_url_rule()``."""
        stem, _, last = group.rpartition(".")
        names = self.project.names
        function = names.scope_of(stem)
        if function is None or function.kind != "function":
            return set()
        places = [arg.arg for arg in function.parameters()]
        given = set()
        for module in names.calling(function.name) if last in places else ():
            for call, scope in module.calls(function.name):
                at = places.index(last)
                if len(call.args) > at and names.callee(call, scope) is function:
                    given.add(object_name(call.args[at], scope, names))
        return given

    def _original(self, node: ast.expr, scope: Scope) -> tuple[str, str]:
        """Return the file and the name with which the blueprint `node` was made."""
        name, module = last_name(node), scope.module
        for binding in self.project.names.bindings(name, scope):
            if binding.kind == "import":
                stem, _, last = binding.target.rpartition(".")
                source = self.project.names.find_module(stem, module) if stem.strip(".") else None
                if source is None and stem and not stem.strip("."):
                    source = self.project.names.find_module(stem, module)
                if source is not None and last in source.top.bindings:
                    again = source.top.bindings[last][0]
                    if again.kind == "import" and source is not module:
                        return self._original(ast.Name(last), source.top)
                    return source.path, last
        return module.path, name

    def _router(self, view: View) -> tuple[str, str]:
        return self._original(ast.Name(view.router or ""), view.function.parent or view.function)
