"""Configuration written in Python: assignments, updates, and calls that load it."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping

from checks.facts.python import Assignment, Scope
from checks.project.config_dynaconf import dynaconf
from checks.project.config_loading import LOADERS, Loading
from checks.project.config_mappings import Mappings
from checks.project.config_targets import Targets
from checks.project.config_writes import Origin, Place, Writes
from checks.project.configuration import Setting
from checks.project.evaluate import Evaluator
from checks.project.sites import Site, is_flask

_ATTRIBUTES = {
    "secret_key": "SECRET_KEY",
    "debug": "DEBUG",
    "testing": "TESTING",
    "permanent_session_lifetime": "PERMANENT_SESSION_LIFETIME",
}
_UPDATERS = frozenset({"update", "from_mapping", "setdefault", "__setitem__"})


class PythonConfiguration:
    """Collects the settings that a site's Python files write."""

    def __init__(
        self, site: Site, evaluator: Evaluator, variables: Mapping[str, list[str]]
    ) -> None:
        """Take the site and what evaluates its expressions; `collect` does the work.

        Args:
            site: the app.
            evaluator: of the project.
            variables: what deployment files set environment variables to.
        """
        self.site = site
        self.evaluator = evaluator
        self.names = evaluator.names
        self.targets = Targets(site.modules, evaluator.names)
        self.mappings = Mappings(evaluator, self.targets)
        self.writes = Writes(evaluator)
        self.loading = Loading(site, evaluator, self.targets, self.writes, variables)

    def collect(self) -> list[Setting]:
        """Return all settings; `loading` then knows the loaders and files."""
        for module in self.site.modules:
            for scope in module.scopes:
                self._assignments(scope)
            for call, scope in module.calls("setattr", *_UPDATERS, *LOADERS):
                self._call(call, scope)
            for call, scope in module.calls("init_app"):
                self._handed(call, scope)
            for told in dynaconf(module, self.evaluator):
                self.loading.dynaconf(told)
        self.loading.finish()
        return list(self.writes.settings())

    def _assignments(self, scope: Scope) -> None:
        if scope.kind == "class" and _ATTRIBUTES.keys() & scope.bindings.keys():
            self._subclass(scope)
        for assignment in scope.assignments:
            target = assignment.target
            if assignment.augmented:
                if self.targets.is_config(target, scope):  # app.config |= {...}
                    place = Place(scope, assignment.node, _receiver(target))
                    self._mapping(assignment.value, scope, "config.update", place)
            elif isinstance(target, ast.Attribute):
                key = _ATTRIBUTES.get(target.attr)
                if key is not None and self.targets.is_app(target.value, scope):
                    self._direct(key, assignment, target.value, scope)
            elif (
                isinstance(target, ast.Subscript)
                and _may_be_key(target.slice)
                and self.targets.is_config(target.value, scope)
            ):
                self._item(assignment, target, scope)

    def _direct(self, key: str, written: Assignment, receiver: ast.expr, scope: Scope) -> None:
        place = Place(scope, written.node, _receiver(receiver))
        via = ast.unparse(written.target)
        self.writes.add(key, written.value, written.node, scope, via, place)

    def _item(self, written: Assignment, target: ast.Subscript, scope: Scope) -> None:
        """Add ``app.config["KEY"] = value``, also where a loop goes through the keys."""
        key = self.evaluator.evaluate(target.slice, scope)
        if isinstance(key.value, str):
            self._direct(key.value, written, target.value, scope)
            return
        for looped in _loops(target.slice, written.value, written.node, scope):
            place = Place(scope, written.node, _receiver(target.value), certain=False)
            self._mapping(looped, scope, "config in a loop", place)

    def _subclass(self, cls: Scope) -> None:
        """Add ``secret_key = ...`` in the body of a class derived from Flask."""
        if not is_flask(cls.full_name, self.names):
            return
        for assignment in cls.assignments:
            name = getattr(assignment.target, "id", "")
            if name in _ATTRIBUTES:
                place = Place(cls, assignment.node, cls.name)
                self.writes.add(
                    _ATTRIBUTES[name], assignment.value, assignment.node, cls, f"class {cls.name}",
                    place,
                )  # fmt: skip

    def _call(self, call: ast.Call, scope: Scope) -> None:
        func = call.func
        if isinstance(func, ast.Name) and func.id == "setattr":
            self._set_attribute(call, scope)
        elif (
            isinstance(func, ast.Attribute)
            and _may_set(call)
            and self.targets.is_config(func.value, scope)
        ):
            if func.attr in _UPDATERS:
                self._update(call, func, scope)
            elif func.attr in LOADERS:
                self.loading.load(call, func.attr, _receiver(func.value), scope)

    def _handed(self, call: ast.Call, scope: Scope) -> None:
        """Follow ``init_app(app, configs[name])`` of a library, which loads what it is given."""
        table = call.args[1] if len(call.args) > 1 else None
        if (
            isinstance(table, ast.Subscript)
            and self.names.callee(call, scope) is None
            and self.targets.is_app(call.args[0], scope)
        ):
            self.loading.handed(table, scope, Place(scope, call, _receiver(call.args[0])))

    def _set_attribute(self, call: ast.Call, scope: Scope) -> None:
        name = self.evaluator.evaluate(call.args[1], scope).value if len(call.args) == 3 else None
        key = _ATTRIBUTES.get(name) if isinstance(name, str) else None
        if key is not None and self.targets.is_app(call.args[0], scope):
            place = Place(scope, call, _receiver(call.args[0]))
            self.writes.add(key, call.args[2], call, scope, "setattr", place)

    def _update(self, call: ast.Call, func: ast.Attribute, scope: Scope) -> None:
        via = f"config.{func.attr}"
        receiver = _receiver(func.value)
        place = Place(scope, call, receiver, certain=func.attr != "setdefault")
        if func.attr in ("setdefault", "__setitem__"):
            pair = len(call.args) == 2
            key = self.evaluator.evaluate(call.args[0], scope).value if pair else None
            if isinstance(key, str):
                self.writes.add(key, call.args[1], call, scope, via, place)
            return
        for keyword in call.keywords:
            if keyword.arg is not None:
                self.writes.add(keyword.arg, keyword.value, call, scope, via, place)
            else:
                self._mapping(keyword.value, scope, via, place)
        for arg in call.args:
            self._mapping(arg, scope, via, place)

    def _mapping(self, node: ast.expr, scope: Scope, via: str, place: Place) -> None:
        held = self.mappings.held(node, scope)
        origin = Origin(file=held.files[-1][-1] if held.files else None)
        for entry in held.entries:
            own = entry.scope is scope
            statement = place.node if own else entry.value
            where = origin._replace(fallback=True) if entry.fallback else origin
            self.writes.add(entry.key, entry.value, statement, entry.scope, via, place, where)
        for thing, outer in held.objects:
            self.loading.attributes(thing, outer, place)
        for parts in held.files:
            self.loading.reads(parts, place)
        if not held.complete:
            self.loading.incomplete(via, place)


def _may_be_key(node: ast.expr) -> bool:
    """Return whether it can be a key that Flask takes: other dictionaries are many, and cost."""
    return not isinstance(node, ast.Constant) or (
        isinstance(node.value, str) and node.value.isupper()
    )


def _may_set(call: ast.Call) -> bool:
    """Return whether a call that may be one of a configuration gives it upper-case keys."""
    return (
        (bool(call.args) and _may_be_key(call.args[0]))
        or any(keyword.arg is None or keyword.arg.isupper() for keyword in call.keywords)
        or getattr(call.func, "attr", "") in LOADERS
    )


def _receiver(node: ast.expr) -> str:
    """Return ``app`` for ``app``, ``app.config`` and what else stands for its configuration."""
    if isinstance(node, ast.Attribute) and node.attr == "config":
        node = node.value
    return ast.unparse(node)


def _loops(key: ast.expr, value: ast.expr, node: ast.AST, scope: Scope) -> Iterator[ast.expr]:
    """Yield what ``for key, value in x.items(): app.config[key] = value`` goes through."""
    if not (isinstance(key, ast.Name) and isinstance(value, ast.Name)):
        return
    for outer in scope.module.ancestors(node):
        if isinstance(outer, ast.For) and isinstance(outer.target, ast.Tuple):
            names = [getattr(each, "id", "") for each in outer.target.elts]
            if names == [key.id, value.id]:
                yield outer.iter
        if outer is scope.node:
            return
