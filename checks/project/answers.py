"""What a login function answers if there is no such user, and if the password is wrong.

The function's statements are run twice without running any code: once with the user missing,
once with the user there and every password check failing. Conditions about anything else take
both ways. What each way flashes, returns or raises is kept.
"""

from __future__ import annotations

import ast
from collections.abc import Iterable
from typing import Literal

from checks.lazy import lazy
from checks.project.directory_users import guarding
from checks.project.password_checks import PasswordCheck, last_name, plain
from checks.project.said import is_bool, texts_in
from checks.project.words import is_password_name
from checks.records import NamedTuple

Case = Literal["missing", "wrong"]

_MAX_STATES = 32  # ways through a function that are followed at once
_RAISES_404 = frozenset({"first_or_404", "get_or_404", "one_or_404"})
# How exceptions are called that mean no such user, or a wrong password.
MISSING = lazy(r"DoesNotExist|NoResult|NotFound|KeyError|LookupError|UnknownUser|NoSuchUser")
MISMATCH = lazy(r"Mismatch|Verif|InvalidHash|InvalidPassword|BadPassword|WrongPassword")


class Answer(NamedTuple):
    """What one way through the function says."""

    key: str
    """All of it as text; two answers with one key cannot be told apart."""
    texts: tuple[str, ...]
    """The sentences in it."""
    node: ast.AST
    """Where it is said: the last message, else the statement that ends the function."""


class _State(NamedTuple):
    names: tuple[tuple[str, ast.expr], ...] = ()
    said: tuple[str, ...] = ()
    node: ast.AST | None = None
    decided: bool = False

    def known(self) -> dict[str, ast.expr]:
        return dict(self.names)

    def with_name(self, name: str, value: ast.expr | None) -> _State:
        kept = tuple((known, held) for known, held in self.names if known != name)
        return self._replace(names=kept if value is None else (*kept, (name, value)))


def answers(function: ast.AST, checks: Iterable[PasswordCheck], case: Case) -> list[Answer]:
    """Return the answers of `function` in `case`, each once; none where they cannot be told.

    Args:
        function: a function definition.
        checks: the password checks that stand in it.
        case: whether the user is missing or the password wrong.
    """
    given = list(checks)
    subjects = subjects_of(function, given)
    if not subjects:
        return []
    runner = _Runner(case, {check.node: check for check in given}, subjects)
    body: list[ast.stmt] = getattr(function, "body", [])
    for state in runner.block(body, [_State()]):
        runner.finish(state, None, body[-1])
    return list({answer.key: answer for answer in runner.done}.values())


def subjects_of(function: ast.AST, checks: list[PasswordCheck]) -> set[str]:
    """Return how the function spells the user: ``user``, ``self.user``, ``row``."""
    found: set[str] = set()
    for check in checks:
        node = plain(check.stored)
        while isinstance(node, ast.Attribute | ast.Subscript):
            found.add(ast.unparse(node))
            node = node.value
        if isinstance(node, ast.Name) and node.id != "self":
            found.add(node.id)
    if not found:
        found = set(guarding(function, {check.node for check in checks}))
    # ``stored = user.password`` or ``user = users[name]`` leads to the user behind it.
    for _ in range(2):
        for statement in ast.walk(function):
            if not isinstance(statement, ast.Assign) or len(statement.targets) > 1:
                continue
            if ast.unparse(statement.targets[0]) in found:
                for value in _sides(statement.value):
                    found |= _owners(plain(value) or value)
    return {spelled for spelled in found if spelled.split(".")[0].split("[")[0] not in _NO_USERS}


_TELLING = (
    ast.Constant, ast.JoinedStr, ast.BoolOp, ast.UnaryOp, ast.Compare, ast.Dict, ast.Tuple,
)  # fmt: skip
# The user may be ``self.user``, but not ``self`` alone.
_NO_USERS = frozenset({"cls", "form", "request", "session", "app", "current_app", "config"})


def _sides(value: ast.expr) -> list[ast.expr]:
    """Return what a conditional expression, or ``a or b``, may give."""
    if isinstance(value, ast.IfExp):
        return [*_sides(value.body), *_sides(value.orelse)]
    if isinstance(value, ast.BoolOp):
        return [side for part in value.values for side in _sides(part)]
    return [value]


def _owners(value: ast.expr) -> set[str]:
    """Return what ``a.b.c`` is an attribute of: ``a.b`` and ``a``."""
    found: set[str] = set()
    while isinstance(value, ast.Attribute | ast.Subscript):
        value = value.value
        if isinstance(value, ast.Name | ast.Attribute):
            found.add(ast.unparse(value))
    return found - {"self"}


class _Runner:
    """Runs one function in one case."""

    def __init__(
        self, case: Case, checks: dict[ast.Call | ast.Compare, PasswordCheck], subjects: set[str]
    ) -> None:
        self.case = case
        self.checks = checks
        self.subjects = subjects
        self.done: list[Answer] = []

    def block(self, body: list[ast.stmt], states: list[_State]) -> list[_State]:
        for statement in body:
            if not states:
                break
            states = self._some(
                after for state in states for after in self._statement(statement, state)
            )
        return states

    def _some(self, states: Iterable[_State]) -> list[_State]:
        return list(dict.fromkeys(states))[:_MAX_STATES]

    def finish(self, state: _State, value: ast.expr | None, node: ast.AST) -> None:
        if not state.decided:
            return
        words = ast.unparse(value) if value is not None else ""
        texts = texts_in(value, state.known())
        key = "\n".join((*state.said, words, *texts))
        self.done.append(Answer(key, (*state.said, *texts), state.node or node))

    def _statement(self, node: ast.stmt, state: _State) -> list[_State]:
        if isinstance(node, ast.If):
            return self._if(node, state)
        if isinstance(node, ast.Return):
            self._branch_value(node.value, state, node)
            return []
        if isinstance(node, ast.Raise):
            self.finish(state, node.exc, node)
            return []
        if isinstance(node, ast.Try):
            return self._try(node, state)
        if isinstance(node, ast.With | ast.AsyncWith):
            return self.block(node.body, [state])
        if isinstance(node, ast.For | ast.AsyncFor | ast.While):
            return self._some([*self.block(node.body, [state]), state])
        if isinstance(node, ast.Assign | ast.AnnAssign):
            return self._assign(node, state)
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Call):
            return self._call(node.value, state)
        return [] if isinstance(node, ast.Break | ast.Continue) else [state]

    def _branch_value(self, value: ast.expr | None, state: _State, node: ast.AST) -> None:
        """Finish with ``return a if user else b`` by the side that is taken."""
        while isinstance(value, ast.IfExp):
            truth, decided = self._truth(value.test, state)
            if truth is None:
                break
            state = state._replace(decided=state.decided or decided)
            value = value.body if truth else value.orelse
        self.finish(state, value, node)

    def _if(self, node: ast.If, state: _State) -> list[_State]:
        truth, decided = self._truth(node.test, state)
        state = state._replace(decided=state.decided or decided)
        after: list[_State] = []
        if truth is not False:
            after += self.block(node.body, [state])
        if truth is not True:
            after += self.block(node.orelse, [state])
        return self._some(after)

    def _try(self, node: ast.Try, state: _State) -> list[_State]:
        pattern = MISSING if self.case == "missing" else MISMATCH
        handler = next(
            (
                h
                for h in node.handlers
                if h.type is not None and pattern.search(ast.unparse(h.type))
            ),
            None,
        )
        if handler is not None and self._happens_in(node.body):
            state = state._replace(decided=True)
            return self.block([*handler.body, *node.finalbody], [state])
        return self.block([*node.body, *node.orelse, *node.finalbody], [state])

    def _happens_in(self, body: list[ast.stmt]) -> bool:
        """Return whether the look-up, or the password check, stands in `body`."""
        for statement in body:
            for part in ast.walk(statement):
                if self.case == "wrong" and part in self.checks:
                    return True
                looks_up = self.case == "missing" and isinstance(part, ast.Assign)
                targets = part.targets if looks_up and isinstance(part, ast.Assign) else []
                if any(ast.unparse(target) in self.subjects for target in targets):
                    return True
        return False

    def _assign(self, node: ast.Assign | ast.AnnAssign, state: _State) -> list[_State]:
        value = node.value
        if value is None:
            return [state]
        targets = node.targets if isinstance(node, ast.Assign) else [node.target]
        for target in targets:
            spelled = ast.unparse(target)
            if spelled in self.subjects:
                name = getattr(getattr(value, "func", None), "attr", "")
                if self.case == "missing" and name in _RAISES_404:
                    self.finish(state._replace(decided=True), value, node)
                    return []
            elif isinstance(target, ast.Name):
                state = state.with_name(target.id, self._held(value, state))
            elif isinstance(target, ast.Tuple):
                held = state.known().get(ast.unparse(value), value)
                if isinstance(held, ast.Tuple):  # ``status, message = result``
                    for name, part in zip(target.elts, held.elts, strict=False):
                        state = state.with_name(ast.unparse(name), part)
            elif isinstance(value, ast.Constant | ast.JoinedStr) and not is_password_name(
                last_name(target)
            ):
                # ``errors["name"] = "..."``, ``self.error = "..."``
                state = self._say(state, texts_in(value, state.known()), node)
        return [state]

    def _held(self, value: ast.expr, state: _State) -> ast.expr | None:
        """Return what a variable may tell from then on: a text, a truth, or None for neither."""
        if isinstance(value, _TELLING):
            return value
        if not isinstance(value, ast.Call):
            return None
        if value in self.checks or texts_in(value, {}) or is_bool(value):
            return value
        said = texts_in(value, state.known())  # ``response = jsonify(message)``
        return ast.Constant(" ".join(said)) if said else None

    def _call(self, call: ast.Call, state: _State) -> list[_State]:
        func = call.func
        name = func.attr if isinstance(func, ast.Attribute) else getattr(func, "id", "")
        if name == "abort":
            self.finish(state, call, call)
            return []
        if name in ("flash", "add_error", "flash_error") or (
            name in ("append", "extend") and "error" in ast.unparse(func).lower()
        ):
            return [self._say(state, texts_in(call, state.known()), call)]
        return [state]

    def _say(self, state: _State, texts: tuple[str, ...], node: ast.AST) -> _State:
        return state._replace(said=(*state.said, *texts), node=node) if texts else state

    # -- conditions: (true, false or unknown; whether it was about the user or the password) --

    def _truth(self, node: ast.expr, state: _State) -> tuple[bool | None, bool]:
        check = self.checks.get(node) if isinstance(node, ast.Call | ast.Compare) else None
        if check is not None:
            known = self.case == "wrong"
            return (check.negative if known else None), known
        if isinstance(node, ast.BoolOp):
            return self._both(node, state)
        if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.Not):
            truth, decided = self._truth(node.operand, state)
            return (None if truth is None else not truth), decided
        if isinstance(node, ast.NamedExpr):
            if node.target.id in self.subjects:
                return self._there()
            return self._truth(node.value, state)
        if isinstance(node, ast.Compare) and len(node.ops) == 1:
            return self._comparison(node, state)
        if isinstance(node, ast.Name | ast.Attribute | ast.Subscript):
            if ast.unparse(node) in self.subjects:
                return self._there()
            held = state.known().get(node.id) if isinstance(node, ast.Name) else None
            if held is not None and not isinstance(held, ast.Name):
                return self._truth(held, state)
        if isinstance(node, ast.Call) and is_bool(node):
            return self._truth(node.args[0], state)
        if isinstance(node, ast.Constant):
            return bool(node.value), False
        return None, False

    def _there(self) -> tuple[bool, bool]:
        return self.case == "wrong", self.case == "missing"

    def _both(self, node: ast.BoolOp, state: _State) -> tuple[bool | None, bool]:
        ends = isinstance(node.op, ast.Or)  # the value at which it is known
        unsure = decided = False
        for value in node.values:
            truth, about = self._truth(value, state)
            decided = decided or about
            if truth is ends:
                return ends, decided
            unsure = unsure or truth is None
        return (None if unsure else not ends), decided

    def _comparison(self, node: ast.Compare, state: _State) -> tuple[bool | None, bool]:
        operator, right = node.ops[0], node.comparators[0]
        if isinstance(operator, ast.In | ast.NotIn) and ast.unparse(right) in self.subjects:
            there, decided = self._there()
            return there == isinstance(operator, ast.In), decided
        if not isinstance(right, ast.Constant) or not isinstance(
            operator, ast.Is | ast.IsNot | ast.Eq | ast.NotEq
        ):
            return None, False
        same = isinstance(operator, ast.Is | ast.Eq)
        truth, decided = self._truth(node.left, state)
        if truth is None:
            return None, decided
        if right.value is None:
            # Only a user that is missing is None; a check answers True or False.
            is_none = not truth if ast.unparse(node.left) in self.subjects else False
            return is_none == same, decided
        if isinstance(right.value, bool):
            return (truth == right.value) == same, decided
        return None, decided
