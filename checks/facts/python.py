"""One Python file: parsed once, walked once, kept as scopes with what rules ask for.

Rules never walk a whole tree. They ask scopes for their calls, assignments, comparisons and
returns, and look only at the expressions they are handed.
"""

from __future__ import annotations

import ast
import re
import sys
from bisect import bisect_right
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Literal

from checks.facts.filled_in import filled_in
from checks.facts.source import Source, Spot
from checks.facts.starts import starts

FunctionNode = ast.FunctionDef | ast.AsyncFunctionDef
_FEW = 10  # places in a file whose lines are counted; for more it is cut into lines first
_OPENS = frozenset({ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef})


@dataclass(slots=True, eq=False, repr=False)
class Binding:
    """One place that gives a name its meaning within a scope."""

    kind: Literal["import", "def", "class", "value", "unpack", "param", "loop", "with"]
    node: ast.AST
    """The statement, or the `ast.arg` of a parameter."""
    value: ast.expr | None = None
    """What is assigned, iterated or entered; the default of a parameter."""
    target: str = ""
    """For an import: the dotted name, with leading dots where it is relative."""
    scope: Scope | None = None
    """For ``def`` and ``class``: the scope it opens."""
    index: int = 0
    """For ``unpack``: the position in the tuple. For ``param``: the position in the call."""


@dataclass(slots=True, eq=False, repr=False)
class Assignment:
    """``target = value``, annotated and augmented assignments included, one per target."""

    target: ast.expr
    value: ast.expr
    node: ast.stmt | ast.NamedExpr
    augmented: bool = False


@dataclass(slots=True, eq=False, repr=False)
class Scope:
    """A module, class or function body, without the functions and classes inside it.

    Lists are in source order.
    """

    kind: Literal["module", "class", "function"]
    name: str
    node: ast.Module | ast.ClassDef | FunctionNode | ast.Lambda
    module: Module
    parent: Scope | None = None
    bindings: dict[str, list[Binding]] = field(default_factory=dict)
    calls: list[ast.Call] = field(default_factory=list)
    assignments: list[Assignment] = field(default_factory=list)
    comparisons: list[ast.Compare] = field(default_factory=list)
    returns: list[ast.Return] = field(default_factory=list)
    raises: list[ast.Raise] = field(default_factory=list)
    children: list[Scope] = field(default_factory=list)
    globals: set[str] = field(default_factory=set)

    @property
    def qualname(self) -> str:
        """The dotted name inside the module, ``""`` for the module itself."""
        if self.parent is None:
            return ""
        outer = self.parent.qualname
        return f"{outer}.{self.name}" if outer else self.name

    @property
    def full_name(self) -> str:
        """The dotted name with the module's."""
        inner = self.qualname
        return f"{self.module.name}.{inner}" if inner else self.module.name

    @property
    def bases(self) -> list[ast.expr]:
        """What a class is derived from."""
        return getattr(self.node, "bases", [])

    @property
    def first_line(self) -> int:
        """The line of the first decorator, or of the definition; 0 for a module."""
        lines: list[int] = [each.lineno for each in self.decorators]
        return min(getattr(self.node, "lineno", 0), *lines, sys.maxsize)

    @property
    def is_parsed(self) -> bool:
        """Whether anybody asked for what is in it, if it was left."""
        return True

    def methods(self) -> list[str]:
        """Return the names of the methods of a class that was left, before anybody parses it."""
        return []

    def may_say(self, word: str) -> bool:
        """Return whether `word` may stand in it; told without parsing what was left."""
        return True

    @property
    def decorators(self) -> list[ast.expr]:
        """Decorators, top first; none for a module."""
        return getattr(self.node, "decorator_list", [])

    @property
    def body(self) -> list[ast.stmt]:
        """The statements; a lambda has none."""
        body = self.node.body
        return body if isinstance(body, list) else []

    @property
    def enclosing_class(self) -> Scope | None:
        """The class whose method this is."""
        return self.parent if self.parent is not None and self.parent.kind == "class" else None

    def parameters(self) -> list[ast.arg]:
        """Return every parameter in the order of a call, keyword-only and starred ones last."""
        args = getattr(self.node, "args", None)
        if args is None:
            return []
        found = [*args.posonlyargs, *args.args, *args.kwonlyargs]
        return found + [a for a in (args.vararg, args.kwarg) if a is not None]

    def within(self) -> Iterator[Scope]:
        """Yield this scope and everything nested in it."""
        stack = [self]
        while stack:
            scope = stack.pop()
            yield scope
            stack.extend(reversed(scope.children))

    def spot(self, node: ast.AST | None = None) -> Spot:
        """Return where `node`, or the scope's own name line, stands."""
        if node is not None:
            return self.module.source.spot(node)
        if isinstance(self.node, ast.Module):
            return self.module.source.line_spot(1)
        return self.module.source.line_spot(getattr(self.node, "lineno", 1))


@dataclass(slots=True, eq=False, repr=False)
class Module:
    """A parsed Python file."""

    source: Source
    name: str
    """Dotted path from the audit's root; an ``__init__.py`` has its folder's."""
    is_package: bool
    sample_of: str = field(default="", init=False)
    """The path of the missing file that it is to be copied to: see `config_samples`."""
    top: Scope = field(init=False)
    scopes: list[Scope] = field(default_factory=list)
    """Every scope, the module's own first, in source order."""
    stars: list[str] = field(default_factory=list)
    """Modules that ``from x import *`` names, with leading dots where relative."""
    called: dict[str, list[tuple[ast.Call, Scope]]] = field(default_factory=dict)
    """Every call with its scope, by the last part of the name that is called, ``""`` for none."""
    aliases: dict[str, list[str]] = field(default_factory=dict)
    """Other names that imports and assignments give to what is called so."""
    left: list[Scope] = field(default_factory=list)
    """Functions and classes of the file that are in no other list: see `checks.facts.left`."""
    unread: list[tuple[str, int]] = field(default_factory=list)
    """Names and lines of those that turned out to be no Python."""
    _parents: dict[ast.AST, ast.AST] = field(default_factory=dict)
    _looked_into: set[Scope] = field(default_factory=set)
    _all_parents: bool = False
    _lines: tuple[list[int], list[Scope]] | None = None

    @property
    def path(self) -> str:
        """Relative to the audit's root, with ``/``."""
        return self.source.path

    def parent(self, node: ast.AST) -> ast.AST | None:
        """Return what `node` stands in; None for the file itself and for nodes of other files.

        Worked out when first asked, for one scope at a time: few are asked about.
        """
        if node not in self._parents and node is not self.top.node:
            around = self._around(node)
            if around is not None and around not in self._looked_into:
                self._looked_into.add(around)
                self._note_parents(around.node, whole=False)
            if node not in self._parents and not self._all_parents:
                self._all_parents = True
                self._note_parents(self.top.node, whole=True)
        return self._parents.get(node)

    def _around(self, node: ast.AST) -> Scope | None:
        """Return the scope whose lines `node` stands in."""
        line = getattr(node, "lineno", None)
        if line is None:
            return None
        starts, owners = self._owners
        scope = owners[bisect_right(starts, line) - 1]
        return scope.parent if scope.node is node else scope

    def _note_parents(self, start: ast.AST, *, whole: bool) -> None:
        parents = self._parents
        waiting = [start]
        pop, push = waiting.pop, waiting.append
        while waiting:
            node = pop()
            if not whole and node.__class__ in _OPENS and node is not start:
                continue
            # Half the time of ast.iter_child_nodes. Other tools, bandit for one, note things
            # of their own on nodes, also on those that Python shares between all trees.
            for name, child in node.__dict__.items():
                if child.__class__ is list:
                    for one in child:
                        if isinstance(one, ast.AST):
                            parents[one] = node
                            push(one)
                elif isinstance(child, ast.AST) and name[0] != "_":
                    parents[child] = node
                    push(child)

    @property
    def _owners(self) -> tuple[list[int], list[Scope]]:
        """Lines at which another scope becomes the innermost one, and those scopes."""
        if self._lines is None:
            self._lines = _innermost(self.scopes)
        return self._lines

    def ancestors(self, node: ast.AST) -> Iterator[ast.AST]:
        """Yield what `node` stands in, innermost first."""
        above = self.parent(node)
        while above is not None:
            yield above
            above = self.parent(above)

    def calls(self, *names: str) -> list[tuple[ast.Call, Scope]]:
        """Return the calls of what has one of these names, as its last part, in source order.

        Includes names that ``import x as y`` and ``y = x`` give it. ``""`` stands for calls of
        what has no name, such as ``limiter.limit("1/day")(view)``.
        """
        # Nine of ten questions end here.
        if self.called.keys().isdisjoint(names) and self.aliases.keys().isdisjoint(names):
            return []
        found = list(self.called.get(names[0], ())) if len(names) == 1 else []
        wanted = [*names, *(other for name in names for other in self.aliases.get(name, ()))]
        if len(wanted) > 1:
            found = [pair for name in dict.fromkeys(wanted) for pair in self.called.get(name, ())]
            found.sort(key=lambda pair: (pair[0].lineno, pair[0].col_offset))
        return found

    def saying(self, *patterns: re.Pattern[str]) -> list[Scope]:
        """Return the scopes in whose own lines one of `patterns` is found, in source order.

        Args:
            patterns: match within one line; without IGNORECASE, which takes five times as long.
        """
        text = self.source.text
        found_at = [at for one in patterns for at in starts(one, text)]
        if not found_at:
            return []
        if len(found_at) > _FEW:
            lines = {self.source.line_at(start) for start in found_at}
        else:
            lines = {text.count("\n", 0, start) + 1 for start in found_at}
        firsts, owners = self._owners
        found = {owners[bisect_right(firsts, line) - 1] for line in lines}
        return [scope for scope in self.scopes if scope in found]

    def functions(self) -> Iterator[Scope]:
        """Yield every function and method, lambdas left out."""
        for scope in self.scopes:
            if scope.kind == "function" and not isinstance(scope.node, ast.Lambda):
                yield scope

    def classes(self) -> Iterator[Scope]:
        """Yield every class."""
        return (scope for scope in self.scopes if scope.kind == "class")


def _innermost(scopes: list[Scope]) -> tuple[list[int], list[Scope]]:
    """Return lines at which another scope becomes the innermost one, and those scopes.

    A lambda counts as part of what it stands in.
    """
    changes: list[tuple[int, Scope]] = []
    around: list[Scope] = []
    for scope in scopes:
        if isinstance(scope.node, ast.Lambda):
            continue
        first = scope.first_line
        while around and _last_line(around[-1].node) < first:
            ended = around.pop()
            changes.append((_last_line(ended.node) + 1, around[-1] if around else ended))
        around.append(scope)
        changes.append((first, scope))
    while len(around) > 1:
        ended = around.pop()
        changes.append((_last_line(ended.node) + 1, around[-1]))
    return [line for line, _ in changes], [scope for _, scope in changes]


def _last_line(node: ast.AST) -> int:
    last: int | None = getattr(node, "end_lineno", None)
    return last or sys.maxsize


def last_name(node: ast.AST | None) -> str:
    """Return ``b`` for ``a.b`` and for ``b``, ``""`` for what is no name."""
    if isinstance(node, ast.Name):
        return node.id
    return node.attr if isinstance(node, ast.Attribute) else ""


def module_name(path: str) -> tuple[str, bool]:
    """Return the dotted name of the file at `path` (with ``/``), and whether it is a package."""
    parts = filled_in(path).removesuffix(".py").replace(".", "_").split("/")
    if parts[-1] == "__init__":
        return ".".join(parts[:-1]), True
    return ".".join(parts), False
