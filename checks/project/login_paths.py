"""The ways through a login function: what is checked, hashed and logged in, and in what order.

The function's statements are followed without running any code, once with the user missing and
once with the user there and every password check failing. A condition about anything else goes
both ways. What happens on each way is kept as `Step`s.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterable
from dataclasses import dataclass, field

from checks.lazy import lazy
from checks.project.answers import MISMATCH, MISSING, Case, subjects_of
from checks.project.login_steps import Known, Step, Way
from checks.project.look_ups import RAISES_404, called, loop_names, stands_in
from checks.project.password_checks import plain

_MAX_PATHS = 48  # ways followed at once
_ENDS = frozenset({"abort", "exit"})
_GIVES_USER = lazy(r"auth|user|login|credentials")  # a check that returns the user, or None
_Truth = bool | None
_Outcome = tuple[_Truth, Way]


def ways(function: ast.AST, known: Known, case: Case) -> list[Way]:
    """Return the ways through `function` in `case`; none where the user cannot be told.

    Args:
        function: a function definition.
        known: its calls.
        case: whether the user is missing or the password wrong.
    """
    found = subjects_of(function, list(known.checks.values()))
    if case == "missing" and (not found or found & loop_names(function)):
        return []
    runner = _Runner(case, known, found)
    ends = runner.block(getattr(function, "body", []), [Way()])
    return list(dict.fromkeys([*runner.done, *ends]))


@dataclass(slots=True, eq=False, repr=False)
class _Runner:
    case: Case
    known: Known
    subjects: set[str]
    done: list[Way] = field(default_factory=list)
    thrown: list[list[tuple[str, Way]]] = field(default_factory=list)

    # -- statements --

    def block(self, body: Iterable[ast.stmt], at: list[Way]) -> list[Way]:
        for statement in body:
            after = (found for way in at for found in self._statement(statement, way))
            at = list(dict.fromkeys(after))[:_MAX_PATHS]
        return at

    def _statement(self, node: ast.stmt, way: Way) -> list[Way]:
        if isinstance(node, ast.If):
            return self._if(node.test, node.body, node.orelse, way)
        if isinstance(node, ast.Return):
            self.done += [w for _, w in self._maybe(node.value, way)]
            return []
        if isinstance(node, ast.Raise):
            for _, thrown in self._maybe(node.exc, way):
                self._throw("other", thrown)
            return []
        if isinstance(node, ast.Try):
            return self._try(node, way)
        if isinstance(node, ast.With | ast.AsyncWith):
            return self.block(node.body, [way])
        if isinstance(node, ast.For | ast.AsyncFor | ast.While):
            return [*self.block(node.body, [way]), way]
        if isinstance(node, ast.Assign | ast.AnnAssign):
            return self._assign(node, way)
        if isinstance(node, ast.Expr):
            left = [w for _, w in self.truth(node.value, way)]
            if called(node.value) in _ENDS:
                self.done += left
                return []
            return left
        if isinstance(node, ast.Assert):
            return [w for truth, w in self.truth(node.test, way) if truth is not False]
        return [] if isinstance(node, ast.Break | ast.Continue) else [way]

    def _maybe(self, node: ast.expr | None, way: Way) -> list[_Outcome]:
        return self.truth(node, way) if node is not None else [(None, way)]

    def _if(
        self, test: ast.expr, body: list[ast.stmt], orelse: list[ast.stmt], way: Way
    ) -> list[Way]:
        true, false = self._sides(test, way)
        return [*self.block(body, true), *self.block(orelse, false)]

    def _sides(self, test: ast.expr, way: Way) -> tuple[list[Way], list[Way]]:
        true: list[Way] = []
        false: list[Way] = []
        for truth, after in self.truth(test, way):
            if truth is None and self._doubtful(test):
                after = after.plus(Step("doubt", test))
            if truth is not False:
                true.append(after)
            if truth is not True:
                false.append(after)
        return true, false

    def _doubtful(self, test: ast.expr) -> bool:
        """Return whether an unknown condition may be a check of its own."""
        return not all(
            re.search(r"form|request|session|remember|next|config|current_app|bool|len", part.id)
            for part in ast.walk(test)
            if isinstance(part, ast.Name)
        ) or any(part in self.known.checks for part in ast.walk(test))

    def _throw(self, why: str, way: Way) -> None:
        if self.thrown:
            self.thrown[-1].append((why, way))
        else:
            self.done.append(way)

    def _try(self, node: ast.Try, way: Way) -> list[Way]:
        missing = self._handler(node, MISSING, ())
        if self.case == "missing" and missing is not None and self._looks_up_in(node.body):
            return self.block([*missing.body, *node.finalbody], [way._replace(missed=True)])
        self.thrown.append([])
        after = self.block([*node.body, *node.orelse], [way])
        for why, thrown in self.thrown.pop():
            handler = self._handler(node, MISMATCH if why == "mismatch" else MISSING, ("",))
            if handler is None:
                self._throw(why, thrown)
            else:
                after += self.block(handler.body, [thrown])
        return self.block(node.finalbody, after)

    def _handler(
        self, node: ast.Try, pattern: re.Pattern[str], otherwise: tuple[str, ...]
    ) -> ast.ExceptHandler | None:
        for handler in node.handlers:
            if handler.type is not None and pattern.search(ast.unparse(handler.type)):
                return handler
        return node.handlers[-1] if otherwise and node.handlers else None

    def _looks_up_in(self, body: list[ast.stmt]) -> bool:
        return any(
            isinstance(part, ast.Assign)
            and any(ast.unparse(target) in self.subjects for target in part.targets)
            for statement in body
            for part in ast.walk(statement)
        )

    def _assign(self, node: ast.Assign | ast.AnnAssign, way: Way) -> list[Way]:
        if node.value is None:
            return [way]
        targets = node.targets if isinstance(node, ast.Assign) else [node.target]
        found = []
        for side, after in self._values(node.value, way):
            for target in targets:
                after = self._bind(target, side, after)
            if self.case == "missing" and called(side) in RAISES_404:
                self.done.append(after._replace(missed=True))
            else:
                found.append(after)
        return found

    def _values(self, value: ast.expr, way: Way) -> list[tuple[ast.expr, Way]]:
        """Return what `value` is on each way: a conditional expression by its sides."""
        if isinstance(value, ast.IfExp):
            true, false = self._sides(value.test, way)
            return [
                *(pair for w in true for pair in self._values(value.body, w)),
                *(pair for w in false for pair in self._values(value.orelse, w)),
            ]
        if isinstance(value, ast.BoolOp) and isinstance(value.op, ast.Or):
            # ``user = find(name) or DUMMY``, ``stored = user and user.password or DUMMY``
            found: list[tuple[ast.expr, Way]] = []
            open_ways = [way]
            for part in value.values:
                after: list[Way] = []
                for each in open_ways:
                    for truth, later in self.truth(part, each):
                        if truth is not False:
                            found.append((part, later))
                        if truth is not True:
                            after.append(later)
                open_ways = after
            return found + [(value.values[-1], each) for each in open_ways]
        return [(value, after) for _, after in self.truth(value, way)]

    def _bind(self, target: ast.expr, value: ast.expr, way: Way) -> Way:
        spelled = ast.unparse(target)
        if spelled in self.subjects:
            if self.case != "missing":
                return way
            if stands_in(value):
                way = way._replace(replaced=way.replaced | {spelled})
            else:
                way = way.plus(Step("look-up", value))._replace(replaced=way.replaced - {spelled})
        held = tuple((name, node) for name, node in way.held if name != spelled)
        return way._replace(held=(*held, (spelled, value)))

    # -- expressions --

    def truth(self, node: ast.expr, way: Way) -> list[_Outcome]:
        """Return what `node` may be worth as a condition, with the way after it."""
        if isinstance(node, ast.BoolOp):
            return self._both(node, way)
        if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.Not):
            return [(None if t is None else not t, w) for t, w in self.truth(node.operand, way)]
        if isinstance(node, ast.NamedExpr):
            if node.target.id in self.subjects:
                inner = [w for _, w in self.truth(node.value, way)]
                return [self._there(node.target, w) for w in inner]
            found = self.truth(node.value, way)
            return [(t, self._bind(node.target, node.value, w)) for t, w in found]
        if isinstance(node, ast.Call):
            return self._call(node, way)
        if isinstance(node, ast.Compare):
            return self._compare(node, way)
        if isinstance(node, ast.Constant):
            return [(bool(node.value), way)]
        if isinstance(node, ast.IfExp):
            true, false = self._sides(node.test, way)
            return [
                *(pair for w in true for pair in self.truth(node.body, w)),
                *(pair for w in false for pair in self.truth(node.orelse, w)),
            ]
        if isinstance(node, ast.Name | ast.Attribute | ast.Subscript):
            return [self._named(node, way)]
        return [(None, after) for after in self._parts(ast.iter_child_nodes(node), way)]

    def _named(self, node: ast.expr, way: Way) -> _Outcome:
        spelled = ast.unparse(node)
        if spelled in self.subjects:
            return self._there(node, way)
        held = dict(way.held).get(spelled)
        if held is not None:
            return self._again(spelled, held, way), way
        return None, way

    def _again(self, name: str, held: ast.expr, way: Way) -> _Truth:
        """Return what `name` is worth that holds `held`, without taking its steps again."""
        others = tuple((known, node) for known, node in way.held if known != name)
        found = {truth for truth, _ in self.truth(held, way._replace(held=others))}
        return found.pop() if len(found) == 1 else None

    def _there(self, node: ast.expr, way: Way) -> _Outcome:
        if self.case == "wrong" or ast.unparse(node) in way.replaced:
            return True, way
        return False, way._replace(missed=True)

    def _both(self, node: ast.BoolOp, way: Way) -> list[_Outcome]:
        ends = isinstance(node.op, ast.Or)  # the value at which it is known
        found: list[_Outcome] = []
        going: list[_Outcome] = [(not ends, way)]
        for value in node.values:
            after: list[_Outcome] = []
            for so_far, each in going:
                for truth, later in self.truth(value, each):
                    if truth is ends:
                        found.append((ends, later))
                    elif truth is None:
                        # Either it ends here, or the next part decides.
                        doubt = Step("doubt", value)
                        later = later.plus(doubt) if self._doubtful(value) else later
                        found.append((ends, later))
                        after.append((so_far, later))
                    else:
                        after.append((so_far, later))
            going = after
        return [*found, *going][: _MAX_PATHS * 2]

    def _call(self, node: ast.Call, way: Way) -> list[_Outcome]:
        if isinstance(node.func, ast.Name) and node.func.id == "bool" and len(node.args) == 1:
            return self.truth(node.args[0], way)
        given = [*node.args, *(keyword.value for keyword in node.keywords)]
        inside = [node.func.value] if isinstance(node.func, ast.Attribute) else []
        found: list[_Outcome] = []
        for after in self._parts([*inside, *given], way):
            check = self.known.checks.get(node)
            if check is not None:
                stored = after.resolve(check.stored)
                step = Step("check", node, stored)
                if self.case == "missing" and self._is_missing(check.stored, after):
                    self._throw("missing", after._replace(missed=True))
                    continue  # None has no such attribute
                if node in self.known.raising:
                    self._throw("mismatch", after.plus(step))
                    continue
                found.append((False, after.plus(step)))
            elif node in self.known.logins:
                found.append((True, after.plus(Step("login", node))))
            elif node in self.known.hashes:
                found.append((None, after.plus(Step("hash", node))))
            else:
                found.append((None, after))
        return found

    def _is_none(self, node: ast.expr, truth: bool, way: Way) -> bool:
        """Return whether `node`, which is worth `truth` as a condition, is None."""
        held = way.resolve(node)
        if ast.unparse(node) in self.subjects:
            return not truth
        if isinstance(held, ast.Constant):
            return held.value is None
        checked = isinstance(held, ast.Call) and held in self.known.checks and called(held)
        return not truth and bool(_GIVES_USER.search(checked or ""))

    def _is_missing(self, node: ast.expr | None, way: Way) -> bool:
        node = plain(node)
        while isinstance(node, ast.Attribute | ast.Subscript):
            node = node.value
            spelled = ast.unparse(node)
            if spelled in self.subjects and spelled not in way.replaced:
                return True
        return False

    def _parts(self, nodes: Iterable[ast.AST], way: Way) -> list[Way]:
        at = [way]
        for node in nodes:
            if isinstance(node, ast.expr) and not isinstance(node, ast.Lambda | ast.Constant):
                at = [after for each in at for _, after in self.truth(node, each)][:_MAX_PATHS]
        return at

    def _compare(self, node: ast.Compare, way: Way) -> list[_Outcome]:
        if node in self.known.checks:
            check = self.known.checks[node]
            if self.case == "missing" and self._is_missing(check.stored, way):
                self._throw("missing", way._replace(missed=True))
                return []
            return [(check.negative, way.plus(Step("check", node, check.stored)))]
        operator, right = node.ops[0], node.comparators[0]
        if isinstance(operator, ast.In | ast.NotIn) and ast.unparse(right) in self.subjects:
            there, after = self._there(right, way)
            return [(there == isinstance(operator, ast.In), after)]
        usual = isinstance(operator, ast.Is | ast.IsNot | ast.Eq | ast.NotEq)
        if len(node.ops) > 1 or not usual or not isinstance(right, ast.Constant):
            return [(None, after) for after in self._parts([node.left, *node.comparators], way)]
        same = isinstance(operator, ast.Is | ast.Eq)
        found: list[_Outcome] = []
        for truth, after in self.truth(node.left, way):
            told = None
            if truth is not None and right.value is None:
                told = self._is_none(node.left, truth, after) == same
            elif truth is not None and isinstance(right.value, bool):
                told = (truth == right.value) == same
            found.append((told, after))
        return found
