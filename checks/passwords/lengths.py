"""Lengths that passwords are held to: validators, comparisons, and where nothing asks."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from functools import lru_cache

from checks.facts.lines import text_of
from checks.facts.python import Scope
from checks.lazy import lazy
from checks.passwords.shapes import argument, last_name, unwrapped
from checks.passwords.study import attribute_name
from checks.project import Project
from checks.project.flow_run import Flow
from checks.project.words import is_foreign_password_name, is_plain_password_name
from checks.records import NamedTuple

_MAXIMUM = 24  # a bound above it is a longest length: nobody demands so many characters
_VALIDATORS = frozenset({"validates", "field_validator", "validator"})
_VALIDATES = lazy(r"^validate_\w*pass(word|wd|phrase)?$")
POLICY = lazy(
    r"policy|strength|strong|complex|zxcvbn|pwned|breach|entropy|"
    r"^(validate|is_valid|valid)_?(new_?)?pass(word|wd|phrase)?s?$|"
    r"^(validate|check|verify|is_valid)_?(new_?)?pass\w*_(length|rules?|format|quality|secure)$|"
    r"pass(word|wd)?_?(validator|rules|requirements|is_valid|len|length|min)|^judge|^refusal",
    re.IGNORECASE,
)
"""Functions that judge a new password, by what they are called."""

_TYPED = lazy(r"pass|pw|field|form|data|value|json|secret|text|string|plain|body", re.IGNORECASE)
# What a function that judges a password does with it, or leaves to others.
_OF_QUALITY = lazy(
    r"len\(|\bre\.|regex|match\(|search\(|any\(|all\(|isdigit|isupper|islower|isalpha|isalnum|"
    r"[Ll]ength|zxcvbn|entropy|score|strength|pwned|breach|polic|common|complex|super\("
)


class Bound(NamedTuple):
    """A length that something is compared with or validated by."""

    node: ast.expr
    minimum: int | None
    maximum: int | None


def is_typed_name(node: ast.expr) -> bool:
    """Return whether `node` is called a password, such as ``form.password.data``."""
    inner = unwrapped(node)
    if isinstance(inner, ast.Attribute) and inner.attr == "data":
        inner = inner.value
    name = attribute_name(inner) or last_name(inner)
    return is_plain_password_name(name) and not is_foreign_password_name(name)


def compared(scope: Scope, flow: Flow | None, project: Project) -> Iterator[Bound]:
    """Yield the lengths that ``len(password)`` is compared with in `scope`."""
    for node in scope.comparisons:
        sides = [node.left, *node.comparators]
        for left, op, right in zip(sides, node.ops, sides[1:], strict=False):
            for measured, other, flipped in ((left, right, False), (right, left, True)):
                if not _measures(measured, scope, flow):
                    continue
                found = project.evaluate(other, scope)
                if type(found.value) is int and found.value > 1:
                    yield _bound(node, op, found.value, flipped)
                elif found.kind != "literal" and isinstance(
                    op, ast.Lt | ast.LtE | ast.Gt | ast.GtE
                ):
                    yield Bound(node, _MAXIMUM, None)  # a setting: what it is, is not known


def _measures(node: ast.expr, scope: Scope, flow: Flow | None) -> bool:
    if not isinstance(node, ast.Call) or last_name(node.func) != "len" or len(node.args) != 1:
        return False
    what = node.args[0]
    if isinstance(what, ast.Call) and last_name(what.func) in ("split", "splitlines", "set"):
        return False  # it counts words, or how many different characters there are
    field = unwrapped(what)
    if _VALIDATES.match(scope.name) and isinstance(field, ast.Attribute) and field.attr == "data":
        return last_name(field.value) == "field"
    held = flow is not None and any(o.kind == "password" for o in flow.at(what))
    return held or is_typed_name(what) or _is_validated(what, scope)


def _is_validated(node: ast.expr, scope: Scope) -> bool:
    """Return whether `node` is what ``@validates("password")`` hands to `scope`."""
    if not isinstance(node, ast.Name) or node.id not in {a.arg for a in scope.parameters()}:
        return False
    return any(
        isinstance(decorator, ast.Call)
        and last_name(decorator.func) in _VALIDATORS
        and any(isinstance(a, ast.Constant) and is_typed_name(ast.Name(str(a.value)))
                for a in decorator.args)
        for decorator in scope.decorators
    )  # fmt: skip


def _bound(node: ast.expr, op: ast.cmpop, number: int, flipped: bool) -> Bound:
    less = isinstance(op, ast.Lt | ast.GtE) if not flipped else isinstance(op, ast.LtE | ast.Gt)
    more = isinstance(op, ast.LtE | ast.Gt) if not flipped else isinstance(op, ast.Lt | ast.GtE)
    if number > _MAXIMUM:
        return Bound(node, None, number)
    if less:  # ``len < 8`` turns away, ``len >= 8`` lets in
        return Bound(node, number, None)
    return Bound(node, number + 1, None) if more else Bound(node, None, None)


def validator(call: ast.Call, scope: Scope, project: Project) -> Bound | None:
    """Return what ``Length(min=, max=)``, ``Field(min_length=)`` and ``constr`` demand, or None."""
    name = last_name(call.func)
    if name in ("Length", "length"):
        low = _number(argument(call, 0, "min"), scope, project)
        high = _number(argument(call, 1, "max"), scope, project)
        exact = _number(argument(call, -1, "equal"), scope, project)
        return Bound(call, exact or low, exact or high)
    if name in ("Field", "constr", "StringConstraints", "StringField", "CharField"):
        low = _number(argument(call, -1, "min_length"), scope, project)
        high = _number(argument(call, -1, "max_length"), scope, project)
        return Bound(call, low, high) if (low, high) != (None, None) else None
    return None


def _number(node: ast.expr | None, scope: Scope, project: Project) -> int | None:
    value = project.evaluate(node, scope).value if node is not None else None
    return value if type(value) is int and value >= 0 else None


@lru_cache(maxsize=20_000)  # every call is asked, and most have a name that others have, too
def _is_policy(name: str) -> bool:
    return POLICY.search(name) is not None


def judges(scope: Scope, project: Project) -> bool:
    """Return whether `scope` hands a password to what is called a policy, or to an expression."""
    return any(
        (_is_policy(name := last_name(call.func)) and _asks(call, name, scope, project))
        or (name in ("match", "fullmatch") and any(map(is_typed_name, call.args)))
        for call in scope.calls
    )


def _asks(call: ast.Call, name: str, scope: Scope, project: Project) -> bool:
    """Return whether a call named after policies has to do with passwords, as far as is seen.

    ``AutoAddPolicy()`` and ``JudgeKey()`` get none, and validators of the project that only ask
    whether two passwords are alike say nothing of their length.
    """
    given = (*call.args, *(keyword.value for keyword in call.keywords))
    if scope.kind == "function" and not any(map(_TYPED.search, (name, *map(ast.unparse, given)))):
        return False
    return not asks_nothing(call, scope, project)


def asks_nothing(call: ast.Call, scope: Scope, project: Project) -> bool:
    """Return whether `call` runs what the project wrote and what asks for no length."""
    called = project.names.scope_of(project.names.called(call, scope))
    if called is None or (called.kind == "class" and not called.may_say("def __call__")):
        return False
    return _OF_QUALITY.search(text_of(called)) is None
