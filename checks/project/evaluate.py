"""What an expression is worth without running it: a literal, the environment, or unknown.

Follows names through assignments, imports and class attributes as far as there is exactly one
assignment; anything else is unknown, never guessed.
"""

from __future__ import annotations

import ast
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Literal

from checks.facts.python import Scope, last_name
from checks.facts.source import Spot
from checks.project.names import Names
from checks.project.value_sources import FIELDS, GENERATORS, KEEPERS, READERS, WRAPPERS

_MAX_STEPS = 2_000  # parts looked at for one value
_MAX_DEPTH = 12  # names and operators followed for one value
_MAX_TEXT = 4096  # characters of a computed text; more is data

_DURATION_PARTS = (
    "days", "seconds", "microseconds", "milliseconds", "minutes", "hours", "weeks",
)  # fmt: skip
_CONVERSIONS = frozenset({"encode", "decode", "strip", "hex", "get_secret_value"})
_SETTINGS_BASES = frozenset({"pydantic.BaseSettings", "pydantic_settings.BaseSettings"})


@dataclass(frozen=True, slots=True)
class Evaluated:
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


class Evaluator:
    """Evaluates expressions with the project's names."""

    def __init__(self, names: Names) -> None:
        """Take the names that references are resolved with."""
        self.names = names
        self._steps = 0

    def evaluate(self, node: ast.expr | None, scope: Scope, _depth: int = 0) -> Evaluated:
        """Return what `node`, standing in `scope`, is worth."""
        self._steps = _MAX_STEPS if _depth == 0 else self._steps - 1
        if node is None or _depth > _MAX_DEPTH or self._steps < 0:
            return UNKNOWN
        method = _METHODS.get(type(node))
        if method is None:
            return UNKNOWN
        return method(self, node, scope, _depth + 1)

    def _constant(self, node: ast.Constant, scope: Scope, depth: int) -> Evaluated:
        return Evaluated("literal", node.value, scope.spot(node))

    def _name(self, node: ast.Name, scope: Scope, depth: int) -> Evaluated:
        bindings = self.names.bindings(node.id, scope)
        if len(bindings) != 1:
            return UNKNOWN
        binding = bindings[0]
        owner = scope
        while node.id not in owner.bindings and owner.parent is not None:
            owner = owner.parent
        if binding.kind == "value":
            return self.evaluate(binding.value, owner, depth)
        if binding.kind == "import":
            return self._imported(self.names.qualified(node, scope), depth)
        return UNKNOWN

    def _imported(self, qualified: str | None, depth: int) -> Evaluated:
        if qualified is None or "." not in qualified:
            return UNKNOWN
        stem, _, name = qualified.rpartition(".")
        module = self.names.modules.get(stem)
        owner = module.top if module is not None else self.names.scope_of(stem)
        if owner is None:
            return UNKNOWN
        bindings = owner.bindings.get(name, [])
        if len(bindings) != 1 or bindings[0].kind != "value":
            return UNKNOWN
        return self.evaluate(bindings[0].value, owner, depth)

    def _attribute(self, node: ast.Attribute, scope: Scope, depth: int) -> Evaluated:
        if node.attr in ("hex", "int", "bytes") and isinstance(node.value, ast.Call):
            return _if_generated(self.evaluate(node.value, scope, depth))
        qualified = self.names.qualified(node, scope)
        if qualified is None:
            return UNKNOWN
        stem, _, name = qualified.rpartition(".")
        if stem == "http.HTTPMethod":
            return Evaluated("literal", name, scope.spot(node))
        for base in self.names.bases(stem) if self.names.scope_of(stem) else (stem,):
            found = self._imported(f"{base}.{name}", depth)
            if found.kind != "unknown":
                return self._from_settings(found, stem, name)
        return UNKNOWN

    def _from_settings(self, found: Evaluated, cls: str, name: str) -> Evaluated:
        # pydantic fills a settings class from the environment; the class holds the defaults.
        if found.kind == "literal" and _SETTINGS_BASES.intersection(self.names.bases(cls)):
            return replace(found, kind="fallback", variable=name.upper())
        return found

    def _call(self, node: ast.Call, scope: Scope, depth: int) -> Evaluated:
        called = self.names.called(node, scope)
        if called in GENERATORS:
            return Evaluated("generated", spot=scope.spot(node))
        if called in READERS:
            return self._read(node, scope, depth)
        if called in WRAPPERS and node.args:
            return _if_generated(self.evaluate(node.args[0], scope, depth))
        if called in FIELDS:
            return self._field(node, scope, depth)
        if isinstance(node.func, ast.Attribute):
            if node.func.attr in _CONVERSIONS:
                inner = self.evaluate(node.func.value, scope, depth)
                return _converted(inner, node.func.attr)
            if node.func.attr == "join" and len(node.args) == 1:
                return self._joined(node.args[0], scope, depth)
            if node.func.attr in ("hexdigest", "digest") and isinstance(node.func.value, ast.Call):
                hashed = node.func.value.args
                return _if_generated(self.evaluate(hashed[0] if hashed else None, scope, depth))
        if called in ("datetime.timedelta", "pandas.Timedelta"):
            return self._duration(node, scope, depth)
        if called in ("builtins.str", "builtins.bytes", "pydantic.SecretStr", "builtins.bool"):
            return self.evaluate(node.args[0], scope, depth) if node.args else UNKNOWN
        if called in ("builtins.dict",) and not node.args:
            return Evaluated("unknown", spot=scope.spot(node))
        return self._returned(self.names.scope_of(called), depth)

    def _returned(self, function: Scope | None, depth: int) -> Evaluated:
        """Return what a project function without side effects gives back, if it is text."""
        if function is None or function.kind != "function" or not 0 < len(function.returns) < 4:
            return UNKNOWN
        if any(last_name(call.func) in KEEPERS for call in function.calls):
            return UNKNOWN  # what is kept somewhere is the same the next time
        found = [self.evaluate(each.value, function, depth) for each in function.returns]
        if any(e.kind == "literal" and not isinstance(e.value, str | bytes) for e in found):
            return UNKNOWN
        return found[0] if len(found) == 1 else one_of(found)

    def _field(self, node: ast.Call, scope: Scope, depth: int) -> Evaluated:
        """Return the default of a field of a pydantic class."""
        given = {keyword.arg: keyword.value for keyword in node.keywords}
        factory = given.get("default_factory")
        if isinstance(factory, ast.Lambda):
            return self.evaluate(factory.body, scope, depth)
        if factory is not None and self.names.qualified(factory, scope) in GENERATORS:
            return Evaluated("generated", spot=scope.spot(factory))
        default = node.args[0] if node.args else given.get("default")
        return self.evaluate(default, scope, depth)

    def _joined(self, node: ast.expr, scope: Scope, depth: int) -> Evaluated:
        """Return that ``"".join(choice(letters) for ...)`` is made anew each time."""
        drawn = node.elt if isinstance(node, ast.GeneratorExp | ast.ListComp) else node
        return _if_generated(self.evaluate(drawn, scope, depth))

    def _duration(self, node: ast.Call, scope: Scope, depth: int) -> Evaluated:
        """Return a `timedelta` of literal parts as one."""
        named = zip(_DURATION_PARTS, node.args, strict=False)
        parts = [*named, *((keyword.arg or "", keyword.value) for keyword in node.keywords)]
        given: dict[str, float] = {}
        for name, value in parts:
            found = self.evaluate(value, scope, depth)
            if found.kind != "literal" or not isinstance(found.value, int | float):
                return UNKNOWN
            given[name] = found.value
        try:
            return Evaluated("literal", timedelta(**given), scope.spot(node))
        except (TypeError, OverflowError):
            return UNKNOWN

    def _read(self, node: ast.Call, scope: Scope, depth: int) -> Evaluated:
        variable = self.evaluate(node.args[0], scope, depth).value if node.args else None
        default = node.args[1] if len(node.args) > 1 else None
        for keyword in node.keywords:
            if keyword.arg == "default":
                default = keyword.value
        name = variable if isinstance(variable, str) else None
        return self._with_default(name, default, scope, depth)

    def _with_default(
        self, variable: str | None, default: ast.expr | None, scope: Scope, depth: int
    ) -> Evaluated:
        otherwise = self.evaluate(default, scope, depth)
        if otherwise.kind in ("literal", "fallback") and otherwise.value is not None:
            return Evaluated("fallback", otherwise.value, otherwise.spot, variable)
        if otherwise.kind == "generated":
            return replace(otherwise, variable=variable)
        return Evaluated("environment", variable=variable)

    def _or(self, node: ast.BoolOp, scope: Scope, depth: int) -> Evaluated:
        if not isinstance(node.op, ast.Or):
            return UNKNOWN
        variable = None
        for value in node.values:
            found = self.evaluate(value, scope, depth)
            variable = variable or found.variable
            if found.kind == "literal" and found.value:
                return replace(found, kind="fallback", variable=variable)
            if found.kind in ("fallback", "generated"):
                return replace(found, variable=variable)
        return Evaluated("environment", variable=variable) if variable else UNKNOWN

    def _choice(self, node: ast.IfExp, scope: Scope, depth: int) -> Evaluated:
        sides = [self.evaluate(side, scope, depth) for side in (node.body, node.orelse)]
        literal = next((side for side in sides if side.kind == "literal" and side.value), None)
        other = next((side for side in sides if side is not literal), UNKNOWN)
        if literal is not None and other.kind in ("environment", "fallback"):
            return replace(literal, kind="fallback", variable=other.variable)
        return UNKNOWN

    def _subscript(self, node: ast.Subscript, scope: Scope, depth: int) -> Evaluated:
        if self.names.qualified(node.value, scope) == "os.environ":
            variable = self.evaluate(node.slice, scope, depth).value
            return Evaluated(
                "environment", variable=variable if isinstance(variable, str) else None
            )
        return UNKNOWN

    def _operation(self, node: ast.BinOp, scope: Scope, depth: int) -> Evaluated:
        left = self.evaluate(node.left, scope, depth)
        right = self.evaluate(node.right, scope, depth)
        if left.kind != "literal" or right.kind != "literal":
            return UNKNOWN
        value = _combined(node.op, left.value, right.value)
        return Evaluated("literal", value, scope.spot(node)) if value is not None else UNKNOWN

    def _text(self, node: ast.JoinedStr, scope: Scope, depth: int) -> Evaluated:
        parts = []
        for part in node.values:
            inner = part.value if isinstance(part, ast.FormattedValue) else part
            found = self.evaluate(inner, scope, depth)
            if found.kind != "literal":
                return _if_generated(found)
            parts.append(str(found.value))
        return Evaluated("literal", "".join(parts), scope.spot(node))

    def _sequence(
        self, node: ast.List | ast.Tuple | ast.Set, scope: Scope, depth: int
    ) -> Evaluated:
        if len(node.elts) > 64:
            return UNKNOWN
        found = [self.evaluate(element, scope, depth) for element in node.elts]
        if any(element.kind != "literal" for element in found):
            return UNKNOWN
        return Evaluated("literal", tuple(element.value for element in found), scope.spot(node))

    def _negated(self, node: ast.UnaryOp, scope: Scope, depth: int) -> Evaluated:
        found = self.evaluate(node.operand, scope, depth)
        if found.kind != "literal":
            return UNKNOWN
        if isinstance(node.op, ast.Not):
            return Evaluated("literal", not found.value, scope.spot(node))
        if isinstance(node.op, ast.USub) and isinstance(found.value, int | float):
            return Evaluated("literal", -found.value, scope.spot(node))
        return UNKNOWN


def one_of(found: list[Evaluated]) -> Evaluated:
    """Return what a name is worth that gets one of several values: a fallback, or unknown."""
    kinds = {each.kind for each in found}
    variable = next((each.variable for each in found if each.variable), None)
    if "environment" in kinds and kinds <= {"environment", "literal"}:
        literal = next((each for each in found if each.kind == "literal" and each.value), None)
        if literal is not None:
            return replace(literal, kind="fallback", variable=variable)
    if kinds == {"environment", "generated"}:
        made = next(each for each in found if each.kind == "generated")
        return replace(made, variable=variable)
    return UNKNOWN


def _if_generated(found: Evaluated) -> Evaluated:
    return found if found.kind == "generated" else UNKNOWN


def _converted(inner: Evaluated, method: str) -> Evaluated:
    if inner.kind not in ("literal", "fallback") or method == "get_secret_value":
        return inner
    value = inner.value
    if method == "encode" and isinstance(value, str):
        return replace(inner, value=value.encode("utf-8", "surrogatepass"))
    if method == "decode" and isinstance(value, bytes):
        return replace(inner, value=value.decode("utf-8", "replace"))
    if method == "strip" and isinstance(value, str):
        return replace(inner, value=value.strip())
    return UNKNOWN


def _combined(op: ast.operator, left: object, right: object) -> object:
    if isinstance(op, ast.Add):
        for kind in (str, bytes, int):
            if type(left) is kind and type(right) is kind:
                joined: object = left + right  # type: ignore[operator]  # both are of one kind
                return joined if kind is int or len(joined) <= _MAX_TEXT else None  # type: ignore[arg-type]
    if isinstance(op, ast.Mult) and type(left) is int and type(right) is int:
        return left * right if abs(left) < 2**40 and abs(right) < 2**40 else None
    if isinstance(op, ast.Mult) and type(left) is timedelta and type(right) in (int, float):
        try:
            return left * right  # type: ignore[operator]  # just asked
        except OverflowError:
            return None
    if isinstance(op, ast.Mult) and isinstance(left, str | bytes) and type(right) is int:
        return left * right if 0 <= right * len(left) <= _MAX_TEXT else None
    return None


_METHODS: dict[type[ast.AST], Callable[..., Evaluated]] = {
    ast.Constant: Evaluator._constant,
    ast.Name: Evaluator._name,
    ast.Attribute: Evaluator._attribute,
    ast.Call: Evaluator._call,
    ast.BoolOp: Evaluator._or,
    ast.IfExp: Evaluator._choice,
    ast.Subscript: Evaluator._subscript,
    ast.BinOp: Evaluator._operation,
    ast.JoinedStr: Evaluator._text,
    ast.List: Evaluator._sequence,
    ast.Tuple: Evaluator._sequence,
    ast.Set: Evaluator._sequence,
    ast.UnaryOp: Evaluator._negated,
}
