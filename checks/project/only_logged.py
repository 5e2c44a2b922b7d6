"""Whether a value goes into a log and nowhere else, by variables and helpers perhaps."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator

from checks.facts.python import Scope, last_name
from checks.lazy import lazy
from checks.project.names import Names

# What makes the line that gevent, Werkzeug and http.server write into their log.
_LINES = (
    "format_request", "log_request", "address_string", "write_log", "log_access", "access_log",
)  # fmt: skip
_SAYS = (
    "debug", "info", "warning", "warn", "error", "critical", "exception", "log", "print",
    "bind_contextvars", "bound_contextvars", "bind_threadlocal", "bound_threadlocal",
)  # fmt: skip
_TEXTS = ("str", "repr", "format", "get", "getlist", "ip_address")
# The names of the headers themselves.
_HEADER = lazy(r"^x?[-_]?(?:forwarded[-_](?:for|host|proto)|real[-_]ip)$", re.IGNORECASE)
_DEEP = 3  # helpers that hand it on to each other


def only_logged(node: ast.expr, scope: Scope, names: Names, deep: int = _DEEP) -> bool:
    """Return whether the value of `node` in `scope` goes into a log and nowhere else."""
    if scope.name in _LINES:
        return True
    said = _said(node, scope, names, deep)
    if said is not None:
        return said
    for outer in scope.module.ancestors(node):
        if isinstance(outer, ast.Return):
            return deep > 0 and _answers_only_logged(scope, names, deep - 1)
        if isinstance(outer, ast.Assign):
            (target, *more) = outer.targets
            name = target.id if isinstance(target, ast.Name) and not more else ""
            return bool(name) and all_logged(name, scope, names, deep)
        if isinstance(outer, ast.stmt):
            return False
    return False


def _answers_only_logged(scope: Scope, names: Names, deep: int) -> bool:
    """Return whether all that call the helper `scope` of a file only log what it returns."""
    if scope.kind != "function" or scope.enclosing_class is not None or scope.decorators:
        return False
    called = [
        (call, where)
        for module in names.calling(scope.name)
        if module.source.context != "tests"
        for call, where in module.calls(scope.name)
        if names.callee(call, where) is scope
    ]
    return bool(called) and all(only_logged(call, where, names, deep) for call, where in called)


def all_logged(name: str, scope: Scope, names: Names, deep: int, *, unread: bool = False) -> bool:
    """Return whether only what writes logs reads `name`; `unread` if nothing does."""
    if scope.kind != "function":
        return False
    said = unread
    for node in own_expressions(scope):
        if isinstance(node, ast.Name) and node.id == name and isinstance(node.ctx, ast.Load):
            if isinstance(scope.module.parent(node), ast.Return):
                said = deep > 0 and _answers_only_logged(scope, names, deep - 1)
            else:
                said = _said(node, scope, names, deep) is True
            if not said:
                return False
    return said


def _said(node: ast.expr, scope: Scope, names: Names, deep: int) -> bool | None:
    """Return whether calls around `node` write it into a log, None if they are unknown."""
    inner: ast.AST = node
    known = True
    for outer in scope.module.ancestors(node):
        if isinstance(outer, ast.stmt):
            written = outer if isinstance(outer, ast.Assign) else None
            target = written.targets[0] if written is not None else None
            key = target.slice if isinstance(target, ast.Subscript) else None
            noted = isinstance(key, ast.Constant) and _HEADER.search(str(key.value)) is not None
            whole = written is not None and inner is written.value
            if isinstance(target, ast.Name) and whole and deep:
                return all_logged(target.id, scope, names, deep - 1)
            asked = isinstance(outer, ast.If) and inner is outer.test
            return True if asked or (noted and whole) else None
        if _is_noted(outer, inner):
            return True
        if isinstance(outer, ast.Compare):
            return False  # ``if address in BANNED:``
        if isinstance(outer, ast.Call) and inner is not outer.func:
            if last_name(outer.func) in _SAYS:
                return True
            helper = names.callee(outer, scope) if deep and known else None
            if helper is not None and helper is not scope and helper.kind == "function":
                taken = _parameter(outer, inner, helper)
                return bool(taken) and all_logged(taken, helper, names, deep - 1, unread=True)
            known = known and last_name(outer.func) in _TEXTS
        inner = outer
    return None


def _is_noted(outer: ast.AST, inner: ast.AST) -> bool:
    """Return whether `inner` is noted as what it is, ``{"x_forwarded_for": sent}``, or only asked
    for being there.
    """
    if isinstance(outer, ast.Dict):
        at = next((i for i, value in enumerate(outer.values) if value is inner), None)
        key = outer.keys[at] if at is not None else None
        return isinstance(key, ast.Constant) and _HEADER.search(str(key.value)) is not None
    if isinstance(outer, ast.keyword):
        return outer.arg is not None and _HEADER.search(outer.arg) is not None
    return (
        isinstance(outer, ast.Compare)
        and isinstance(outer.ops[0], ast.Is | ast.IsNot)
        and isinstance(other := outer.comparators[0], ast.Constant)
        and other.value is None
    )


def _parameter(call: ast.Call, given: ast.AST, helper: Scope) -> str:
    """Return the parameter of `helper` that takes `given`, an argument of `call`."""
    if isinstance(given, ast.keyword):
        known = {arg.arg for arg in helper.parameters()}
        return given.arg if given.arg in known else ""
    if given not in call.args or any(isinstance(arg, ast.Starred) for arg in call.args):
        return ""
    arguments = getattr(helper.node, "args", None)
    plain = [*arguments.posonlyargs, *arguments.args] if arguments is not None else []
    if plain and plain[0].arg in ("self", "cls"):
        plain = plain[1:]
    position = call.args.index(given)
    return plain[position].arg if position < len(plain) else ""


def own_expressions(scope: Scope) -> Iterator[ast.expr]:
    """Yield the expressions of `scope` without those of functions and classes in it."""
    waiting: list[ast.AST] = list(scope.body)
    while waiting:
        node = waiting.pop()
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            continue
        if isinstance(node, ast.expr):
            yield node
        waiting.extend(ast.iter_child_nodes(node))
