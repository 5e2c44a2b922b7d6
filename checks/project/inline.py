"""Pages that stand as texts inside Python files, read like template files."""

from __future__ import annotations

import ast
from bisect import bisect_left
from collections.abc import Iterator

from checks.facts.nodes import children
from checks.facts.python import Module
from checks.facts.source import Source
from checks.facts.templates import Template
from checks.lazy import lazy

_TELLING = lazy(r"<form|<script\s|\{% autoescape|\|\s*safe\s*\}\}")
INLINE = ("<form", "<script", "autoescape", "safe }", "safe}")
"""Texts of which a file holds one if a template may stand in it."""
_MAX_LENGTH = 200_000  # characters of one text; more is data


def inline_templates(module: Module) -> Iterator[Template]:
    """Yield the texts of `module` that hold forms, scripts or unescaped output.

    Their text begins with as many blanks as the file has before them, so that places are those
    of the file.
    """
    source = module.source
    lines = [source.line_at(found.start()) for found in _TELLING.finditer(source.text)]
    waiting: list[ast.AST] = [module.top.node] if lines else []
    while waiting:
        node = waiting.pop()
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant):
            continue  # a docstring
        if isinstance(node, ast.stmt) and not _holds_one(node, lines):
            continue
        if isinstance(node, ast.JoinedStr) or (
            isinstance(node, ast.Constant) and isinstance(node.value, str)
        ):
            text = _segment(node, source)
            if _TELLING.search(text) and len(text) <= _MAX_LENGTH:
                yield Template(_placed(node, text, source))
            continue
        waiting.extend(children(node))


def _holds_one(statement: ast.stmt, lines: list[int]) -> bool:
    """Return whether one of `lines`, which are in order, is one of a statement's."""
    decorators: list[ast.expr] = getattr(statement, "decorator_list", [])
    first = min([statement.lineno, *(each.lineno for each in decorators)])
    at = bisect_left(lines, first)
    return at < len(lines) and lines[at] <= (statement.end_lineno or statement.lineno)


def _segment(node: ast.expr, source: Source) -> str:
    spot = source.spot(node)
    if spot.end_line == spot.line:
        return source.lines[spot.line - 1][spot.column - 1 : spot.end_column - 1]
    middle = source.lines[spot.line : spot.end_line - 1]
    first = source.lines[spot.line - 1][spot.column - 1 :]
    return "\n".join([first, *middle, source.lines[spot.end_line - 1][: spot.end_column - 1]])


def _placed(node: ast.expr, text: str, source: Source) -> Source:
    spot = source.spot(node)
    # Escapes keep their length: an offset must stay an offset.
    plain = text.replace("\\n", "  ").replace('\\"', ' "').replace("\\'", " '")
    before = "\n" * (spot.line - 1) + " " * (spot.column - 1)
    return Source(source.path, before + plain, source.context)
