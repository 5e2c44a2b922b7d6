"""Where stored passwords are looked up, and what the two sides of a comparison are."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from checks.facts.python import Scope
from checks.passwords.shapes import chain, constant, last_name
from checks.project.names import Names
from checks.project.words import is_plain_password_name

OPERATORS = frozenset({"like", "ilike", "in_", "is_", "__eq__", "__ne__", "contains", "startswith"})
"""Methods of a column, or of a text, that compare it."""
STORES = frozenset({"db", "database", "creds", "passwords"})
"""Names of dictionaries that hold passwords by the name of their owner."""
_NOT_SECRETS = frozenset(
    ["unchanged", "none", "null", "undefined", "hidden", "redacted", "keep", "empty", "string"]
)


def words(node: ast.expr | None) -> set[str]:
    """Return the names that `node` is made of; of ``zip(a, b)`` those of all its arguments."""
    found = set(chain(node))
    if isinstance(node, ast.Call) and last_name(node.func) in ("zip", "enumerate"):
        for arg in node.args:
            found.update(chain(arg))
    return found


def in_redis(call: ast.Call, names: Names, scope: Scope) -> bool:
    """Return whether `call` reads a user's password from Redis."""
    if not isinstance(call.func, ast.Attribute) or not call.args:
        return False
    field = constant(call.args[-1])
    if call.func.attr == "hget" and len(call.args) == 2:
        return isinstance(field, str) and is_plain_password_name(field)
    made_by = names.type_of(call.func.value, scope) or ""
    return call.func.attr == "get" and made_by.startswith(("redis.", "flask_redis."))


def pairs(left: ast.expr, right: ast.expr) -> Iterator[tuple[ast.expr, ast.expr]]:
    """Yield the parts that ``(a, b) == (c, d)`` compares, or the two sides."""
    if (
        isinstance(left, ast.Tuple)
        and isinstance(right, ast.Tuple)
        and len(left.elts) == len(right.elts)
    ):
        yield from zip(left.elts, right.elts, strict=True)
        return
    yield left, right


def literal(value: object) -> str | None:
    """Return what a literal on the other side is called, None where it is no password."""
    text = value.decode("latin-1") if isinstance(value, bytes) else value
    if not isinstance(text, str) or not any(c.isalnum() for c in text):
        return None
    masked = len(set(text.lower())) == 1 and len(text) > 3
    return None if masked or text.lower() in _NOT_SECRETS else "a literal in the sources"
