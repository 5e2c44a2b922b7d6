"""Functions and classes that are parsed when somebody asks what is in them: see `pieces`.

Each is found by its name from the start. What a rule looks for in all files does not see it: it
has none of the words that are looked for.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterable
from typing import Any, NoReturn

from checks.facts.parsing import parse
from checks.facts.pieces import Piece
from checks.facts.python import Binding, Module, Scope
from checks.facts.source import Source
from checks.facts.walk import opened, parameters
from checks.lazy import lazy

__all__ = ["leave"]

_HEAD = lazy(r"^ *class (\w+)(?:\((?:[^()#'\"]|\([^()#'\"]*\))*\))?:", re.MULTILINE)
_METHOD = lazy(r"^[ \t]+(?:async +)?def +(\w+)", re.MULTILINE)
_EMPTY = {"function": "def {}(): pass", "class": "class {}: pass"}


def leave(module: Module, pieces: Iterable[Piece]) -> None:
    """Give `module` the names of `pieces`, with scopes that are filled when they are asked for."""
    classes = {getattr(scope.node, "lineno", 0): scope for scope in module.top.children}
    for piece in pieces:
        outer = classes.get(piece.within) if piece.within else module.top
        if outer is None:
            continue  # its class stands in a text
        scope = _Left(piece, outer)
        others = outer.bindings.setdefault(piece.name, [])
        above = [other for other in others if getattr(other.node, "lineno", 0) < piece.line]
        others.insert(len(above), _LeftBinding(scope))
        if piece.within:
            higher = [child for child in outer.children if child.first_line < piece.line]
            outer.children.insert(len(higher), scope)
        module.left.append(scope)


class _Home(Module):
    """A piece as a file of its own: as long as the whole one, and blank but for the piece.

    It is equal to the module that it is cut from, and names mean the same there.
    """

    __slots__ = ("_whole",)

    def __init__(self, whole: Module, piece: Piece, text: str) -> None:
        lines = "\n" * (piece.line - 2) + "if 1:\n" if piece.within else "\n" * (piece.line - 1)
        source = Source(whole.path, lines + text, whole.source.context)
        super().__init__(source, whole.name, whole.is_package)
        self.stars, self.sample_of = whole.stars, whole.sample_of
        tree = parse(source)
        if source.older:
            whole.unread.append((piece.name, piece.line))
        self.top = Scope("module", whole.name, tree, self, bindings=whole.top.bindings)
        self._whole = whole

    def __eq__(self, other: object) -> bool:
        return other is self or other is self._whole

    def __hash__(self) -> int:
        return hash(self._whole)


class _Left(Scope):
    """A function or class of which nothing but the name is known until it is asked for."""

    __slots__ = ("_bases", "_piece")

    def __init__(self, piece: Piece, outer: Scope) -> None:
        # Nothing else is set: see `__getattr__`.
        self.kind, self.name, self.parent = piece.kind, piece.name, outer
        self._piece = piece
        self._bases: list[ast.expr] | None = None

    @property
    def full_name(self) -> str:
        """The dotted name with the module's."""
        return f"{self._outer.full_name}.{self.name}"

    @property
    def first_line(self) -> int:
        """The line of the first decorator, or of the definition."""
        return self._piece.line

    @property
    def bases(self) -> list[ast.expr]:
        """What a class is derived from; told by its head."""
        if self._bases is None:
            head = _HEAD.search(self._piece.text)
            own = head is not None and head[1] == self.name  # no class inside of it
            try:
                tree: Any = ast.parse(f"{head[0].lstrip()} pass") if head and own else None
            except (SyntaxError, ValueError):
                tree = None
            self._bases = super().bases if tree is None else tree.body[0].bases
        return self._bases

    @property
    def is_parsed(self) -> bool:
        """Whether anybody asked for what is in it."""
        try:
            object.__getattribute__(self, "node")
        except AttributeError:
            return False
        return True

    def methods(self) -> list[str]:
        """Return the names of the methods of a class, before anybody parses it."""
        return _METHOD.findall(self._piece.text) if self._piece.kind == "class" else []

    def may_say(self, word: str) -> bool:
        """Return whether its text has `word` in it."""
        return word in self._piece.text

    @property
    def _outer(self) -> Scope:
        assert self.parent is not None  # each is made with one
        return self.parent

    def __getattr__(self, name: str) -> Any:
        if name not in Scope.__slots__:
            _no_such(name)
        home = self._home()
        node: Any = home.top.body[0]
        if self._piece.within:
            node = node.body[0]
        Scope.__init__(self, self.kind, self.name, node, home, self.parent)
        if self.kind == "function":
            parameters(self)
        home.scopes = [home.top, *opened(self)]
        return getattr(self, name)

    def _home(self) -> _Home:
        whole, piece = self._outer.module, self._piece
        try:
            return _Home(whole, piece, piece.text)
        except (SyntaxError, ValueError, RecursionError, MemoryError):
            # Python 2, or what looks like a definition and stands in a text.
            whole.unread.append((piece.name, piece.line))
            indent = "    " if piece.within else ""
            return _Home(whole, piece, indent + _EMPTY[piece.kind].format(piece.name))


class _LeftBinding(Binding):
    """What gives a left piece its name."""

    __slots__ = ()

    def __init__(self, scope: _Left) -> None:
        self.kind: Any = "def" if scope.kind == "function" else "class"
        self.value, self.target, self.scope, self.index = None, "", scope, 0

    def __getattr__(self, name: str) -> Any:
        if name != "node" or self.scope is None:
            _no_such(name)
        self.node = self.scope.node
        return self.node


def _no_such(name: str) -> NoReturn:
    raise AttributeError(name)
