"""Where tokens and codes that are mailed to people are made, by something that can be guessed."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator

from checks.facts.python import Scope, last_name
from checks.lazy import lazy
from checks.project import Project
from checks.records import NamedTuple
from checks.tokens.local import app_modules, callers
from checks.tokens.words import is_any_token, is_mailed_token, purpose

_WEAK = (
    "choice", "choices", "sample", "randint", "randrange", "random", "getrandbits", "randbytes",
    "uuid1", "uuid3", "uuid5", "shuffle", "uniform", "time", "time_ns", "utcnow", "now",
    "timestamp", "md5", "sha1", "sha256", "sha512", "new", "getnode",
)  # fmt: skip
_WORDS = ("random", "uuid", "time", "hashlib")
_MAKER = lazy(
    r"^_*(gen\w*|make|create|new|get|build|random|issue)_|generat(e|or)$|(token|code|otp)$", re.I
)
_MAX_HOPS = 2  # functions between what is made and what it is called
_TOLD = ("password reset", "confirmation", "invitation", "e-mail change", "one-time code")


class Made(NamedTuple):
    """One value that becomes a token."""

    name: str
    """What it is called."""
    value: ast.expr
    scope: Scope
    sure: bool
    """Whether its own name says what it is for, not the name of where it is made."""


def made_tokens(project: Project) -> list[Made]:
    """Return values that become tokens in functions that use the clock or the like, by place."""
    found = [made for scope in _scopes(project) for made in _of(scope)]
    return sorted(found, key=lambda made: made.scope.spot(made.value))


def _scopes(project: Project) -> list[Scope]:
    """Return the scopes where something that can be guessed is made, and those that call them."""
    seen: dict[Scope, None] = {}
    for module in app_modules(project, *_WORDS):
        for _, scope in module.calls(*_WEAK):
            seen[scope] = None
            if isinstance(scope.node, ast.Lambda) and scope.parent is not None:
                seen[scope.parent] = None
        if "uuid1" in module.source.text:
            for cls in module.classes():
                seen[cls] = None  # default=uuid.uuid1
    level = list(seen)
    for _ in range(_MAX_HOPS):
        above = []
        for scope in level:
            if scope.kind == "function" and scope.returns and _MAKER.search(scope.name):
                above += [s for _, s in callers(scope, project) if s not in seen]
        seen.update(dict.fromkeys(above))
        level = above
    return list(seen)


def _of(scope: Scope) -> Iterator[Made]:
    told = purpose(scope.name) or (
        purpose(scope.enclosing_class.name) if scope.enclosing_class is not None else None
    )
    for assignment in scope.assignments:
        name = _name(assignment.target)
        if name and not isinstance(assignment.value, ast.Constant):
            yield from _made(name, _default(assignment.value), scope, told)
    for call in scope.calls:
        for keyword in call.keywords:
            if keyword.arg and isinstance(keyword.value, ast.Call | ast.BinOp | ast.JoinedStr):
                context = told or purpose(last_name(call.func))
                yield from _made(keyword.arg, keyword.value, scope, context)
    if scope.kind == "function" and is_mailed_token(scope.name) and _MAKER.search(scope.name):
        for statement in scope.returns:
            if statement.value is not None:
                yield Made(f"What {scope.name}() returns", statement.value, scope, True)


def _default(value: ast.expr) -> ast.expr:
    """Return what fills a column by itself: ``Column(String, default=lambda: ...)``."""
    if isinstance(value, ast.Call):
        for keyword in value.keywords:
            if keyword.arg in ("default", "default_factory"):
                return keyword.value
    return value


def _made(name: str, value: ast.expr, scope: Scope, told: str | None) -> Iterator[Made]:
    if is_mailed_token(name):
        yield Made(name, value, scope, True)
    elif told in _TOLD and is_any_token(name):
        yield Made(name, value, scope, False)


def _name(target: ast.expr) -> str:
    if isinstance(target, ast.Subscript) and isinstance(target.slice, ast.Constant):
        return str(target.slice.value)
    return last_name(target)
