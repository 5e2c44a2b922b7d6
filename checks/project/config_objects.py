"""What ``from_object`` is given: text, class, instance, module, or an entry of a table."""

from __future__ import annotations

import ast
from collections.abc import Mapping
from dataclasses import dataclass

from checks.facts.python import Module, Scope
from checks.project.config_mappings import Entry
from checks.project.config_targets import Targets
from checks.project.config_texts import UNKNOWN_PART, Texts
from checks.project.configuration import Environment, environment_of
from checks.project.evaluate import Evaluator
from checks.project.names import Names
from checks.records import NamedTuple

_MAX_DEPTH = 8  # names, calls and tables followed for one argument
_IMPORTERS = frozenset(
    {"werkzeug.utils.import_string", "importlib.import_module", "pydoc.locate",
     "builtins.__import__"}
)  # fmt: skip


class Target(NamedTuple):
    """One thing that may be loaded."""

    thing: Scope | Module
    environment: Environment | None = None
    """Of the table's key that leads to it, where its own name tells nothing."""
    fixed: bool = False
    """Whether nothing chooses it: no variable, argument or condition."""


@dataclass(slots=True, eq=False, repr=False)
class Found:
    """What an argument of ``from_object`` may be."""

    targets: list[Target]
    entries: list[Entry]
    """Attributes that its construction sets: ``SimpleNamespace(SECRET_KEY=...)``."""

    def __bool__(self) -> bool:
        return bool(self.targets or self.entries)


class Objects:
    """Finds what is loaded, for the files of one site."""

    def __init__(
        self, evaluator: Evaluator, targets: Targets, variables: Mapping[str, list[str]]
    ) -> None:
        """Take what resolves names, what finds callers, and the deployments' variables."""
        self.evaluator = evaluator
        self.names = evaluator.names
        self.callers = targets
        self.texts = Texts(evaluator, variables)

    def find(self, node: ast.expr, scope: Scope) -> Found:
        """Return what `node`, standing in `scope`, may be."""
        found = Found([], [])
        self._add(node, scope, found, 0, None, fixed=True)
        return found

    def _add(
        self,
        node: ast.expr | None,
        scope: Scope,
        found: Found,
        depth: int,
        environment: Environment | None,
        *,
        fixed: bool,
    ) -> None:
        if node is None or depth > _MAX_DEPTH:
            return
        if isinstance(node, ast.IfExp):
            for side in (node.body, node.orelse):
                self._add(side, scope, found, depth + 1, environment, fixed=False)
        elif isinstance(node, ast.BoolOp):
            for value in node.values:
                self._add(value, scope, found, depth + 1, environment, fixed=False)
        elif isinstance(node, ast.NamedExpr):
            self._add(node.value, scope, found, depth + 1, environment, fixed=fixed)
        elif isinstance(node, ast.Subscript):
            self._entry(node.value, node.slice, scope, found, depth)
        elif not self._text(node, scope, found, environment, fixed=fixed):
            self._other(node, scope, found, depth, environment, fixed=fixed)

    def _other(
        self,
        node: ast.expr,
        scope: Scope,
        found: Found,
        depth: int,
        environment: Environment | None,
        *,
        fixed: bool,
    ) -> None:
        if isinstance(node, ast.Call):
            self._call(node, scope, found, depth, environment, fixed=fixed)
            return
        if isinstance(node, ast.Name):
            if node.id == "__name__":
                found.targets.append(Target(scope.module, environment, fixed))
                return
            if self._variable(node, scope, found, depth, environment, fixed=fixed):
                return
        if isinstance(node, ast.Attribute):
            inner = Found([], [])
            if isinstance(node.value, ast.Call | ast.Name):  # import_module("config").Production
                self._add(node.value, scope, inner, depth + 1, environment, fixed=fixed)
            for target in inner.targets:
                if isinstance(target.thing, Module):
                    self._named(f"{target.thing.name}.{node.attr}", found, environment, fixed=fixed)
        qualified = self.names.qualified(node, scope) or self.names.type_of(node, scope)
        self._named(qualified, found, environment, fixed=fixed)

    def _named(
        self, qualified: str | None, found: Found, environment: Environment | None, *, fixed: bool
    ) -> None:
        thing = self.names.modules.get(qualified or "") or self.names.scope_of(qualified)
        if isinstance(thing, Module) or (thing is not None and thing.kind == "class"):
            found.targets.append(Target(thing, environment, fixed))

    def _variable(
        self,
        node: ast.Name,
        scope: Scope,
        found: Found,
        depth: int,
        environment: Environment | None,
        *,
        fixed: bool,
    ) -> bool:
        """Add what is assigned to a name, or given for a parameter; False where that is nothing."""
        bindings = self.names.bindings(node.id, scope)
        before = len(found.targets) + len(found.entries)
        for binding in bindings:
            if binding.kind == "value" and binding.value is not None:
                only = fixed and len(bindings) == 1
                self._add(binding.value, scope, found, depth + 1, environment, fixed=only)
            elif binding.kind == "param" and scope.parent is not None:
                outer = scope.parent
                self._add(binding.value, outer, found, depth + 1, environment, fixed=False)
                for given, caller in self.callers.handed(binding, scope):
                    self._add(given, caller, found, depth + 1, environment, fixed=False)
        return len(found.targets) + len(found.entries) > before

    def _call(
        self,
        node: ast.Call,
        scope: Scope,
        found: Found,
        depth: int,
        environment: Environment | None,
        *,
        fixed: bool,
    ) -> None:
        called = self.names.called(node, scope) or ""
        func = node.func
        if called in _IMPORTERS and node.args:
            self._add(node.args[0], scope, found, depth + 1, environment, fixed=fixed)
        elif called == "builtins.getattr" and len(node.args) > 1:
            self._attribute(node, scope, found)
        elif called == "builtins.type" and len(node.args) == 3:
            self._made(node.args[2], scope, found)
            for base in getattr(node.args[1], "elts", ()):
                self._add(base, scope, found, depth + 1, environment, fixed=fixed)
        elif called in ("types.SimpleNamespace", "argparse.Namespace"):
            self._keywords(node, scope, found)
        elif isinstance(func, ast.Attribute) and func.attr in ("get", "pop") and node.args:
            self._entry(func.value, node.args[0], scope, found, depth)
            if len(node.args) > 1:
                self._add(node.args[1], scope, found, depth + 1, None, fixed=False)
        else:
            function = self.names.scope_of(called)
            if function is not None and function.kind == "function":
                single = fixed and len(function.returns) == 1
                for each in function.returns:
                    self._add(each.value, function, found, depth + 1, environment, fixed=single)
                return
            self._keywords(node, scope, found)
            self._add(func, scope, found, depth + 1, environment, fixed=fixed)

    def _keywords(self, node: ast.Call, scope: Scope, found: Found) -> None:
        for keyword in node.keywords:
            if keyword.arg is not None and keyword.arg.isupper():
                found.entries.append(Entry(keyword.arg, keyword.value, scope))

    def _made(self, node: ast.expr, scope: Scope, found: Found) -> None:
        if isinstance(node, ast.Dict):
            for key, value in zip(node.keys, node.values, strict=True):
                if isinstance(key, ast.Constant) and isinstance(key.value, str):
                    found.entries.append(Entry(key.value, value, scope))

    def _entry(
        self, table: ast.expr, key: ast.expr, scope: Scope, found: Found, depth: int
    ) -> None:
        """Add the entry of ``table[key]``, or all of them where the key is not known."""
        owner, literal = self._table(table, scope)
        if literal is None:
            # ``import_string(...)["X"]`` and the like; what holds it may still be known.
            return
        wanted = self.evaluator.evaluate(key, scope)
        for each, value in zip(literal.keys, literal.values, strict=True):
            name = each.value if isinstance(each, ast.Constant) else None
            chosen = wanted.kind == "literal" and name == wanted.value
            if chosen or wanted.kind != "literal":
                environment = environment_of(name) if isinstance(name, str) else None
                self._add(value, owner, found, depth + 1, environment, fixed=chosen)

    def _table(self, node: ast.expr, scope: Scope) -> tuple[Scope, ast.Dict | None]:
        if (written := _displayed(node)) is not None:
            return scope, written
        if isinstance(node, ast.Name):
            for binding in self.names.bindings(node.id, scope):
                if binding.kind == "value" and (table := _displayed(binding.value)) is not None:
                    return self._home(node.id, scope), table
        stem, _, name = (self.names.qualified(node, scope) or "").rpartition(".")
        module = self.names.modules.get(stem)
        home = module.top if module is not None else self.names.scope_of(stem)
        for binding in home.bindings.get(name, []) if home is not None else ():
            if home is not None and (table := _displayed(binding.value)) is not None:
                return home, table
        return scope, None

    @staticmethod
    def _home(name: str, scope: Scope) -> Scope:
        while name not in scope.bindings and scope.parent is not None:
            scope = scope.parent
        return scope

    def _attribute(self, node: ast.Call, scope: Scope, found: Found) -> None:
        """Add the classes of a module that ``getattr(module, f"{env}Config")`` may be."""
        holder = self.names.qualified(node.args[0], scope)
        if holder is None and _is_own_module(node.args[0], scope, self.names):
            holder = scope.module.name
        if holder in self.names.modules:
            named = f"{holder}.{self.texts.spelled(node.args[1], scope)}"
            found.targets += [Target(t) for t in self.texts.fitting(named, scope)]

    def _text(
        self,
        node: ast.expr,
        scope: Scope,
        found: Found,
        environment: Environment | None,
        *,
        fixed: bool,
    ) -> bool:
        """Add what a dotted name in a text means; False where `node` is no text."""
        value = self.evaluator.evaluate(node, scope)
        if isinstance(value.value, str):
            sure = fixed and value.kind == "literal"
            things = self.texts.imported(value.value, scope)
            found.targets += [Target(thing, environment, sure) for thing in things]
            if value.kind != "literal":
                chosen = self.texts.instead(value.value, value.variable, scope)
                found.targets += [Target(thing) for thing in chosen]
            return True
        if value.kind == "environment":
            given = self.texts.given(value.variable, scope)
            found.targets += [Target(thing) for thing in given]
            return True
        spelled = self.texts.spelled(node, scope)
        if UNKNOWN_PART in spelled and "." in spelled:
            found.targets += [Target(thing) for thing in self.texts.fitting(spelled, scope)]
            return True
        return False


def _is_own_module(node: ast.expr, scope: Scope, names: Names) -> bool:
    """Return whether `node` is ``sys.modules[__name__]``."""
    return (
        isinstance(node, ast.Subscript)
        and names.qualified(node.value, scope) == "sys.modules"
        and getattr(node.slice, "id", "") == "__name__"
    )


def _displayed(node: ast.expr | None) -> ast.Dict | None:
    """Return a dictionary as it is written, and ``dict(dev=DevConfig)`` as one; else None."""
    if isinstance(node, ast.Dict):
        return node
    if not isinstance(node, ast.Call) or node.args or not isinstance(node.func, ast.Name):
        return None
    named = [(k.arg, k.value) for k in node.keywords if k.arg is not None]
    if node.func.id != "dict" or not named:
        return None
    keys: list[ast.expr | None] = [ast.copy_location(ast.Constant(n), v) for n, v in named]
    return ast.copy_location(ast.Dict(keys, [value for _, value in named]), node)
