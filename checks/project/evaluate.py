"""What an expression is worth without running it: a literal, the environment, or unknown.

Follows names through assignments, imports and class attributes as far as there is exactly one
assignment; anything else is unknown, never guessed.
"""

from __future__ import annotations

import ast
from collections.abc import Callable
from datetime import timedelta

from checks.facts.python import Module, Scope, last_name
from checks.project.env_readers import decoded, given_to_reader
from checks.project.evaluated import (
    TO_BOOL,
    UNKNOWN,
    Evaluated,
    as_number,
    as_switch,
    combined,
    compared,
    converted,
    if_generated,
    one_of,
)  # fmt: skip
from checks.project.names import Names
from checks.project.value_sources import FIELDS, GENERATORS, KEEPERS, READERS, WRAPPERS

_MAX_STEPS = 2_000  # parts looked at for one value
_MAX_DEPTH = 12  # names and operators followed for one value

_DURATION_PARTS = (
    "days", "seconds", "microseconds", "milliseconds", "minutes", "hours", "weeks",
)  # fmt: skip
_CONVERSIONS = frozenset(
    {"encode", "decode", "strip", "hex", "get_secret_value", "lower", "upper", "title"}
)
_SETTINGS_BASES = frozenset({"pydantic.BaseSettings", "pydantic_settings.BaseSettings"})


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
            found = self._imported(self.names.qualified(node, scope), depth)
            if found.kind != "unknown":
                return found
            # A name is called after the function that makes its value, not after its file.
            stem, _, name = binding.target.rpartition(".")
            return self._of(self.names.find_module(stem, scope.module), name, depth)
        return UNKNOWN

    def _of(self, module: Module | None, name: str, depth: int) -> Evaluated:
        """Return what the only assignment of `name` at the top of a file gives it."""
        bindings = module.top.bindings.get(name, []) if module is not None else []
        if module is None or len(bindings) != 1 or bindings[0].kind != "value":
            return UNKNOWN
        return self.evaluate(bindings[0].value, module.top, depth)

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
            return if_generated(self.evaluate(node.value, scope, depth))
        qualified = self.names.qualified(node, scope)
        if qualified is None:
            return UNKNOWN
        stem, _, name = qualified.rpartition(".")
        holder = self.names.modules.get(self.names.qualified(node.value, scope) or "")
        if holder is not None:
            return self._of(holder, node.attr, depth)
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
            return found._replace(kind="fallback", variable=name.upper())
        return found

    def _call(self, node: ast.Call, scope: Scope, depth: int) -> Evaluated:
        called = self.names.called(node, scope)
        if called in GENERATORS:
            return Evaluated("generated", spot=scope.spot(node))
        if called in READERS:
            return self._read(node, scope, depth)
        if called in WRAPPERS and node.args:
            return if_generated(self.evaluate(node.args[0], scope, depth))
        if called in FIELDS:
            return self._field(node, scope, depth)
        if isinstance(node.func, ast.Attribute):
            if node.func.attr in _CONVERSIONS:
                inner = self.evaluate(node.func.value, scope, depth)
                return converted(inner, node.func.attr)
            if node.func.attr == "join" and len(node.args) == 1:
                return self._joined(node.args[0], scope, depth)
            if node.func.attr in ("hexdigest", "digest") and isinstance(node.func.value, ast.Call):
                hashed = node.func.value.args
                found = self.evaluate(hashed[0] if hashed else None, scope, depth)
                return self._decoded(found, node.func.value, scope)
        if called is not None and called.endswith("b64decode") and node.args:
            return self._decoded(self.evaluate(node.args[0], scope, depth), node, scope)
        if called in ("datetime.timedelta", "pandas.Timedelta"):
            return self._duration(node, scope, depth)
        if called in ("builtins.str", "builtins.bytes", "pydantic.SecretStr", "builtins.bool"):
            return self.evaluate(node.args[0], scope, depth) if node.args else UNKNOWN
        if called == "builtins.int" and len(node.args) == 1:
            return as_number(self.evaluate(node.args[0], scope, depth))
        if node.args and TO_BOOL.search(last_name(node.func)):
            given = [self.evaluate(argument, scope, depth) for argument in node.args[:2]]
            return as_switch(*given)
        if called in ("builtins.dict",) and not node.args:
            return Evaluated("unknown", spot=scope.spot(node))
        function = self.names.scope_of(called)
        read = given_to_reader(node, function)
        if read is not None:
            variable = self.evaluate(read[0], scope, depth).value
            name = variable if isinstance(variable, str) else None
            return self._with_default(name, read[1], scope, depth)
        return self._returned(function, depth)

    def _decoded(self, found: Evaluated, node: ast.Call, scope: Scope) -> Evaluated:
        """Return what a decoder or a digest of a literal is."""
        made = decoded(self.names.called(node, scope), found.value)
        if made is None or found.kind not in ("literal", "fallback"):
            return if_generated(found)
        return found._replace(value=made)

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
        return if_generated(self.evaluate(drawn, scope, depth))

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
            return otherwise._replace(variable=variable)
        return Evaluated("environment", variable=variable)

    def _or(self, node: ast.BoolOp, scope: Scope, depth: int) -> Evaluated:
        if not isinstance(node.op, ast.Or):
            return UNKNOWN
        variable = None
        for value in node.values:
            found = self.evaluate(value, scope, depth)
            variable = variable or found.variable
            if found.kind == "literal" and found.value:
                return found._replace(kind="fallback", variable=variable)
            if found.kind in ("fallback", "generated"):
                return found._replace(variable=variable)
        return Evaluated("environment", variable=variable) if variable else UNKNOWN

    def _choice(self, node: ast.IfExp, scope: Scope, depth: int) -> Evaluated:
        sides = [self.evaluate(side, scope, depth) for side in (node.body, node.orelse)]
        literal = next((side for side in sides if side.kind == "literal" and side.value), None)
        other = next((side for side in sides if side is not literal), UNKNOWN)
        if literal is not None and other.kind in ("environment", "fallback"):
            return literal._replace(kind="fallback", variable=other.variable)
        switch = self.evaluate(node.test, scope, depth)
        chosen = sides[0] if switch.value else sides[1]
        if switch.kind == "fallback" and chosen.kind == "literal":
            return chosen._replace(kind="fallback", variable=switch.variable)
        return UNKNOWN

    def _subscript(self, node: ast.Subscript, scope: Scope, depth: int) -> Evaluated:
        if self.names.qualified(node.value, scope) == "os.environ":
            variable = self.evaluate(node.slice, scope, depth).value
            return Evaluated(
                "environment", variable=variable if isinstance(variable, str) else None
            )
        return self._item(node, scope, depth)

    def _item(self, node: ast.Subscript, scope: Scope, depth: int) -> Evaluated:
        """Return what a dictionary that a name is bound to once has under a literal key."""
        key = node.slice.value if isinstance(node.slice, ast.Constant) else None
        if not isinstance(node.value, ast.Name) or not isinstance(key, str):
            return UNKNOWN
        bindings = self.names.bindings(node.value.id, scope)
        made = bindings[0].value if len(bindings) == 1 and bindings[0].kind == "value" else None
        if not isinstance(made, ast.Dict):
            return UNKNOWN
        owner = scope if node.value.id in scope.bindings else scope.module.top
        for each, value in zip(made.keys, made.values, strict=True):
            if isinstance(each, ast.Constant) and each.value == key:
                return self.evaluate(value, owner, depth)
        return UNKNOWN

    def _comparison(self, node: ast.Compare, scope: Scope, depth: int) -> Evaluated:
        """Return what ``os.getenv("X", "no") == "yes"`` is where nothing sets the variable."""
        if len(node.ops) != 1:
            return UNKNOWN
        left = self.evaluate(node.left, scope, depth)
        read = any(last_name(part) in ("get", "getenv") for part in ast.walk(node.left))
        if left.kind != "fallback" and not (left.kind == "environment" and read):
            return UNKNOWN  # ``os.environ["X"]`` must be set
        return compared(left, node.ops[0], self.evaluate(node.comparators[0], scope, depth))

    def _operation(self, node: ast.BinOp, scope: Scope, depth: int) -> Evaluated:
        left = self.evaluate(node.left, scope, depth)
        right = self.evaluate(node.right, scope, depth)
        if left.kind != "literal" or right.kind != "literal":
            return UNKNOWN
        value = combined(node.op, left.value, right.value)
        return Evaluated("literal", value, scope.spot(node)) if value is not None else UNKNOWN

    def _text(self, node: ast.JoinedStr, scope: Scope, depth: int) -> Evaluated:
        parts = []
        for part in node.values:
            inner = part.value if isinstance(part, ast.FormattedValue) else part
            found = self.evaluate(inner, scope, depth)
            if found.kind != "literal":
                return if_generated(found)
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
        if isinstance(node.op, ast.Not) and found.kind == "fallback":
            return found._replace(value=not found.value)
        if found.kind != "literal":
            return UNKNOWN
        if isinstance(node.op, ast.Not):
            return Evaluated("literal", not found.value, scope.spot(node))
        if isinstance(node.op, ast.USub) and isinstance(found.value, int | float):
            return Evaluated("literal", -found.value, scope.spot(node))
        return UNKNOWN


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
    ast.Compare: Evaluator._comparison,
}
