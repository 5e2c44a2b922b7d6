"""Answers with markup that the code itself holds, and what the client sent in it."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from typing import TYPE_CHECKING

from checks.facts.lines import text_of
from checks.facts.python import Scope, last_name
from checks.lazy import lazy

if TYPE_CHECKING:
    from checks.project import Project
    from checks.project.untrusted import Untrusted

_TAG = lazy(r"<(?:!doctype|/?[a-z][a-z0-9]*)[\s>/]", re.IGNORECASE)
# At a glance: a return that begins with markup, and a request in the same function.
_RETURNS = lazy(r"return\s*\(?\s*(?:[\w.]+\(\s*)?(?:[fFrR]{1,2})?[\"']{1,3}[^\"'\n]{0,80}<")
_OTHER_KIND = lazy(r"mimetype|content_type|Content-Type|application/|text/plain", re.IGNORECASE)


def html_answers(project: Project, untrusted: Untrusted) -> Iterator[tuple[ast.expr, Scope]]:
    """Yield each value of the request that a function puts into markup which it returns.

    Flask sends what a view returns as ``text/html``, and escapes nothing of it.
    """
    for module in project.modules:
        if module.source.context == "tests" or not project.vocabulary.holds(module, "request"):
            continue
        for scope in module.saying(_RETURNS):
            text = text_of(scope)
            if scope.kind != "function" or "request" not in text or _OTHER_KIND.search(text):
                continue
            for statement in scope.returns:
                for part in _filled_in(_answer(statement.value)):
                    if untrusted.source(part, scope) == "request":
                        yield part, scope
                        break


def _answer(value: ast.expr | None) -> ast.expr | None:
    """Return the body of what is returned, without its status and what makes a response of it."""
    if isinstance(value, ast.Tuple) and value.elts:
        value = value.elts[0]
    if isinstance(value, ast.Call) and last_name(value.func) == "make_response" and value.args:
        value = value.args[0]
    return value


def _filled_in(value: ast.expr | None) -> Iterator[ast.expr]:
    """Yield what is put into a text with tags in it."""
    said, parts = _pieces(value)
    if _TAG.search(said):
        yield from parts


def _pieces(value: ast.expr | None) -> tuple[str, list[ast.expr]]:
    """Return what a text says itself, and what is put into it."""
    if isinstance(value, ast.Constant):
        return (value.value, []) if isinstance(value.value, str) else ("", [])
    if isinstance(value, ast.JoinedStr):
        literal = [str(p.value) for p in value.values if isinstance(p, ast.Constant)]
        given = [p.value for p in value.values if isinstance(p, ast.FormattedValue)]
        return "".join(literal), given
    if isinstance(value, ast.BinOp) and isinstance(value.op, ast.Add):
        (left, some), (right, others) = _pieces(value.left), _pieces(value.right)
        return left + right, some + others
    if isinstance(value, ast.BinOp) and isinstance(value.op, ast.Mod):
        right_side = value.right
        filling = right_side.elts if isinstance(right_side, ast.Tuple) else [right_side]
        return _pieces(value.left)[0], filling
    if isinstance(value, ast.Call) and isinstance(value.func, ast.Attribute):
        if value.func.attr == "format":
            given = [*value.args, *(keyword.value for keyword in value.keywords)]
            return _pieces(value.func.value)[0], given
        return "", [value]
    return "", [value] if value is not None else []
