"""One Python file: parsed once, walked once, kept as scopes with what rules ask for.

Rules never walk a whole tree. They ask scopes for their calls, assignments, comparisons and
returns, and look only at the expressions they are handed.
"""

from __future__ import annotations

import ast
import re
import sys
import warnings
from bisect import bisect_right
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Literal

from checks.facts.source import Source, Spot

FunctionNode = ast.FunctionDef | ast.AsyncFunctionDef

# Words of which a file that any rule cares about holds at least one. Kept short: a miss costs
# a finding, a word that is everywhere costs the time of a parse.
_MATTERS = re.compile(
    rb"[Ff]lask|werkzeug|passw|PASSW|pwd|SECRET_KEY|secret_key|_COOKIE_|DEBUG[\"'\]]* ?=|login_|"
    rb"hashlib|bcrypt|verify ?= ?False|CERT_NONE|_create_unverified|SSL_VERIFY|"
    rb"hardening:|itsdangerous|import jwt|set_cookie\("
)
ALWAYS_PARSED = 600  # bytes: below it a parse costs less than a mistake about what matters


def matters(raw: bytes) -> bool:
    """Return whether a file with these bytes is worth parsing."""
    return len(raw) <= ALWAYS_PARSED or _MATTERS.search(raw) is not None


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
    top: Scope = field(init=False)
    scopes: list[Scope] = field(default_factory=list)
    """Every scope, the module's own first, in source order."""
    stars: list[str] = field(default_factory=list)
    """Modules that ``from x import *`` names, with leading dots where relative."""
    called: dict[str, list[tuple[ast.Call, Scope]]] = field(default_factory=dict)
    """Every call with its scope, by the last part of the name that is called, ``""`` for none."""
    aliases: dict[str, list[str]] = field(default_factory=dict)
    """Other names that imports and assignments give to what is called so."""
    _parents: dict[ast.AST, ast.AST] = field(default_factory=dict)
    _lines: tuple[list[int], list[Scope]] | None = None

    @property
    def path(self) -> str:
        """Relative to the audit's root, with ``/``."""
        return self.source.path

    @property
    def parents(self) -> dict[ast.AST, ast.AST]:
        """What each node stands in. Worked out when first asked: few files are."""
        if not self._parents:
            parents = self._parents
            waiting: list[ast.AST] = [self.top.node]
            pop, push = waiting.pop, waiting.append
            while waiting:
                node = pop()
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
        return self._parents

    def ancestors(self, node: ast.AST) -> Iterator[ast.AST]:
        """Yield what `node` stands in, innermost first."""
        parent = self.parents.get(node)
        while parent is not None:
            yield parent
            parent = self.parents.get(parent)

    def calls(self, *names: str) -> list[tuple[ast.Call, Scope]]:
        """Return the calls of what has one of these names, as its last part, in source order.

        Includes names that ``import x as y`` and ``y = x`` give it. ``""`` stands for calls of
        what has no name, such as ``limiter.limit("1/day")(view)``.
        """
        found = list(self.called.get(names[0], ())) if len(names) == 1 else []
        wanted = [*names, *(other for name in names for other in self.aliases.get(name, ()))]
        if len(wanted) > 1:
            found = [pair for name in dict.fromkeys(wanted) for pair in self.called.get(name, ())]
            found.sort(key=lambda pair: (pair[0].lineno, pair[0].col_offset))
        return found

    def saying(self, pattern: re.Pattern[str]) -> list[Scope]:
        """Return the scopes in whose own lines `pattern` is found, in source order.

        Args:
            pattern: matches within one line; without IGNORECASE, which takes five times as long.
        """
        lines = {self.source.line_at(match.start()) for match in pattern.finditer(self.source.text)}
        if not lines:
            return []
        if self._lines is None:
            self._lines = _innermost(self.scopes)
        starts, owners = self._lines
        found = {owners[bisect_right(starts, line) - 1] for line in lines}
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
        first = _first_line(scope.node)
        while around and _last_line(around[-1].node) < first:
            ended = around.pop()
            changes.append((_last_line(ended.node) + 1, around[-1] if around else ended))
        around.append(scope)
        changes.append((first, scope))
    while len(around) > 1:
        ended = around.pop()
        changes.append((_last_line(ended.node) + 1, around[-1]))
    return [line for line, _ in changes], [scope for _, scope in changes]


def _first_line(node: ast.AST) -> int:
    """Return the line of the first decorator, or of the definition; 0 for a module."""
    lines: list[int] = [each.lineno for each in getattr(node, "decorator_list", [])]
    return min(getattr(node, "lineno", 0), *lines, sys.maxsize)


def _last_line(node: ast.AST) -> int:
    last: int | None = getattr(node, "end_lineno", None)
    return last or sys.maxsize


def last_name(node: ast.AST | None) -> str:
    """Return ``b`` for ``a.b`` and for ``b``, ``""`` for what is no name."""
    if isinstance(node, ast.Name):
        return node.id
    return node.attr if isinstance(node, ast.Attribute) else ""


def parse(source: Source) -> ast.Module:
    """Return the tree of `source`.

    Raises:
        SyntaxError, ValueError, RecursionError, MemoryError: Python cannot parse it.
    """
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # an audited file's escapes are not our user's concern
        return ast.parse(source.text)


def module_name(path: str) -> tuple[str, bool]:
    """Return the dotted name of the file at `path` (with ``/``), and whether it is a package."""
    parts = path.removesuffix(".py").replace(".", "_").split("/")
    if parts[-1] == "__init__":
        return ".".join(parts[:-1]), True
    return ".".join(parts), False
