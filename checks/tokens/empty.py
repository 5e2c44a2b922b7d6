"""Look-ups by a token that may be None or empty, because nothing asked."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator

from checks.facts.python import Scope, last_name
from checks.facts.source import Spot
from checks.lazy import lazy
from checks.project import Project
from checks.records import NamedTuple
from checks.tokens.local import app_modules, callers, passed

_FINDERS = (
    "filter_by", "filter", "where", "find_one", "get_or_none", "objects", "get", "first_or_404",
    "find", "one_or_none", "get_or_404",
)  # fmt: skip
_COLUMN = lazy(
    r"(^|_)(token|api_?key|apikey|auth_?key|access_?key|secret|reset_?(code|key)|uuid_token|hash|"
    r"activation_?(code|key)|confirm\w*_?(code|key)|code|otp)\d*$",
    re.IGNORECASE,
)
_HARMLESS = lazy(
    r"(country|lang|language|zip|area|currency|status|product|course|discount|coupon|promo|post|"
    r"airport|room|error|locale|item|branch|dept|iso\d?)_?code|color|file_?hash|commit",
    re.IGNORECASE,
)
_MAPPINGS = frozenset(
    f"flask.request.{name}"
    for name in ("args", "form", "values", "headers", "cookies", "json", "get_json")
)
_MAX_HOPS = 2  # callers followed to see where a value comes from


class Lookup(NamedTuple):
    """One look-up."""

    node: ast.expr
    scope: Scope
    column: str
    worth: str
    """``None`` or ``empty``."""
    source: Spot


def empty_lookups(project: Project) -> Iterator[Lookup]:
    """Yield look-ups outside tests by values that may be empty, in order."""
    for module in app_modules(project, "oken", "key", "code", "hash", "otp", "secret"):
        for call, scope in module.calls(*_FINDERS):
            if scope.kind != "function":
                continue
            for column, value in _conditions(call):
                if not _COLUMN.search(column) or _HARMLESS.search(column):
                    continue
                came = _Came(project).of(value, scope, call)
                if came is not None and not _required(column, call, scope, project):
                    yield Lookup(call, scope, column, *came)


def _conditions(call: ast.Call) -> Iterator[tuple[str, ast.expr]]:
    """Yield the columns and the values that a query compares."""
    for keyword in call.keywords:
        if keyword.arg:
            yield keyword.arg, keyword.value
    if last_name(call.func) in ("filter_by", "get", "objects"):
        return
    for arg in call.args:
        if isinstance(arg, ast.Compare) and isinstance(arg.ops[0], ast.Eq):
            left, right = arg.left, arg.comparators[0]
            if isinstance(left, ast.Attribute):
                yield left.attr, right
        elif isinstance(arg, ast.Dict):
            for key, value in zip(arg.keys, arg.values, strict=True):
                if isinstance(key, ast.Constant) and isinstance(key.value, str):
                    yield key.value, value


class _Came:
    """Finds out where a value comes from, and whether it may be empty there."""

    def __init__(self, project: Project) -> None:
        self.project = project

    def of(
        self, node: ast.expr, scope: Scope, place: ast.AST, depth: int = 0
    ) -> tuple[str, Spot] | None:
        """Return what the value may be, and where it came in, or None if it is asked for."""
        if isinstance(node, ast.Call):
            cut = _cut(node)
            worth = self._got(cut, scope)
            if cut is not node and worth == "None":
                return None  # None has no such method: the request fails
            return (worth, scope.spot(node)) if worth else None
        if not isinstance(node, ast.Name) or _asked(node.id, scope):
            return None
        bindings = self.project.names.bindings(node.id, scope)
        if len(bindings) != 1:
            return None
        binding = bindings[0]
        if binding.kind == "value" and isinstance(binding.value, ast.Call):
            if _is_asked_for(binding.value, scope) or _is_there(binding.value, scope):
                return None
            return self.of(binding.value, scope, place, depth)
        if binding.kind == "param" and node.id in scope.bindings:
            return self._given(node.id, scope, depth)
        return None

    def _given(self, name: str, scope: Scope, depth: int) -> tuple[str, Spot] | None:
        for decorator in scope.decorators:
            node = decorator.func if isinstance(decorator, ast.Call) else decorator
            if last_name(node) == "verify_token" and "auth" in ast.unparse(node).lower():
                return "empty", scope.spot()
        if depth >= _MAX_HOPS:
            return None
        for call, place in callers(scope, self.project):
            value = passed(call, scope, name)
            if value is not None:
                came = self.of(value, place, call, depth + 1)
                if came is not None:
                    return came
        return None

    def _got(self, call: ast.Call, scope: Scope) -> str | None:
        """Return what ``request.args.get("token")`` may be, None for other calls."""
        func = call.func
        if not isinstance(func, ast.Attribute) or func.attr != "get" or not call.args:
            return None
        owner = func.value.func if isinstance(func.value, ast.Call) else func.value
        if isinstance(owner, ast.Name):
            values = [
                binding.value
                for binding in self.project.names.bindings(owner.id, scope)
                if binding.kind == "value"
            ]
            one = values[0] if len(values) == 1 else None
            owner = one.func if isinstance(one, ast.Call) else one or owner
        named = self.project.names.qualified(owner, scope)
        if named not in _MAPPINGS and not self._is_loader_request(owner, scope):
            return None
        default = call.args[1] if len(call.args) > 1 else None
        for keyword in call.keywords:
            if keyword.arg == "default":
                default = keyword.value
        if default is None or (isinstance(default, ast.Constant) and default.value is None):
            return "None"
        return "empty" if isinstance(default, ast.Constant) and default.value == "" else None

    def _is_loader_request(self, owner: ast.expr, scope: Scope) -> bool:
        """Return whether `owner` is ``request.headers`` of a request loader's own parameter."""
        return (
            isinstance(owner, ast.Attribute)
            and owner.attr in ("headers", "args", "form", "values", "cookies")
            and isinstance(owner.value, ast.Name)
            and owner.value.id in ("request", "req")
            and any(arg.arg == owner.value.id for arg in scope.parameters())
        )


def _asked(name: str, scope: Scope) -> bool:
    """Return whether a function tests `name`, or calls methods that None has not."""
    for node in ast.walk(scope.node):
        if isinstance(node, ast.If | ast.IfExp | ast.While | ast.Assert):
            tests: list[ast.expr] = [node.test]
        elif isinstance(node, ast.BoolOp):
            tests = node.values
        else:
            continue
        if any(_tests(test, name) for test in tests):
            return True
    return any(
        isinstance(call.func, ast.Attribute)
        and isinstance(call.func.value, ast.Name)
        and call.func.value.id == name
        for call in scope.calls
    )


def _is_asked_for(call: ast.Call, scope: Scope) -> bool:
    """Return whether the same look-up is tested first: ``if data.get("token") is None: ...``."""
    said = ast.unparse(call)
    return any(
        isinstance(node, ast.If)
        and node.lineno < call.lineno
        and any(
            isinstance(part, ast.Call) and ast.unparse(part) == said for part in ast.walk(node.test)
        )
        and isinstance(node.body[-1], ast.Return | ast.Raise | ast.Expr)
        for node in ast.walk(scope.node)
    )


def _is_there(call: ast.Call, scope: Scope) -> bool:
    """Return whether the look-up stands where the key is known: ``if "code" in request.args:``."""
    if not isinstance(call.func, ast.Attribute) or not call.args:
        return False
    said = f"{ast.unparse(call.args[0])} in {ast.unparse(call.func.value)}"
    inner: ast.AST = call
    for outer in scope.module.ancestors(call):
        if isinstance(outer, ast.If) and inner in outer.body:
            parts = outer.test.values if isinstance(outer.test, ast.BoolOp) else [outer.test]
            together = not isinstance(getattr(outer.test, "op", None), ast.Or)
            if together and said in map(ast.unparse, parts):
                return True
        if outer is scope.node:
            return False
        inner = outer
    return False


def _tests(test: ast.expr, name: str) -> bool:
    """Return whether a condition says something of the value itself."""
    if isinstance(test, ast.Compare):
        parts = [test.left, *test.comparators]
        known = any(isinstance(part, ast.Constant) for part in parts)
        if known and any(isinstance(part, ast.Name) and part.id == name for part in parts):
            return True
    if isinstance(test, ast.Call):
        # ``len(token)``, ``all([token, name])``, ``is_valid(token)``; not the look-up itself.
        word = last_name(test.func)
        return (
            not _is_finder(test)
            and (
                word in ("len", "all", "bool", "isinstance", "any")
                or word.startswith(("is", "valid"))
            )
            and any(isinstance(part, ast.Name) and part.id == name for part in ast.walk(test))
        )
    if isinstance(test, ast.UnaryOp):
        return _tests(test.operand, name)
    if isinstance(test, ast.BoolOp):
        return any(_tests(part, name) for part in test.values)
    if isinstance(test, ast.NamedExpr):
        return _tests(test.target, name)
    return isinstance(test, ast.Name) and test.id == name


def _cut(node: ast.Call) -> ast.Call:
    """Return ``x.get("X", "")`` of ``x.get("X", "").replace("Bearer ", "").strip()``."""
    while (
        isinstance(node.func, ast.Attribute)
        and node.func.attr in ("replace", "strip", "lstrip", "rstrip", "removeprefix", "lower")
        and isinstance(node.func.value, ast.Call)
    ):
        node = node.func.value
    return node


def _is_finder(call: ast.Call) -> bool:
    return last_name(call.func) in _FINDERS


def _required(column: str, call: ast.Call, scope: Scope, project: Project) -> bool:
    """Return whether the models declare that this column always holds something."""
    root: ast.expr = call
    while isinstance(root, ast.Attribute | ast.Call):
        root = root.func if isinstance(root, ast.Call) else root.value
    model = getattr(root, "id", "")
    if model in ("cls", "self") and scope.enclosing_class is not None:
        model = scope.enclosing_class.name
    for arg in call.args:
        left = arg.left if isinstance(arg, ast.Compare) else None
        if isinstance(left, ast.Attribute):
            model = last_name(left.value) or model
    found = [
        (cls.name, assignment.value)
        for module in project.modules
        if column in module.source.text
        for cls in module.classes()
        for assignment in cls.assignments
        if isinstance(assignment.target, ast.Name) and assignment.target.id == column
    ]
    named = {name for name, _ in found}
    declared = [value for name, value in found if name == model or model not in named]
    calls = [node for node in declared if isinstance(node, ast.Call)]
    return bool(calls) and all(
        any(
            keyword.arg in ("nullable", "required", "primary_key", "null")
            and isinstance(keyword.value, ast.Constant)
            and keyword.value.value is (keyword.arg in ("required", "primary_key"))
            for keyword in node.keywords
        )
        for node in calls
    )
