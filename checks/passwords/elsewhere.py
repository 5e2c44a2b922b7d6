"""Digests of passwords that go to another service, which asks for them as they are."""

from __future__ import annotations

import ast
import re

from checks.facts.python import Scope
from checks.lazy import lazy
from checks.passwords.shapes import constant, last_name

_ASKS = lazy(r"^_?(?:(?:api|http|json|make|send|do|post|get)_?)?requests?(?:_json)?$|^urlopen$")
_MAY_ASK = frozenset(["load", "get", "post", "put", "fetch", "send", "call", "open", "query"])
_ADDRESS = lazy(r"(?:^|_)(?:url|uri|endpoint)$", re.IGNORECASE)
_RECORDS = lazy(r"Model$|UserMixin$|Document$|^Base$")
_COLUMNS = lazy(r"Column$|Field$|^mapped_column$")
_ELSEWHERE = lazy(r"https?://(?!localhost|127\.)")


def is_sent(call: ast.Call, scope: Scope) -> bool:
    """Return whether what `call` makes goes into a request to another service.

    In the call itself, by a variable that the request gets, or in a class that knows its address.
    """
    if _knows_address(scope.enclosing_class):
        return True
    for outer in scope.module.ancestors(call):
        if isinstance(outer, ast.stmt):
            held = _held(outer)
            return held is not None and any(
                _asks(other)
                and any(isinstance(part, ast.Name) and part.id == held for part in ast.walk(other))
                for other in scope.calls
            )
        if isinstance(outer, ast.Call) and _asks(outer):
            return True
    return False


def _held(statement: ast.stmt) -> str | None:
    """Return the variable that `statement` puts its value into: ``x = ...``, ``x["k"] = ...``."""
    if not isinstance(statement, ast.Assign) or len(statement.targets) != 1:
        return None
    target = statement.targets[0]
    if isinstance(target, ast.Subscript):
        target = target.value
    return target.id if isinstance(target, ast.Name) else None


def _asks(call: ast.Call) -> bool:
    """Return whether `call` sends a request: by its name, or by that and an address."""
    name = last_name(call.func)
    if _ASKS.search(name):
        return True
    return name in _MAY_ASK and any(map(_is_address, (*call.args[:1], *_named(call))))


def _named(call: ast.Call) -> list[ast.expr]:
    return [keyword.value for keyword in call.keywords if _ADDRESS.search(keyword.arg or "")]


def _is_address(node: ast.expr) -> bool:
    return any(
        _ELSEWHERE.match(value)
        if isinstance(value := constant(part), str)
        else isinstance(part, ast.Name | ast.Attribute) and _ADDRESS.search(last_name(part))
        for part in ast.walk(node)
    )


def _knows_address(cls: Scope | None) -> bool:
    """Return whether a client keeps the address of a service: ``API_URL = "https://..."``.

    A record of the app's own, which may have one for pictures of its users, is none.
    """
    if cls is None or any(_RECORDS.search(last_name(base)) for base in cls.bases):
        return False
    if any(_COLUMNS.search(last_name(assignment.value)) for assignment in cls.assignments):
        return False
    return any(
        isinstance(assignment.target, ast.Name)
        and _ADDRESS.search(assignment.target.id)
        and _ELSEWHERE.match(str(constant(assignment.value)))
        for assignment in cls.assignments
    )
