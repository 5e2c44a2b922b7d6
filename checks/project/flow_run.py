"""Runs one function body once: statements in order, with what each name holds."""

from __future__ import annotations

import ast
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from checks.facts.nodes import expressions
from checks.facts.python import Scope
from checks.project.holds import Holds, join, numbered, path, under
from checks.project.origins import NOTHING, Origins

if TYPE_CHECKING:
    from checks.project.flow import Flows


@dataclass(slots=True, eq=False, repr=False)
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
        run = _STATEMENTS.get(node.__class__)
        if run is not None:
            return run(self, node, holds)
        self._values(node, holds)
        return True

    def _return(self, node: ast.Return, holds: Holds) -> bool:
        if node.value is not None:
            self.returned |= self.value(node.value, holds)
        return False

    def _raise(self, node: ast.Raise, holds: Holds) -> bool:
        self._values(node, holds)
        return False

    def _leave(self, node: ast.stmt, holds: Holds) -> bool:
        return False

    def _if(self, node: ast.If, holds: Holds) -> bool:
        self.value(node.test, holds)
        return self._branches([node.body, node.orelse], holds)

    def _with(self, node: ast.With | ast.AsyncWith, holds: Holds) -> bool:
        for item in node.items:
            held = self.value(item.context_expr, holds)
            if item.optional_vars is not None:
                self._store(item.optional_vars, held, holds)
        return self.block(node.body, holds)

    def _match(self, node: ast.Match, holds: Holds) -> bool:
        self.value(node.subject, holds)
        return self._branches([*(case.body for case in node.cases), []], holds)

    def _define(self, node: ast.stmt, holds: Holds) -> bool:
        return True

    def _assigned(self, node: ast.Assign, holds: Holds) -> bool:
        held = self.value(node.value, holds)
        for target in node.targets:
            self._assign(target, node.value, held, holds)
        return True

    def _annotated(self, node: ast.AnnAssign, holds: Holds) -> bool:
        if node.value is not None:
            self._assign(node.target, node.value, self.value(node.value, holds), holds)
        else:
            self._values(node, holds)
        return True

    def _augmented(self, node: ast.AugAssign, holds: Holds) -> bool:
        held = self.value(node.value, holds) | self.value(node.target, holds)
        self._store(node.target, held, holds)
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
        place = path(target)
        if place is None:
            if isinstance(target, ast.Subscript | ast.Attribute):
                for part in (target.value, getattr(target, "slice", None)):
                    if part is not None:
                        self.value(part, holds)
            return
        holds.pop(place, None)
        if held:
            holds[place] = held

    def _branches(self, bodies: list[list[ast.stmt]], holds: Holds) -> bool:
        ends = []
        for body in bodies:
            branch = dict(holds)
            if self.block(body, branch):
                ends.append(branch)
        holds.clear()
        for branch in ends:
            join(holds, branch)
        return bool(ends)

    def _loop(self, node: ast.While | ast.For | ast.AsyncFor, holds: Holds) -> bool:
        for _ in range(2):
            branch = dict(holds)
            if isinstance(node, ast.While):
                self.value(node.test, branch)
            else:
                self._iterate(node.target, node.iter, branch)
            self.block(node.body, branch)
            join(holds, branch)
        return self.block(node.orelse, holds)

    def _iterate(self, target: ast.expr, through: ast.expr, holds: Holds) -> None:
        self._store(target, self.value(through, holds), holds)
        key = path(numbered(target, through))
        if key in holds:
            holds[key] = frozenset(o for o in holds[key] if o.kind != "password")

    def _try(self, node: ast.Try, holds: Holds) -> bool:
        before = dict(holds)
        went_on = self.block(node.body, holds) and self.block(node.orelse, holds)
        ends = [dict(holds)] if went_on else []
        for handler in node.handlers:
            branch = dict(before)
            join(branch, holds)
            if self.block(handler.body, branch):
                ends.append(branch)
        holds.clear()
        for branch in ends:
            join(holds, branch)
        return self.block(node.finalbody, holds) and bool(ends)

    def _values(self, node: ast.AST, holds: Holds) -> None:
        for child in expressions(node):
            self.value(child, holds)

    # -- expressions --------------------------------------------------------------------

    def value(self, node: ast.expr, holds: Holds) -> Origins:
        """Return what `node` is made from, and keep it."""
        run = _EXPRESSIONS.get(node.__class__, Runner._all)
        held = run(self, node, holds)
        return self.flow.add(node, held) if held else held

    def _nothing(self, node: ast.expr, holds: Holds) -> Origins:
        return NOTHING

    def _compare(self, node: ast.Compare, holds: Holds) -> Origins:
        self._values(node, holds)
        return NOTHING  # a truth value no longer tells the password

    def _if_else(self, node: ast.IfExp, holds: Holds) -> Origins:
        self.value(node.test, holds)
        return self.value(node.body, holds) | self.value(node.orelse, holds)

    def _unary(self, node: ast.UnaryOp, holds: Holds) -> Origins:
        held = self.value(node.operand, holds)
        return NOTHING if isinstance(node.op, ast.Not) else held

    def _walrus(self, node: ast.NamedExpr, holds: Holds) -> Origins:
        held = self.value(node.value, holds)
        self._store(node.target, held, holds)
        return held

    def _all(self, node: ast.AST, holds: Holds) -> Origins:
        held = NOTHING
        for child in expressions(node):
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
        place = path(node)
        if place is not None and place in holds:
            return holds[place]
        entering = self.flows.sources.entering(node, self.scope, inner)
        if entering:
            return entering
        # ``password[:8]`` is still the password; ``user.name`` is not all of the user.
        return under(node.slice, inner) if isinstance(node, ast.Subscript) else NOTHING

    def _comprehension(
        self, node: ast.ListComp | ast.SetComp | ast.GeneratorExp | ast.DictComp, holds: Holds
    ) -> Origins:
        inner = dict(holds)
        for generator in node.generators:
            self._iterate(generator.target, generator.iter, inner)
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
            owner = under(node.args[0], owner)
        return self.flows.calls.result(node, self.scope, owner, given)

    def _updated(self, target: ast.expr, node: ast.Call, given: Origins, holds: Holds) -> None:
        """``digest.update(password)`` makes the hash object hold it."""
        place = path(target)
        made_by = self.flows.names.type_of(target, self.scope)
        held = self.flows.calls.hashed(node, self.scope, made_by, given)
        if place is not None and held:
            holds[place] = holds.get(place, NOTHING) | held

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


_Statement = Callable[[Runner, Any, Holds], bool]
_STATEMENTS: dict[type[ast.AST], _Statement] = {
    ast.Return: Runner._return,
    ast.Raise: Runner._raise,
    ast.Break: Runner._leave,
    ast.Continue: Runner._leave,
    ast.If: Runner._if,
    ast.While: Runner._loop,
    ast.For: Runner._loop,
    ast.AsyncFor: Runner._loop,
    ast.Try: Runner._try,
    ast.TryStar: Runner._try,
    ast.With: Runner._with,
    ast.AsyncWith: Runner._with,
    ast.Match: Runner._match,
    ast.FunctionDef: Runner._define,
    ast.AsyncFunctionDef: Runner._define,
    ast.ClassDef: Runner._define,
    ast.Assign: Runner._assigned,
    ast.AnnAssign: Runner._annotated,
    ast.AugAssign: Runner._augmented,
}
_EXPRESSIONS: dict[type[ast.AST], Callable[[Runner, Any, Holds], Origins]] = {
    ast.Constant: Runner._nothing,
    ast.Lambda: Runner._nothing,
    ast.Call: Runner._call,
    ast.Name: Runner._name,
    ast.Attribute: Runner._part,
    ast.Subscript: Runner._part,
    ast.Compare: Runner._compare,
    ast.IfExp: Runner._if_else,
    ast.UnaryOp: Runner._unary,
    ast.NamedExpr: Runner._walrus,
    ast.ListComp: Runner._comprehension,
    ast.SetComp: Runner._comprehension,
    ast.GeneratorExp: Runner._comprehension,
    ast.DictComp: Runner._comprehension,
}
