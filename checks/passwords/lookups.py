"""Where stored passwords are looked up, and what the two sides of a comparison are."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator

from checks.facts.python import Scope
from checks.lazy import lazy
from checks.passwords.shapes import chain, constant, last_name, unwrapped
from checks.project.names import Names
from checks.project.words import is_password_name, is_plain_password_name

OPERATORS = frozenset({"like", "ilike", "in_", "is_", "__eq__", "__ne__", "contains", "startswith"})
"""Methods of a column, or of a text, that compare it."""
STORES = frozenset({"db", "database", "creds", "passwords"})
"""Names of dictionaries that hold passwords by the name of their owner."""
_NOT_SECRETS = frozenset(
    ["unchanged", "none", "null", "undefined", "hidden", "redacted", "keep", "empty", "string"]
)
CREATES = lazy(
    r"^_*(add|create|insert|new|make|save|store|import)_?(\w+_)?(user|account|member|admin)"
)
"""What makes accounts, by its name."""
_SPEAKS = ("print", "flash", "debug", "info", "warning", "error", "exception", "log")
# A parameter that says which of several things is meant.
_WHICH = lazy(
    r"^(section|key|name|field|kind|type|option|setting|column|attr(ibute)?|mode|action|method|"
    r"what|prop(erty)?|label|tag|group|category)$",
    re.IGNORECASE,
)


def says_which(node: ast.expr, scope: Scope) -> bool:
    """Return whether `node` says what is meant: ``if section == "user" and key == "password"``.

    Which of the parameters of ``set(section, key, value)`` is a password, its callers know.
    """
    inner = unwrapped(node)
    if not isinstance(inner, ast.Name) or is_password_name(inner.id):
        return False
    if _is_a_piece(inner, scope):
        return True
    if all(arg.arg != inner.id for arg in scope.parameters()):
        return False
    sides = (side for each in scope.comparisons for side in (each.left, *each.comparators))
    asked = sum(isinstance(side, ast.Name) and side.id == inner.id for side in sides)
    return asked > 1 or _WHICH.match(inner.id) is not None


def _is_a_piece(name: ast.Name, scope: Scope) -> bool:
    """Return whether it is a piece of a stored hash: ``_, version, rest = stored.split("$")``."""
    bindings = scope.bindings.get(name.id, [])
    return bool(bindings) and all(
        binding.kind == "unpack"
        and isinstance(binding.value, ast.Call)
        and last_name(binding.value.func) in ("split", "rsplit", "partition", "rpartition")
        for binding in bindings
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


def is_for_developers(node: ast.expr) -> bool:
    """Return whether a constant says that developers log in with it: ``LOCAL_DEV_PASSWORD``."""
    return isinstance(node, ast.Name) and _DEVELOPERS.search(node.id) is not None


_DEVELOPERS = lazy(r"^(?:LOCAL_)?(?:DEV|DEVELOPMENT|LOCAL|DEMO|TEST)_\w*PASS")


def only_warns(node: ast.AST, scope: Scope) -> bool:
    """Return whether all that a comparison decides is to tell the user, who is in already."""
    for outer in scope.module.ancestors(node):
        if isinstance(outer, ast.If):
            calls = [
                each.value
                for each in outer.body
                if isinstance(each, ast.Expr) and isinstance(each.value, ast.Call)
            ]
            told = all(_WARNS.match(last_name(call.func)) for call in calls)
            return bool(calls) and len(calls) == len(outer.body) and told and not outer.orelse
        if isinstance(outer, ast.stmt):
            return False
    return False


_WARNS = lazy(r"flash$|warn(?:ing)?$|info$|error$|critical$|debug$|log$|print$")


def is_meant_otherwise(one: ast.expr, other: ast.expr, node: ast.AST, scope: Scope) -> bool:
    """Return whether a typed password `one` is compared with `other`, and nobody gets in by it."""
    if isinstance(other, ast.Constant):
        return says_which(one, scope) or only_warns(node, scope)
    return is_for_developers(other)


def stands_for_no_change(compare: ast.Compare, scope: Scope) -> bool:
    """Return whether what was typed is kept unless it is the text that a form shows in its place.

    ``if password != "unchanged": store(password)``
    """
    above = scope.module.parent(compare)
    if not isinstance(above, ast.If) or not isinstance(compare.ops[0], ast.NotEq):
        return False
    asked = ast.unparse(compare.left)
    return any(
        asked in map(ast.unparse, (*node.args, *(keyword.value for keyword in node.keywords)))
        or any(
            isinstance(arg, ast.Tuple) and asked in map(ast.unparse, arg.elts) for arg in node.args
        )
        for statement in above.body
        for node in ast.walk(statement)
        if isinstance(node, ast.Call) and last_name(node.func) not in _SPEAKS
    ) or any(
        isinstance(statement, ast.Assign) and asked == ast.unparse(statement.value)
        for statement in above.body
    )
