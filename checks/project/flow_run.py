"""Runs one function body once: statements in order, with what each name holds."""

from __future__ import annotations

import ast
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from checks.facts.python import Scope
from checks.project.origins import NOTHING, Origins
from checks.project.words import may_lead_to_password

if TYPE_CHECKING:
    from checks.project.flow import Flows

Holds = dict[str, Origins]


@dataclass(slots=True, eq=False)
class Flow:
    """What the expressions of one function are made from."""

    scope: Scope
    origins: dict[ast.expr, Origins] = field(default_factory=dict)
    """Only expressions that hold something."""
    returned: Origins = NOTHING
    """What the function's return values are made from."""

    def at(self, node: ast.expr | None) -> Origins:
        """Return what `node`, an expression of this function, is made from."""
        return self.origins.get(node, NOTHING) if node is not None else NOTHING

    def add(self, node: ast.expr, origins: Origins) -> Origins:
        """Keep that `node` is made from `origins`, and return them."""
        if origins:
            self.origins[node] = self.origins.get(node, NOTHING) | origins
        return origins


class Runner:
    """Runs one function body once."""

    def __init__(self, flows: Flows, flow: Flow, scope: Scope) -> None:
        self.flows = flows
        self.flow = flow
        self.scope = scope
        self.returned: Origins = NOTHING

    # -- statements: each returns False when nothing after it runs ----------------------

    def block(self, body: list[ast.stmt], holds: Holds) -> bool:
        for statement in body:
            if not self.flows.spend() or not self.statement(statement, holds):
                return False
        return True

    def statement(self, node: ast.stmt, holds: Holds) -> bool:
        if isinstance(node, ast.Return):
            if node.value is not None:
                self.returned |= self.value(node.value, holds)
            return False
        if isinstance(node, ast.Raise):
            self._values(node, holds)
            return False
        if isinstance(node, ast.Break | ast.Continue):
            return False
        if isinstance(node, ast.If):
            self.value(node.test, holds)
            return self._branches([node.body, node.orelse], holds)
        if isinstance(node, ast.While | ast.For | ast.AsyncFor):
            return self._loop(node, holds)
        if isinstance(node, ast.Try) or type(node).__name__ == "TryStar":
            return self._try(node, holds)  # type: ignore[arg-type]  # TryStar has the same fields
        if isinstance(node, ast.With | ast.AsyncWith):
            for item in node.items:
                held = self.value(item.context_expr, holds)
                if item.optional_vars is not None:
                    self._store(item.optional_vars, held, holds)
            return self.block(node.body, holds)
        if isinstance(node, ast.Match):
            self.value(node.subject, holds)
            return self._branches([*(case.body for case in node.cases), []], holds)
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            return True
        return self._simple(node, holds)

    def _simple(self, node: ast.stmt, holds: Holds) -> bool:
        if isinstance(node, ast.Assign):
            held = self.value(node.value, holds)
            for target in node.targets:
                self._assign(target, node.value, held, holds)
        elif isinstance(node, ast.AnnAssign) and node.value is not None:
            self._assign(node.target, node.value, self.value(node.value, holds), holds)
        elif isinstance(node, ast.AugAssign):
            held = self.value(node.value, holds) | self.value(node.target, holds)
            self._store(node.target, held, holds)
        else:
            self._values(node, holds)
        return True

    def _assign(self, target: ast.expr, value: ast.expr, held: Origins, holds: Holds) -> None:
        lefts, rights = getattr(target, "elts", []), getattr(value, "elts", [])
        if lefts and len(lefts) == len(rights):
            for left, right in zip(lefts, rights, strict=True):
                self._assign(left, right, self.flow.at(right), holds)
            return
        self._store(target, held, holds)
        if isinstance(target, ast.Attribute) and held:
            setter = self.flows.names.setter_of(target, self.scope)
            if setter is not None:
                self.flows.call(setter, {1: held})

    def _store(self, target: ast.expr, held: Origins, holds: Holds) -> None:
        if isinstance(target, ast.Tuple | ast.List):
            for element in target.elts:
                self._store(element, held, holds)
            return
        if isinstance(target, ast.Starred):
            self._store(target.value, held, holds)
            return
        self.flow.add(target, held)
        path = _path(target)
        if path is None:
            if isinstance(target, ast.Subscript | ast.Attribute):
                for part in (target.value, getattr(target, "slice", None)):
                    if part is not None:
                        self.value(part, holds)
            return
        holds.pop(path, None)
        if held:
            holds[path] = held

    def _branches(self, bodies: list[list[ast.stmt]], holds: Holds) -> bool:
        ends = []
        for body in bodies:
            branch = dict(holds)
            if self.block(body, branch):
                ends.append(branch)
        holds.clear()
        for branch in ends:
            _join(holds, branch)
        return bool(ends)

    def _loop(self, node: ast.While | ast.For | ast.AsyncFor, holds: Holds) -> bool:
        for _ in range(2):
            branch = dict(holds)
            if isinstance(node, ast.While):
                self.value(node.test, branch)
            else:
                self._store(node.target, self.value(node.iter, branch), branch)
            self.block(node.body, branch)
            _join(holds, branch)
        return self.block(node.orelse, holds)

    def _try(self, node: ast.Try, holds: Holds) -> bool:
        before = dict(holds)
        went_on = self.block(node.body, holds) and self.block(node.orelse, holds)
        ends = [dict(holds)] if went_on else []
        for handler in node.handlers:
            branch = dict(before)
            _join(branch, holds)
            if self.block(handler.body, branch):
                ends.append(branch)
        holds.clear()
        for branch in ends:
            _join(holds, branch)
        return self.block(node.finalbody, holds) and bool(ends)

    def _values(self, node: ast.AST, holds: Holds) -> None:
        for child in ast.iter_child_nodes(node):
            if isinstance(child, ast.expr):
                self.value(child, holds)

    # -- expressions --------------------------------------------------------------------

    def value(self, node: ast.expr, holds: Holds) -> Origins:
        """Return what `node` is made from, and keep it."""
        return self.flow.add(node, self._value(node, holds))

    def _value(self, node: ast.expr, holds: Holds) -> Origins:
        if isinstance(node, ast.Constant | ast.Lambda):
            return NOTHING
        if isinstance(node, ast.Call):
            return self._call(node, holds)
        if isinstance(node, ast.Name):
            return self._name(node, holds)
        if isinstance(node, ast.Attribute | ast.Subscript):
            return self._part(node, holds)
        if isinstance(node, ast.Compare):
            self._values(node, holds)
            return NOTHING  # a truth value no longer tells the password
        if isinstance(node, ast.IfExp):
            self.value(node.test, holds)
            return self.value(node.body, holds) | self.value(node.orelse, holds)
        if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.Not):
            self.value(node.operand, holds)
            return NOTHING
        if isinstance(node, ast.NamedExpr):
            held = self.value(node.value, holds)
            self._store(node.target, held, holds)
            return held
        if isinstance(node, ast.ListComp | ast.SetComp | ast.GeneratorExp | ast.DictComp):
            return self._comprehension(node, holds)
        return self._all(node, holds)

    def _all(self, node: ast.AST, holds: Holds) -> Origins:
        held = NOTHING
        for child in ast.iter_child_nodes(node):
            if isinstance(child, ast.expr):
                held |= self.value(child, holds)
        return held

    def _name(self, node: ast.Name, holds: Holds) -> Origins:
        held = holds.get(node.id)
        if held is not None:
            return held
        if node.id not in self.scope.bindings:
            return self.flows.sources.entering(node, self.scope, NOTHING)
        return NOTHING

    def _part(self, node: ast.Attribute | ast.Subscript, holds: Holds) -> Origins:
        inner = self.value(node.value, holds)
        if isinstance(node, ast.Subscript):
            self.value(node.slice, holds)
        path = _path(node)
        if path is not None and path in holds:
            return holds[path]
        entering = self.flows.sources.entering(node, self.scope, inner)
        if entering:
            return entering
        # ``password[:8]`` is still the password; ``user.name`` is not all of the user.
        return _under(node.slice, inner) if isinstance(node, ast.Subscript) else NOTHING

    def _comprehension(
        self, node: ast.ListComp | ast.SetComp | ast.GeneratorExp | ast.DictComp, holds: Holds
    ) -> Origins:
        inner = dict(holds)
        for generator in node.generators:
            self._store(generator.target, self.value(generator.iter, inner), inner)
            for test in generator.ifs:
                self.value(test, inner)
        if isinstance(node, ast.DictComp):
            return self.value(node.key, inner) | self.value(node.value, inner)
        return self.value(node.elt, inner)

    def _call(self, node: ast.Call, holds: Holds) -> Origins:
        owner = (
            self.value(node.func.value, holds) if isinstance(node.func, ast.Attribute) else NOTHING
        )
        args = [self.value(arg, holds) for arg in node.args]
        named = {keyword.arg: self.value(keyword.value, holds) for keyword in node.keywords}
        entering = self.flows.sources.entering(node, self.scope, owner)
        if entering:
            return entering
        given = frozenset().union(*args, *named.values())
        if given:
            callee = self.flows.names.callee(node, self.scope)
            if callee is not None:
                return self._project_call(node, callee, args, named)
        if given and isinstance(node.func, ast.Attribute) and node.func.attr == "update":
            self._updated(node.func.value, node, given, holds)
        if owner and node.args and getattr(node.func, "attr", "") == "get":
            owner = _under(node.args[0], owner)
        return self.flows.calls.result(node, self.scope, owner, given)

    def _updated(self, target: ast.expr, node: ast.Call, given: Origins, holds: Holds) -> None:
        """``digest.update(password)`` makes the hash object hold it."""
        path = _path(target)
        made_by = self.flows.names.type_of(target, self.scope)
        held = self.flows.calls.hashed(node, self.scope, made_by, given)
        if path is not None and held:
            holds[path] = holds.get(path, NOTHING) | held

    def _project_call(
        self, node: ast.Call, callee: Scope, args: list[Origins], named: dict[str | None, Origins]
    ) -> Origins:
        # The object itself is the first parameter of a method that is called on it.
        static = any(isinstance(d, ast.Name) and d.id == "staticmethod" for d in callee.decorators)
        bound = callee.enclosing_class is not None and not static
        if bound and isinstance(node.func, ast.Attribute):
            on_class = self.flows.names.scope_of(
                self.flows.names.qualified(node.func.value, self.scope)
            )
            bound = not (
                on_class is not None
                and isinstance(node.func.value, ast.Name)
                and node.func.value.id == on_class.name
                and not any(
                    isinstance(d, ast.Name) and d.id == "classmethod" for d in callee.decorators
                )
            )
        given: dict[int | str, Origins] = {
            index + int(bound): held for index, held in enumerate(args)
        }
        given.update({name: held for name, held in named.items() if name is not None})
        returned = self.flows.call(callee, given)
        if callee.name == "__init__":
            return NOTHING
        return returned


def _under(key: ast.expr, held: Origins) -> Origins:
    """Return what is kept under `key` in something that holds `held`.

    ``message["func"]`` is not the password that the message brings along.
    """
    if not isinstance(key, ast.Constant) or not isinstance(key.value, str):
        return held
    if not held or may_lead_to_password(key.value):
        return held
    return frozenset(origin for origin in held if origin.kind != "password")


def _join(into: Holds, other: Holds) -> None:
    for name, held in other.items():
        into[name] = into.get(name, NOTHING) | held


def _path(node: ast.expr) -> str | None:
    """Return ``a``, ``a.b`` or ``a['k']`` as text, or None for anything less plain."""
    if isinstance(node, ast.Name):
        return node.id
    if isinstance(node, ast.Attribute):
        inner = _path(node.value)
        return f"{inner}.{node.attr}" if inner is not None else None
    if isinstance(node, ast.Subscript) and isinstance(node.slice, ast.Constant):
        inner = _path(node.value)
        return f"{inner}[{node.slice.value!r}]" if inner is not None else None
    return None
