"""What is known of a value, and what becomes of it on the way from where it is read."""

from __future__ import annotations

import ast
import re
from datetime import timedelta
from typing import Literal

from checks.facts.source import Spot
from checks.lazy import lazy
from checks.records import NamedTuple

_MAX_TEXT = 4096  # characters of a computed text; more is data
_TRUE = frozenset({"1", "true", "t", "yes", "y", "on"})
_FALSE = frozenset({"", "0", "false", "f", "no", "n", "off", "none"})
# What a library or a project calls the function that makes a truth value of a text.
TO_BOOL = lazy(r"bool|is_?true$|truthy|^(parse|to|get|as|env)_(mode|flag|switch)$", re.IGNORECASE)


class Evaluated(NamedTuple):
    """What is known of a value. `value` may be a secret: never put it into a message."""

    kind: Literal["literal", "environment", "fallback", "generated", "unknown"]
    """``fallback``: the environment, and `value` where that is not set."""
    value: object = None
    """The literal, for ``literal`` and ``fallback``."""
    spot: Spot | None = None
    """Where the literal stands."""
    variable: str | None = None
    """The environment variable that is read, where its name is known."""

    def is_literal(self, value: object) -> bool:
        """Return whether the value is certainly `value`, of the same type."""
        return self.kind == "literal" and type(self.value) is type(value) and self.value == value


UNKNOWN = Evaluated("unknown")


def one_of(found: list[Evaluated]) -> Evaluated:
    """Return what a name is worth that gets one of several values: a fallback, or unknown."""
    kinds = {each.kind for each in found}
    variable = next((each.variable for each in found if each.variable), None)
    if "environment" in kinds and kinds <= {"environment", "literal"}:
        literal = next((each for each in found if each.kind == "literal" and each.value), None)
        if literal is not None:
            return literal._replace(kind="fallback", variable=variable)
    if kinds == {"environment", "generated"}:
        made = next(each for each in found if each.kind == "generated")
        return made._replace(variable=variable)
    return UNKNOWN


def if_generated(found: Evaluated) -> Evaluated:
    """Return `found` if it is made anew each time, else that nothing is known."""
    return found if found.kind == "generated" else UNKNOWN


def converted(inner: Evaluated, method: str) -> Evaluated:
    """Return what a `method` such as ``strip`` makes of a text or bytes."""
    if inner.kind not in ("literal", "fallback") or method == "get_secret_value":
        return inner
    value = inner.value
    if method == "encode" and isinstance(value, str):
        return inner._replace(value=value.encode("utf-8", "surrogatepass"))
    if method == "decode" and isinstance(value, bytes):
        return inner._replace(value=value.decode("utf-8", "replace"))
    if method in ("strip", "lower", "upper", "title") and isinstance(value, str):
        return inner._replace(value=getattr(value, method)())
    return UNKNOWN


def as_number(found: Evaluated) -> Evaluated:
    """Return what ``int`` makes of a text that the environment may replace."""
    value = found.value
    if found.kind == "fallback" and isinstance(value, str) and value.strip().isdecimal():
        return found._replace(value=int(value))
    return found if found.kind == "fallback" and isinstance(value, int) else UNKNOWN


def as_switch(found: Evaluated, default: Evaluated = UNKNOWN) -> Evaluated:
    """Return the truth value that a function such as ``strtobool`` makes of a text.

    Args:
        found: its argument; the name of a variable, where it reads the environment itself.
        default: what it gives where the variable is not set, for such a function.
    """
    value = found.value
    if found.kind == "literal" and isinstance(value, str) and value.isupper():
        known = default.kind == "literal" and isinstance(default.value, bool)
        return default._replace(kind="fallback", variable=value) if known else UNKNOWN
    if found.kind != "fallback":
        return UNKNOWN
    text = str(value).strip().lower()
    if text in _TRUE or text in _FALSE:
        return found._replace(value=text in _TRUE)
    return UNKNOWN


def compared(left: Evaluated, op: ast.cmpop, right: Evaluated) -> Evaluated:
    """Return what a comparison of the environment with a literal is where nothing is set."""
    if right.kind != "literal":
        return UNKNOWN
    value = left.value  # None for a variable without a default
    if isinstance(op, ast.Eq | ast.Is):
        result = value == right.value
    elif isinstance(op, ast.NotEq | ast.IsNot):
        result = value != right.value
    elif isinstance(op, ast.In | ast.NotIn) and isinstance(right.value, tuple):
        result = (value in right.value) is isinstance(op, ast.In)
    else:
        return UNKNOWN
    return left._replace(kind="fallback", value=result)


def _duration(op: ast.operator, left: object, right: object) -> object:
    """Return ``timedelta(days=1) * 30``, ``30 * timedelta(days=1)`` or the sum of two."""
    try:
        if isinstance(op, ast.Mult) and isinstance(left, timedelta):
            return left * right if isinstance(right, int | float) else None
        if isinstance(op, ast.Mult) and isinstance(right, timedelta):
            return right * left if isinstance(left, int | float) else None
        if isinstance(op, ast.Add) and isinstance(left, timedelta):
            return left + right if isinstance(right, timedelta) else None
    except OverflowError:
        return None
    return None


def combined(op: ast.operator, left: object, right: object) -> object:
    """Return what an operator makes of two literals; None where that is not told."""
    if isinstance(left, timedelta) or isinstance(right, timedelta):
        return _duration(op, left, right)
    if isinstance(op, ast.Add):
        if type(left) is int and type(right) is int:
            return left + right
        if isinstance(left, str) and isinstance(right, str):
            return left + right if len(left) + len(right) <= _MAX_TEXT else None
        if isinstance(left, bytes) and isinstance(right, bytes):
            return left + right if len(left) + len(right) <= _MAX_TEXT else None
    if isinstance(op, ast.Mult) and type(left) is int and type(right) is int:
        return left * right if abs(left) < 2**40 and abs(right) < 2**40 else None
    if isinstance(op, ast.Mult) and isinstance(left, str | bytes) and type(right) is int:
        return left * right if 0 <= right * len(left) <= _MAX_TEXT else None
    return None
