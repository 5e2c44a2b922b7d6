"""Tries hostile destinations on the app's code: what passes its checks and is redirected to.

A function is interpreted, never run: its statements are followed with one request field worth a
hostile address, and everything that is not known stays unknown. Only pure functions of Python's
own library are evaluated, on short texts. A condition that is unknown and has to do with the
field is trusted: a check that we cannot follow is never called broken.
"""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

from checks.facts.python import Scope
from checks.project.destinations import leaves
from checks.project.resolved import Resolved
from checks.project.trial_marks import DOUBTED, UNKNOWN
from checks.project.trial_values import Values
from checks.records import NamedTuple

_MAX_STEPS = 4_000  # statements interpreted for one address in one function
_MAX_PATHS = 64  # ways followed at once
_MAX_ROUNDS = 8  # rounds of a loop
_MAX_DEPTH = 5  # project functions called inside one another


@dataclass(slots=True, eq=False, repr=False)
class Path:
    """One way through a function."""

    names: dict[str, object] = field(default_factory=dict)
    checked: bool = False
    """Whether a condition has looked at the hostile address and let it pass."""
    trusted: bool = False
    """Whether a condition that we cannot follow has looked at it."""
    failed: bool = False
    """Whether it ends in an exception: ``url_for`` knows no address as the name of a page."""

    def copy(self) -> Path:
        """Return a path that may go another way."""
        return Path(dict(self.names), self.checked, self.trusted, self.failed)


class Landing(NamedTuple):
    """A redirect that a hostile address reached."""

    node: ast.expr
    """The destination."""
    scope: Scope
    checked: bool
    """Whether something looked at the address before."""


class Trial:
    """Interprets one function with one hostile address."""

    def __init__(
        self,
        names: Resolved,
        enters: Callable[[ast.expr, Scope], bool],
        reads: Callable[[Scope], bool],
        hostile: str,
        *,
        signed: bool = False,
    ) -> None:
        """Take what is needed to interpret.

        `landings` gets the redirects that the address reached, `stored` the keys of the session
        that it was put under.

        Args:
            names: the project's names, each looked up once.
            enters: says whether an expression is the request field that is tried.
            reads: says whether a function, or what it calls, reads that field.
            hostile: the address it is worth.
            signed: whether a token that the app has signed may hold that address.
        """
        self.names = names
        self.enters = enters
        self.reads = reads
        self.hostile = hostile
        self.signed = signed
        self.landings: list[Landing] = []
        self.stored: set[str] = set()
        self._steps = 0
        self._depth = 0

    def run(self, function: Scope) -> list[Landing]:
        """Return where `function`, called by Flask, redirects to the hostile address."""
        self._steps = _MAX_STEPS
        self._call(function, {}, Path())
        return self.landings

    def call(self, function: Scope, given: dict[str, object], path: Path) -> object:
        """Return what `function` returns; notes on `path` whether the address was looked at."""
        hostile = any(map(self.is_hostile, given.values()))
        if self._depth >= _MAX_DEPTH or self._steps <= 0:
            return DOUBTED if hostile else UNKNOWN
        if not self._certain(given.values()) and not self.reads(function):
            return DOUBTED if hostile else UNKNOWN  # the address as it is cannot get in there
        return self._call(function, given, path)

    def keep(self, key: str, value: object, path: Path) -> None:
        """Note that `value` is put into the session under `key`, or into a signed token."""
        if isinstance(value, str) and leaves(value) and not path.trusted:
            self.stored.add(key)

    def is_hostile(self, value: object) -> bool:
        """Return whether `value` was made from the hostile address."""
        if value is DOUBTED:
            return True
        if isinstance(value, tuple | list):
            return any(map(self.is_hostile, value))
        return isinstance(value, str) and "evil" in value.lower()

    def _certain(self, values: Iterable[object]) -> bool:
        """Return whether the hostile address is among `values`, and not only what hides it."""
        return any(
            self._certain(value)
            if isinstance(value, tuple | list)
            else self.is_hostile(value) and value is not DOUBTED
            for value in values
        )

    def _call(self, function: Scope, given: dict[str, object], path: Path) -> object:
        self._depth += 1
        runner = _Body(self, function)
        start = Path(dict.fromkeys(function.bindings, UNKNOWN) | given)
        start.checked, start.trusted = path.checked, path.trusted
        try:
            if isinstance(function.node, ast.Lambda):
                return runner.values.of(function.node.body, start)
            for end in runner.block(function.body, [start]):
                runner.returned.append((None, end))
        finally:
            self._depth -= 1
        return _merged(runner.returned, path, self)

    def spend(self) -> bool:
        """Take one step; False when there is none left."""
        self._steps -= 1
        return self._steps > 0


def _merged(returned: list[tuple[object, Path]], path: Path, trial: Trial) -> object:
    """Return what a called function gives back over all its ways.

    A way that gives the address back wins: what matters is that it may pass.
    """
    if not returned:
        return UNKNOWN
    best = min(returned, key=lambda item: (item[1].trusted, _how_plain(item[0], trial)))
    values = {repr(value) for value, _ in returned}
    path.checked = path.checked or any(end.checked for _, end in returned)
    if len(values) == 1:
        path.trusted = path.trusted or all(end.trusted for _, end in returned)
        return returned[0][0]
    if isinstance(best[0], str) and trial.is_hostile(best[0]):
        path.trusted = path.trusted or best[1].trusted
        return best[0]
    truths = {value for value, _ in returned if isinstance(value, bool)}
    if len(truths) == 2 or any(value is DOUBTED for value, _ in returned):
        return DOUBTED
    return best[0] if not best[1].trusted else DOUBTED


def _how_plain(value: object, trial: Trial) -> int:
    """Return 0 for the address itself, 1 for what may be made from it, 2 for anything else."""
    if not trial.is_hostile(value):
        return 2
    return 0 if isinstance(value, str) else 1


class _Body:
    """Interprets one body."""

    def __init__(self, trial: Trial, scope: Scope) -> None:
        self.trial = trial
        self.scope = scope
        self.values = Values(trial, scope)
        self.returned: list[tuple[object, Path]] = []

    def block(self, body: list[ast.stmt], paths: list[Path]) -> list[Path]:
        for statement in body:
            after: list[Path] = []
            for path in paths[:_MAX_PATHS]:
                if not self.trial.spend():
                    return []
                after += self._statement(statement, path)
            paths = [path for path in after if not path.failed]
        return paths

    def _statement(self, node: ast.stmt, path: Path) -> list[Path]:
        if isinstance(node, ast.If):
            return self._if(node, path)
        if isinstance(node, ast.Return):
            self._return(node, path)
            return []
        if isinstance(node, ast.Assign | ast.AnnAssign | ast.AugAssign):
            self._assign(node, path)
        elif isinstance(node, ast.Expr):
            self.values.of(node.value, path)
            if _aborts(node.value):
                return []
        elif isinstance(node, ast.Assert):
            return self.values.split(node.test, path)[0]
        elif isinstance(node, ast.Raise | ast.Break | ast.Continue):
            return []
        elif isinstance(node, ast.With | ast.AsyncWith):
            return self.block(node.body, [path])
        elif isinstance(node, ast.Try):
            return self._try(node, path)
        elif isinstance(node, ast.For | ast.AsyncFor | ast.While):
            return self._loop(node, path)
        return [path]

    def _if(self, node: ast.If, path: Path) -> list[Path]:
        true, false = self.values.split(node.test, path)
        return [*self.block(node.body, true), *self.block(node.orelse, false)]

    def _return(self, node: ast.Return, path: Path) -> None:
        value = node.value
        if isinstance(value, ast.IfExp):
            for side, ways in zip(
                (value.body, value.orelse), self.values.split(value.test, path), strict=True
            ):
                for way in ways:
                    self.returned.append((self.values.of(side, way), way))
            return
        found = self.values.of(value, path)
        if not path.failed:
            self.returned.append((found, path))

    def _assign(self, node: ast.Assign | ast.AnnAssign | ast.AugAssign, path: Path) -> None:
        if node.value is None:
            return
        value = self.values.of(node.value, path)
        if isinstance(node, ast.AugAssign):
            value = DOUBTED if self.trial.is_hostile(value) else UNKNOWN
        for target in node.targets if isinstance(node, ast.Assign) else [node.target]:
            self._store(target, value, path)
            if _is_location(target):
                self.values.land(node.value, value, path)
            key = session_key(target, self.scope, self.trial.names)
            if key:
                self.trial.keep(key, value, path)

    def _store(self, target: ast.expr, value: object, path: Path) -> None:
        if isinstance(target, ast.Name):
            path.names[target.id] = value
        elif isinstance(target, ast.Tuple | ast.List):
            parts: list[object] = [UNKNOWN] * len(target.elts)
            if isinstance(value, tuple | list) and len(value) == len(parts):
                parts = list(value)
            for element, part in zip(target.elts, parts, strict=True):
                self._store(element, part, path)
        elif not self._store_part(target, value, path) and isinstance(
            target, ast.Attribute | ast.Subscript
        ):
            path.names[self.trial.names.spelled(target)] = value

    def _store_part(self, target: ast.expr, value: object, path: Path) -> bool:
        """Put `value` into a list that is known: ``parts[1] = ""``."""
        if not isinstance(target, ast.Subscript) or not isinstance(target.value, ast.Name):
            return False
        held, index = path.names.get(target.value.id), target.slice
        if not isinstance(held, list) or not isinstance(index, ast.Constant):
            return False
        if not isinstance(index.value, int) or not -len(held) <= index.value < len(held):
            return False
        changed = list(held)  # other paths keep theirs
        changed[index.value] = value
        path.names[target.value.id] = changed
        return True

    def _try(self, node: ast.Try, path: Path) -> list[Path]:
        before = path.copy()
        ends = self.block([*node.body, *node.orelse], [path])
        for handler in node.handlers:
            ends += self.block(handler.body, [before.copy()])
        return self.block(node.finalbody, ends)

    def _loop(self, node: ast.For | ast.AsyncFor | ast.While, path: Path) -> list[Path]:
        if isinstance(node, ast.While):
            inside, left = self.values.split(node.test, path)
            # ``while next.startswith("/"): next = next[1:]`` runs until it stops; what goes on
            # for longer than any address is long never comes out.
            for _ in range(_MAX_ROUNDS):
                inside = self.block(node.body, inside)
                going = [self.values.split(node.test, way) for way in inside]
                left += [way for _, false in going for way in false]
                inside = [way for true, _ in going for way in true][:_MAX_PATHS]
            return self.block(node.orelse, left)
        skipped = path.copy()
        items = self.values.of(node.iter, path)
        if isinstance(items, tuple | list) and len(items) <= 8:
            ways = [path]
            for item in items:
                for way in ways:
                    self._store(node.target, item, way)
                ways = self.block(node.body, ways)
            return ways
        self._store(node.target, DOUBTED if self.trial.is_hostile(items) else UNKNOWN, path)
        return [*self.block(node.body, [path]), skipped]


def session_key(node: ast.expr, scope: Scope, names: Resolved) -> str:
    """Return the literal key of ``session["key"]`` or ``session.get("key")``, or ``""``."""
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.args:
        owner, key = node.func.value, node.args[0]
        if node.func.attr not in ("get", "pop"):
            return ""
    elif isinstance(node, ast.Subscript):
        owner, key = node.value, node.slice
    else:
        return ""
    if not isinstance(key, ast.Constant) or not isinstance(key.value, str):
        return ""
    return key.value if names.qualified(owner, scope) == "flask.session" else ""


def _aborts(node: ast.expr) -> bool:
    if not isinstance(node, ast.Call):
        return False
    name = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
    return name in ("abort", "exit")


def _is_location(target: ast.expr) -> bool:
    """Return whether assigning to `target` sets a response's ``Location``."""
    if isinstance(target, ast.Attribute):
        return target.attr == "location"
    return (
        isinstance(target, ast.Subscript)
        and isinstance(target.slice, ast.Constant)
        and str(target.slice.value).lower() == "location"
        and "headers" in ast.unparse(target.value)
    )
