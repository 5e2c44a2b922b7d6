"""What expressions are worth while a hostile destination is tried."""

from __future__ import annotations

import ast
import operator
from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING, Any, cast

from checks.facts.python import Scope
from checks.project.destinations import ATTRIBUTES, OWN, leaves
from checks.project.trial_calls import Calls
from checks.project.trial_marks import DOUBTED, MAX_TEXT, UNKNOWN, Decoded, Mark, attempt, literal

if TYPE_CHECKING:
    from checks.project.trial import Path, Trial


_COMPARE: dict[type[ast.cmpop], Callable[[Any, Any], Any]] = {
    ast.Eq: operator.eq, ast.NotEq: operator.ne, ast.Is: operator.is_,
    ast.IsNot: operator.is_not, ast.Lt: operator.lt, ast.LtE: operator.le, ast.Gt: operator.gt,
    ast.GtE: operator.ge, ast.In: lambda a, b: a in b, ast.NotIn: lambda a, b: a not in b,
}  # fmt: skip


class Values:
    """Evaluates the expressions of one function."""

    def __init__(self, trial: Trial, scope: Scope) -> None:
        """Take the trial and the function's scope."""
        self.trial = trial
        self.scope = scope
        self._calls = Calls(trial, scope, self)

    def of(self, node: ast.expr | None, path: Path) -> object:
        """Return what `node` is worth on `path`: a plain value, `UNKNOWN` or `DOUBTED`."""
        if node is None:
            return None
        if isinstance(node, ast.Constant):
            return node.value
        if self.trial.enters(node, self.scope):
            return self.trial.hostile
        method = _METHODS.get(type(node))
        return method(self, node, path) if method is not None else self.any_of_parts(node, path)

    def split(self, test: ast.expr, path: Path) -> tuple[list[Path], list[Path]]:
        """Return the ways on which `test` holds, and those on which it does not."""
        if isinstance(test, ast.UnaryOp) and isinstance(test.op, ast.Not):
            true, false = self.split(test.operand, path)
            return false, true
        if isinstance(test, ast.BoolOp):
            return self._split_many(test, path)
        value = self.of(test, path)
        if value is UNKNOWN:
            return [path], [path.copy()]
        if value is DOUBTED:
            path.trusted = True
            return [path], [path.copy()]
        if self._looks(test, path):
            path.checked = True
        return ([path], []) if value else ([], [path])

    def land(self, node: ast.expr, value: object, path: Path) -> None:
        """Note the redirect to `value` if it leaves the site."""
        from checks.project.trial import Landing

        if isinstance(value, Decoded):
            value = value.hostile  # a token that holds nothing but the address
        if isinstance(value, str) and leaves(value) and not path.trusted:
            self.trial.landings.append(Landing(node, self.scope, path.checked))

    def _split_many(self, test: ast.BoolOp, path: Path) -> tuple[list[Path], list[Path]]:
        done: list[Path] = []
        going = [path]
        is_and = isinstance(test.op, ast.And)
        for value in test.values:
            further: list[Path] = []
            for way in going[:16]:
                true, false = self.split(value, way)
                further += true if is_and else false
                done += false if is_and else true
            going = further
        return (going, done) if is_and else (done, going)

    def _looks(self, test: ast.expr, path: Path) -> bool:
        """Return whether a condition looks at the address, more than whether there is one."""
        if isinstance(test, ast.Compare) and any(
            isinstance(side, ast.Constant) and side.value in (None, "") for side in test.comparators
        ):
            test = test.left
        of_it = isinstance(test, ast.Attribute) and test.attr in ATTRIBUTES
        if not of_it and (
            self.trial.enters(test, self.scope)
            or isinstance(test, ast.Name | ast.Attribute | ast.Subscript)
        ):
            return isinstance(self.of(test, path), bool)
        return any(
            isinstance(part, ast.expr)
            and (self.trial.enters(part, self.scope) or self._held(part, path))
            for part in ast.walk(test)
        )

    def _held(self, node: ast.expr, path: Path) -> bool:
        return isinstance(node, ast.Name) and self.trial.is_hostile(path.names.get(node.id))

    # -- kinds of expressions -------------------------------------------------------------

    def any_of_parts(self, node: ast.expr, path: Path) -> object:
        """Return what an expression is worth of which only the parts are looked at."""
        parts = [
            self.of(child, path)
            for child in ast.iter_child_nodes(node)
            if isinstance(child, ast.expr)
        ]
        return self.unsure(*parts)

    def unsure(self, *parts: object) -> object:
        """Return `DOUBTED` if any of `parts` was made from the address, else `UNKNOWN`."""
        return DOUBTED if any(map(self.trial.is_hostile, parts)) else UNKNOWN

    def _name(self, node: ast.Name, path: Path) -> object:
        if node.id in path.names:
            return path.names[node.id]
        if node.id in self.scope.bindings:
            return UNKNOWN
        return self._global(node)

    def _global(self, node: ast.expr) -> object:
        qualified = self.trial.names.qualified(node, self.scope)
        if qualified in OWN:
            return OWN[qualified]
        if isinstance(node, ast.Name):
            bindings = self.trial.names.bindings(node.id, self.scope)
            if len(bindings) == 1 and bindings[0].kind == "value":
                return literal(bindings[0].value)
        return UNKNOWN

    def _attribute(self, node: ast.Attribute, path: Path) -> object:
        spelled = self.trial.names.spelled(node)
        if spelled in path.names:
            return path.names[spelled]
        owner = self.of(node.value, path)
        if owner is UNKNOWN:
            return self._global(node)
        if owner is DOUBTED:
            return DOUBTED
        if node.attr in ATTRIBUTES and isinstance(owner, tuple):
            return attempt(lambda: getattr(owner, node.attr), self.unsure(owner))
        return self.unsure(owner)

    def _subscript(self, node: ast.Subscript, path: Path) -> object:
        spelled = self.trial.names.spelled(node)
        if spelled in path.names:
            return path.names[spelled]
        owner = self.of(node.value, path)
        if isinstance(owner, Decoded) or self._is_first(node, path):
            return self.trial.hostile
        if not isinstance(owner, str | tuple | list):
            return self.unsure(owner)
        if isinstance(node.slice, ast.Slice):
            ends: list[Any] = [
                self.of(end, path) if end is not None else None
                for end in (node.slice.lower, node.slice.upper, node.slice.step)
            ]
            if any(isinstance(end, Mark) for end in ends):
                return self.unsure(owner)
            return attempt(lambda: owner[slice(*ends)], self.unsure(owner))
        index = self.of(node.slice, path)
        return attempt(lambda: owner[cast(Any, index)], self.unsure(owner))

    def _is_first(self, node: ast.Subscript, path: Path) -> bool:
        """Return whether `node` is the first of what a token holds: ``state["next"][0]``."""
        held = node.value
        if not isinstance(node.slice, ast.Constant) or node.slice.value != 0:
            return False
        inner = held.value if isinstance(held, ast.Subscript) else None
        if isinstance(held, ast.Call) and isinstance(held.func, ast.Attribute):
            inner = held.func.value
        return inner is not None and isinstance(self.of(inner, path), Decoded)

    def _text(self, node: ast.JoinedStr, path: Path) -> object:
        found = ""
        for part in node.values:
            value = self.of(part.value if isinstance(part, ast.FormattedValue) else part, path)
            if value is UNKNOWN and found:
                value = "x"  # what follows the beginning does not change where it leads
            if isinstance(value, Mark):
                return value
            found += str(value)
        return found[:MAX_TEXT]

    def _operation(self, node: ast.BinOp, path: Path) -> object:
        left, right = self.of(node.left, path), self.of(node.right, path)
        if not isinstance(node.op, ast.Add):
            return self.unsure(left, right)
        if isinstance(left, str) and left and right is UNKNOWN:
            right = "x"
        if isinstance(left, str) and isinstance(right, str):
            return (left + right)[:MAX_TEXT]
        return self.unsure(left, right)

    def _bool(self, node: ast.BoolOp, path: Path) -> object:
        ends = isinstance(node.op, ast.Or)
        unsure: list[object] = []
        for value_node in node.values:
            value = self.of(value_node, path)
            if isinstance(value, Mark):
                unsure.append(value)
            elif bool(value) is ends and not (unsure and not ends and value is not False):
                # ``unknown or address`` may be the address; ``unknown and False`` is False.
                if ends and unsure and any(item is DOUBTED for item in unsure):
                    return DOUBTED
                return value
        if unsure:
            return self.unsure(*unsure)
        return value

    def _not(self, node: ast.UnaryOp, path: Path) -> object:
        value = self.of(node.operand, path)
        if isinstance(value, Mark) or not isinstance(node.op, ast.Not):
            return value if isinstance(value, Mark) else self.unsure(value)
        return not value

    def _choice(self, node: ast.IfExp, path: Path) -> object:
        true, false = self.split(node.test, path)
        found = []
        for side, ways in ((node.body, true), (node.orelse, false)):
            for way in ways[:1]:
                value = self.of(side, way)
                path.checked = path.checked or way.checked
                found.append((value, way))
        for value, way in found:
            if isinstance(value, str) and self.trial.is_hostile(value):
                path.trusted = path.trusted or way.trusted
                return value
        if not found:
            return UNKNOWN
        return found[0][0] if len(found) == 1 else self.unsure(*(value for value, _ in found))

    def _compare(self, node: ast.Compare, path: Path) -> object:
        left = self.of(node.left, path)
        result: object = True
        for op, right_node in zip(node.ops, node.comparators, strict=True):
            right = self.of(right_node, path)
            if isinstance(left, Mark) or isinstance(right, Mark):
                return self.unsure(left, right)
            if isinstance(right, tuple | list) and any(isinstance(r, Mark) for r in right):
                return self.unsure(left, right)
            compare = _COMPARE[type(op)]
            result = attempt(partial(compare, left, right), self.unsure(left, right))
            if isinstance(result, Mark) or not result:
                return result
            left = right
        return result

    def _sequence(self, node: ast.Tuple | ast.List | ast.Set, path: Path) -> object:
        return tuple(self.of(element, path) for element in node.elts[:64])

    def _walrus(self, node: ast.NamedExpr, path: Path) -> object:
        value = self.of(node.value, path)
        path.names[node.target.id] = value
        return value


_METHODS: dict[type[ast.AST], Callable[..., object]] = {
    ast.Name: Values._name,
    ast.Attribute: Values._attribute,
    ast.Subscript: Values._subscript,
    ast.JoinedStr: Values._text,
    ast.BinOp: Values._operation,
    ast.BoolOp: Values._bool,
    ast.UnaryOp: Values._not,
    ast.IfExp: Values._choice,
    ast.Compare: Values._compare,
    ast.Tuple: Values._sequence,
    ast.List: Values._sequence,
    ast.Set: Values._sequence,
    ast.NamedExpr: Values._walrus,
    ast.Call: lambda values, node, path: values._calls.of(node, path),
}
