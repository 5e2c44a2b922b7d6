"""Expressions with what names stand for in their place, looked up as far as that goes."""

from __future__ import annotations

import ast
import copy
from collections.abc import Mapping
from itertools import islice

from checks.facts.python import Scope, last_name

_LONGEST = 1_000  # characters of a text that is put together: a route has a tenth
_LARGEST = 200  # nodes of an expression that is put into others, in which it may stand twice


def filled_in(node: ast.expr, given: Mapping[str, ast.expr]) -> ast.expr:
    """Return `node` with what names stand for in their place; `node` itself is not changed."""
    if not given:
        return node
    filled: ast.expr = _Filler(given).visit(copy.deepcopy(node))
    return filled


def is_small(node: ast.expr) -> bool:
    """Return whether `node` may be put into other expressions, and these into others."""
    return next(islice(ast.walk(node), _LARGEST, None), None) is None


def options_of(call: ast.Call, scope: Scope) -> list[ast.keyword]:
    """Return the keywords of `call`, those of ``**OPTIONS`` among them if it is bound once."""
    found: list[ast.keyword] = []
    for keyword in call.keywords:
        table = keyword.value if keyword.arg is None else None
        if isinstance(table, ast.Name):
            here: Scope | None = scope
            while here is not None and table.id not in here.bindings:
                here = here.parent
            bound = here.bindings[table.id] if here is not None else []
            table = bound[0].value if len(bound) == 1 and bound[0].kind == "value" else None
        if isinstance(table, ast.Call) and last_name(table.func) == "dict" and not table.args:
            found += table.keywords
        elif isinstance(table, ast.Dict):
            pairs = zip(table.keys, table.values, strict=True)
            named = ((key.value, value) for key, value in pairs if isinstance(key, ast.Constant))
            found += [ast.keyword(name, value) for name, value in named if isinstance(name, str)]
        else:
            found.append(keyword)
    return found


class _Filler(ast.NodeTransformer):
    """Writes what names stand for in their place, and looks up what is looked up in it."""

    def __init__(self, given: Mapping[str, ast.expr]) -> None:
        self._given = given

    def visit_Name(self, node: ast.Name) -> ast.expr:
        return self._given.get(node.id, node)

    def visit_Subscript(self, node: ast.Subscript) -> ast.expr:
        self.generic_visit(node)
        table, key = node.value, node.slice
        wanted = key.value if isinstance(key, ast.Constant) else None
        if isinstance(table, ast.Tuple | ast.List) and isinstance(wanted, int):
            return table.elts[wanted] if -len(table.elts) <= wanted < len(table.elts) else node
        if isinstance(table, ast.Dict):
            for name, value in zip(table.keys, table.values, strict=True):
                if isinstance(name, ast.Constant) and name.value == wanted:
                    return value
        return node

    def visit_Attribute(self, node: ast.Attribute) -> ast.expr:
        self.generic_visit(node)
        if isinstance(node.value, ast.Call):  # ``Route(rule="/x", view=index).view``
            for keyword in node.value.keywords:
                if keyword.arg == node.attr:
                    return keyword.value
        return node

    def visit_BinOp(self, node: ast.BinOp) -> ast.expr:
        self.generic_visit(node)
        left, right = node.left, node.right
        if (
            isinstance(node.op, ast.Add)
            and isinstance(left, ast.Constant)
            and isinstance(right, ast.Constant)
            and isinstance(left.value, str)
            and isinstance(right.value, str)
            and len(left.value) + len(right.value) <= _LONGEST
        ):
            return ast.copy_location(ast.Constant(left.value + right.value), node)
        return node

    def visit_JoinedStr(self, node: ast.JoinedStr) -> ast.expr:
        self.generic_visit(node)
        texts = [getattr(part, "value", None) for part in node.values]
        texts = [part.value if isinstance(part, ast.Constant) else part for part in texts]
        if all(isinstance(text, str) for text in texts):
            return ast.copy_location(ast.Constant("".join(map(str, texts))), node)
        return node

    def visit_Call(self, node: ast.Call) -> ast.expr:
        self.generic_visit(node)
        args: list[ast.expr] = []
        for arg in node.args:
            listed = arg.value if isinstance(arg, ast.Starred) else None
            args += listed.elts if isinstance(listed, ast.Tuple | ast.List) else [arg]
        keywords: list[ast.keyword] = []
        for keyword in node.keywords:
            table = keyword.value if keyword.arg is None else None
            if isinstance(table, ast.Dict):
                for name, value in zip(table.keys, table.values, strict=True):
                    if isinstance(name, ast.Constant) and isinstance(name.value, str):
                        keywords.append(ast.keyword(name.value, value))
            else:
                keywords.append(keyword)
        node.args, node.keywords = args, keywords
        return node
