"""A Python file with every blank and comment, by LibCST."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from typing import TypeVar

from checks.depth import MOST_LEVELS
from checks.errors import UsageError
from checks.fixes.edits import Edit, UnsafeError

try:
    import libcst as cst
    from libcst.metadata import ByteSpanPositionProvider, MetadataWrapper, ParentNodeProvider
except ImportError as error:
    raise UsageError(
        "--fix and --diff need LibCST for Python files; install it with: "
        'pip install "flask-hardening[audit]"'
    ) from error

__all__ = ["Tree", "cst"]

N = TypeVar("N", bound=cst.CSTNode)


class Tree:
    """The tree of one file; places are counted in characters from 0.

    Args:
        text: the file's text with its own line ends.

    Raises:
        UnsafeError: LibCST cannot parse it, or would write it otherwise.
    """

    def __init__(self, text: str) -> None:
        try:
            # LibCST takes minutes for a sum of thousands of terms, and follows trees by calls.
            if _levels(ast.parse(text)) > MOST_LEVELS:
                raise RecursionError
            module = cst.parse_module(text)
            if module.code != text:
                raise UnsafeError("LibCST would write the file otherwise")
            wrapper = MetadataWrapper(module, unsafe_skip_copy=True)
            spans = wrapper.resolve(ByteSpanPositionProvider)
            self._parents = wrapper.resolve(ParentNodeProvider)
        except RecursionError:
            raise UnsafeError("its code is nested too deeply") from None
        except (cst.ParserSyntaxError, SyntaxError, ValueError, MemoryError):
            raise UnsafeError("LibCST cannot parse the file") from None
        self.text = text
        self.module = module
        at = _Bytes(text)
        self._spans = {
            node: (at(span.start), at(span.start + span.length)) for node, span in spans.items()
        }

    def span(self, node: cst.CSTNode) -> tuple[int, int]:
        """Return where `node` begins, and the character after it."""
        return self._spans[node]

    def code(self, node: cst.CSTNode) -> str:
        """Return the text of `node`."""
        start, end = self._spans[node]
        return self.text[start:end]

    def parent(self, node: cst.CSTNode) -> cst.CSTNode | None:
        """Return what `node` stands in; None for the module."""
        return self._parents.get(node)

    def above(self, node: cst.CSTNode, kind: type[N]) -> N | None:
        """Return the nearest node of a `kind` around `node`, or None."""
        outer = self._parents.get(node)
        while outer is not None and not isinstance(outer, kind):
            outer = self._parents.get(outer)
        return outer

    def all(self, kind: type[N]) -> Iterator[N]:
        """Yield all nodes of a `kind`."""
        for node in self._spans:
            if isinstance(node, kind):
                yield node

    def at(self, span: tuple[int, int], kind: type[N]) -> N:
        """Return the node of a `kind` that is exactly at `span`.

        Raises:
            UnsafeError: there is none.
        """
        for node, place in self._spans.items():
            if place == span and isinstance(node, kind):
                return node
        raise UnsafeError("it is written in a way that is not mended")

    def replaced(self, node: cst.CSTNode, text: str) -> Edit:
        """Return the edit that puts `text` in the place of `node`."""
        start, end = self._spans[node]
        return Edit(start, end, text)

    def names(self) -> set[str]:
        """Return every plain name in the file, and every parameter."""
        return {node.value for node in self.all(cst.Name)}

    def without_argument(self, argument: cst.Arg) -> Edit:
        """Return the edit that takes an argument out of its call, with its comma.

        Raises:
            UnsafeError: a comment stands beside it.
        """
        call = self.parent(argument)
        if not isinstance(call, cst.Call) or call.lpar:
            raise UnsafeError("it is written in a way that is not mended")
        index = call.args.index(argument)
        start, end = self._spans[argument]
        last = index == len(call.args) - 1
        if index and last:
            # The comma before goes along; one behind it stays, with what follows.
            start = self._spans[call.args[index - 1]][1]
        elif not last:
            end = self._spans[call.args[index + 1]][0]
        else:
            start = len(self.text[:start].rstrip(" \t"))
            end = self._spans[call][1] - 1
        if "#" in self.text[start : self._spans[argument][0]]:
            raise UnsafeError("a comment stands beside it")
        if "#" in self.text[self._spans[argument][1] : end]:
            raise UnsafeError("a comment stands beside it")
        return Edit(start, end, "")


def _levels(tree: ast.AST) -> int:
    """Return how deeply a tree is nested."""
    level, nodes = 0, [tree]
    while nodes:
        level += 1
        nodes = [child for node in nodes for child in ast.iter_child_nodes(node)]
    return level


class _Bytes:
    """Tells characters by bytes of UTF-8, which LibCST counts."""

    def __init__(self, text: str) -> None:
        self._data = None if text.isascii() else text.encode("utf-8")
        self._known: dict[int, int] = {}
        self._last = (0, 0)

    def __call__(self, offset: int) -> int:
        if self._data is None:
            return offset
        if offset not in self._known:
            byte, character = self._last if self._last[0] <= offset else (0, 0)
            character += len(self._data[byte:offset].decode("utf-8"))
            self._known[offset] = character
            self._last = (offset, character)
        return self._known[offset]
