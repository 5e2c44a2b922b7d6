"""Whether the address that a client claims to have decides anything, or is only kept."""

from __future__ import annotations

import ast
import re
from typing import TYPE_CHECKING

from checks.facts.python import Scope, last_name
from checks.lazy import lazy
from checks.project.only_logged import own_expressions

if TYPE_CHECKING:
    from checks.project import Project

# Calls that count, look up, let in or keep out.
_ACTS = lazy(
    r"(?:^|_)(?:rate|limit\w*|count\w*|incr\w*|hit|hits|get|setdefault|pop|setex|exists|zadd|zcard|expire|ban\w*|"
    r"block\w*|allow\w*|den(?:y|ied)|check\w*|valid\w*|verif\w*|is|in|permit\w*|authori\w*|filter|"
    r"filter_by|find\w*|where|query|match\w*|startswith|fullmatch|search|attempt\w*|throttl\w*|"
    r"lock\w*|fail\w*|trust\w*|ip_?network|ip_?set|ipaddress|ip_address|add|append|discard|open|grant\w*|may|can|has)"
    r"(?:_|$)",
    re.IGNORECASE,
)
# Keys and addresses, not prose.
_ACT = lazy(
    r"^\S*(?:rate|limit|attempt|ban|block|lock|allow|access|open|grant|fail)\S*$", re.IGNORECASE
)
_KEEPS = lazy(
    r"log|event|save|store|keep|creat|insert|updat|register|note|history|record|audit|track|print|debug|info|warn|message|mail",
    re.IGNORECASE,
)
_FETCHES = lazy(r"^(?:requests|httpx|urllib|http|aiohttp)\b")
_SHAPES = frozenset(
    {"split", "strip", "str", "rstrip", "lstrip", "lower", "encode", "format", "join", "getlist",
     "ip_address", "ip_interface", "md5", "sha1", "sha256", "hexdigest", "next", "decode", "first"}
)  # fmt: skip
_RUNS = frozenset({"execute", "run", "handle", "perform"})
_READ_AS = lazy(r"^(?:HTTP_)?REMOTE_ADDR$")
_DEEP = 7  # helpers and names that hand it on


def settles(node: ast.expr, scope: Scope, project: Project, deep: int = _DEEP) -> bool:
    """Return whether something is decided by the value of `node`: compared, looked up, counted.

    What a function that nobody here knows gets counts, and what a helper returns that nobody calls.

    Args:
        node: what reads the address.
        scope: where.
        project: for helpers that it is handed to, or returned by.
        deep: how many more of them are looked into.
    """
    if deep < 0:
        return False
    inner: ast.AST = node
    for outer in scope.module.ancestors(node):
        if isinstance(outer, ast.Compare):
            return not _asks_for_one(outer)
        if isinstance(outer, ast.Subscript) and inner is outer.slice:
            return True
        if isinstance(outer, ast.Call) and inner is not outer.func:
            called = _called(outer, inner, scope, project, deep)
            if called is not None:
                return called
        if isinstance(outer, ast.Dict):
            return inner in outer.keys
        if isinstance(outer, ast.BinOp | ast.JoinedStr) and _names_an_act(outer):
            return True
        if isinstance(outer, ast.For):
            target = outer.target
            return isinstance(target, ast.Name) and _read(target.id, scope, project, deep - 1)
        if isinstance(outer, ast.Return):
            return _is_answer(scope, project, deep)
        if isinstance(outer, ast.Assign | ast.AnnAssign):
            return _kept(outer, inner, scope, project, deep)
        if isinstance(outer, ast.stmt):
            return False
        inner = outer
    return False


def _asks_for_one(compare: ast.Compare) -> bool:
    """Return whether it is only asked whether there is an address."""
    other = compare.comparators[0]
    return isinstance(other, ast.Constant) and other.value in (None, "", "unknown")


def _names_an_act(text: ast.BinOp | ast.JoinedStr) -> bool:
    """Return whether a text with the address in it says what for: ``f"banned:{address}"``."""
    parts = (part.value for part in ast.walk(text) if isinstance(part, ast.Constant))
    return any(isinstance(part, str) and _ACT.search(part) is not None for part in parts)


def _called(
    call: ast.Call, given: ast.AST, scope: Scope, project: Project, deep: int
) -> bool | None:
    """Return whether a call that gets the address decides by it; None where it is only shaped."""
    name = last_name(call.func)
    made = call.func.value if isinstance(call.func, ast.Attribute) else None
    if name in _RUNS and isinstance(made, ast.Call):
        name = last_name(made.func)  # ``container.is_blocked().execute(address)``
    if name in _SHAPES:
        return None
    helper = project.names.callee(call, scope) if deep else None
    if helper is not None and helper is not scope and helper.kind == "function":
        taken = _parameter(call, given, helper)
        return taken is not None and _read(taken, helper, project, deep - 1)
    if _KEEPS.search(name) or _FETCHES.match(ast.unparse(call.func)):
        return False
    unknown = isinstance(call.func, ast.Name) and name.islower()
    return unknown or _ACTS.search(name) is not None


def _kept(
    statement: ast.Assign | ast.AnnAssign, inner: ast.AST, scope: Scope, project: Project, deep: int
) -> bool:
    """Return whether what an assignment makes of the address decides something later."""
    target = statement.targets[0] if isinstance(statement, ast.Assign) else statement.target
    if isinstance(target, ast.Subscript):
        key = target.slice
        if inner is not statement.value:
            return True  # ``attempts[address] = 1``
        return isinstance(key, ast.Constant) and _READ_AS.match(str(key.value)) is not None
    if isinstance(target, ast.Attribute):
        return target.attr == "remote_addr" and last_name(target.value) == "request"
    return isinstance(target, ast.Name) and _read(target.id, scope, project, deep - 1)


def _read(name: str, scope: Scope, project: Project, deep: int) -> bool:
    """Return whether one of the places in `scope` that read the variable `name` decides."""
    return any(
        isinstance(node, ast.Name)
        and node.id == name
        and isinstance(node.ctx, ast.Load)
        and settles(node, scope, project, deep)
        for node in own_expressions(scope)
    )


def _is_answer(scope: Scope, project: Project, deep: int) -> bool:
    """Return whether those who call the helper `scope`, or are handed it, decide by its answer."""
    if scope.kind != "function":
        return False
    if scope.decorators or scope.name.startswith("__"):
        return True  # a property, or what a framework calls
    handed = re.compile(
        rf"(?:key_func\s*=|Limiter\(|key\s*=|limit\w*\([^\n]{{0,200}},)\s*[\w.]*\b{scope.name}\b(?!\()"
    )
    asked = False
    for module in project.vocabulary.files(scope.name):
        if module.source.context == "tests":
            continue
        if handed.search(module.source.text):
            return True
        for call, where in module.calls(scope.name):
            if where is not scope:
                asked = True
                if settles(call, where, project, deep - 1):
                    return True
    return not asked  # nobody here: who does may well decide


def _parameter(call: ast.Call, given: ast.AST, helper: Scope) -> str | None:
    """Return the parameter of `helper` that takes `given`, an argument of `call`."""
    if isinstance(given, ast.keyword):
        return given.arg
    if given not in call.args:
        return None
    plain = [arg.arg for arg in helper.parameters()]
    if plain[:1] in (["self"], ["cls"]):
        del plain[0]
    position = call.args.index(given)
    return plain[position] if position < len(plain) else None
