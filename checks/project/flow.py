"""Where values go inside a function, and through the project functions it calls.

`Flows.of(function)` runs the function's statements once, in order, with what each name holds,
and keeps for every expression what it was made from (`Origin`). Branches are joined, loops run
twice, calls of project functions are followed with the origins of their arguments. Everything is
bounded: see the constants. What is not understood holds nothing, so rules miss rather than
accuse; functions that were too long to follow are told of.
"""

from __future__ import annotations

import ast

from checks.facts.python import Scope
from checks.project.flow_calls import CallRules
from checks.project.flow_run import Flow, Runner
from checks.project.holds import Holds
from checks.project.origins import NOTHING, Origins
from checks.project.sources import Sources

_MAX_DEPTH = 6  # calls followed from one function
_MAX_CONTEXTS = 8  # different arguments for which one function is run
_MAX_STATEMENTS = 20_000  # statements run for one function, those of its callees included


class Flows:
    """Runs functions on demand and keeps the answers."""

    def __init__(self, sources: Sources) -> None:
        """Take what tells where values enter."""
        self.sources = sources
        self.names = sources.names
        self.calls = CallRules(sources.names)
        self._kept: dict[Scope, Flow] = {}
        self._runs: dict[tuple[Scope, tuple[Origins, ...]], Origins] = {}
        self._contexts: dict[Scope, int] = {}
        self._alike: dict[object, tuple[tuple[Origins, ...], Origins]] = {}
        self._done: set[Scope] = set()
        self._open: list[Scope] = []
        self._left = 0
        self.cut: dict[Scope, str] = {}
        """Functions that were not followed to their end, and of what kind they are."""

    def of(self, function: Scope) -> Flow:
        """Return the flow of a function or of a module's or class's own statements.

        Includes what was seen when other functions called it with known arguments.
        """
        flow = self._kept.setdefault(function, Flow(function))
        if function not in self._done:
            self._done.add(function)
            self._left = _MAX_STATEMENTS
            try:
                self._run(function, flow, [])
                if self._left <= 0:
                    self.cut[function] = f"of over {_MAX_STATEMENTS:,} statements with its calls"
            except RecursionError:
                self._open.clear()  # what was seen so far counts
                self.cut[function] = "with an expression that is nested too deeply"
        return flow

    def seen(self) -> list[Scope]:
        """Return every scope that was run so far, by place."""
        return sorted(self._kept, key=lambda scope: (scope.module.path, scope.spot(scope.node)))

    def call(self, function: Scope, given: dict[int | str, Origins]) -> Origins:
        """Return what `function` returns when called with these argument origins.

        Args:
            function: a project function.
            given: origins by position (``self`` counted) or keyword.
        """
        parameters = function.parameters()
        args = tuple(
            given.get(index, NOTHING) | given.get(arg.arg, NOTHING)
            for index, arg in enumerate(parameters)
        )
        key = (function, args)
        if key in self._runs:
            return self._runs[key]
        used = self._contexts.get(function, 0)
        if function in self._open or len(self._open) >= _MAX_DEPTH:
            return NOTHING
        shape = (function, tuple(bool(held) for held in args))
        if used >= _MAX_CONTEXTS:
            return _as_before(args, self._alike.get(shape))
        self._contexts[function] = used + 1
        flow = self._kept.setdefault(function, Flow(function))
        self._runs[key] = NOTHING
        self._runs[key] = self._run(function, flow, list(args))
        self._alike[shape] = (args, self._runs[key])
        return self._runs[key]

    def _run(self, function: Scope, flow: Flow, args: list[Origins]) -> Origins:
        holds: Holds = {}
        for index, arg in enumerate(function.parameters()):
            brought = args[index] if index < len(args) else NOTHING
            found = brought or self.sources.parameter(arg, function)
            if found:
                holds[arg.arg] = found
        self._open.append(function)
        try:
            runner = Runner(self, flow, function)
            if isinstance(function.node, ast.Lambda):
                runner.returned = runner.value(function.node.body, holds)
            else:
                runner.block(function.body, holds)
        finally:
            self._open.pop()
        flow.returned |= runner.returned
        return runner.returned

    def spend(self) -> bool:
        """Take one statement from what is left to run; False when nothing is left."""
        self._left -= 1
        return self._left > 0


def _as_before(
    args: tuple[Origins, ...], earlier: tuple[tuple[Origins, ...], Origins] | None
) -> Origins:
    """Return what a function returns for `args`, by an earlier call that filled the same ones.

    What it handed on then, it hands on now: a helper such as ``to_bytes`` is called everywhere.
    """
    if earlier is None:
        return NOTHING
    before, returned = earlier
    found = set(returned.difference(*before))
    for held, old in zip(args, before, strict=True):
        if old & returned:
            found |= held
    return frozenset(found)
