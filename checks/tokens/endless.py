"""Where signed tokens are read whose age nothing limits."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator

from checks.facts.lines import own_text
from checks.facts.python import Scope
from checks.finding import Confidence
from checks.lazy import lazy
from checks.project import Project, View
from checks.records import NamedTuple
from checks.tokens.local import argument, callers, constant, passed, starred
from checks.tokens.serializers import Signed, key_of, signed_calls
from checks.tokens.words import purpose, purpose_of

_CROSS_SITE = lazy(r"csrf|xsrf", re.IGNORECASE)
_MAX_HOPS = 2  # callers followed to see what a token is for
_ENDS = ("expir", "max_age", "valid_until", "not_after", "issued", "timestamp", "return_timestamp")


class Endless(NamedTuple):
    """One read."""

    call: ast.Call
    scope: Scope
    message: str
    confidence: Confidence


def endless_reads(project: Project) -> Iterator[Endless]:
    """Yield reads of tokens for accounts that never end."""
    views = {view.function: view for view in project.views}
    for read in signed_calls(project, reads=True):
        if read.method == "loads_unsafe" or read.kind == "old" or _has_own_end(read, project):
            continue
        if _CROSS_SITE.search(f"{read.scope.qualname} {_words(read)}"):
            continue  # a token against forged forms is good for as long as its session
        if read.scope.name == "open_session":
            continue  # the id of a session, which ends where it is kept
        told = purpose(_words(read))
        if told is None:
            near = _is_cookie(read)  # what a browser keeps for itself was mailed to nobody
            told = purpose_of(read.scope, views) if near else _purpose(read.scope, project, views)
        if read.kind == "plain":
            if told is None or "password" in key_of(read).lower():
                continue
            message = f"This {told} token never ends: the serializer has no clock."
            yield Endless(read.call, read.scope, message, "medium")
        elif told is not None:
            message = f"{read.method} takes a {told} token of any age: it has no max_age."
            yield Endless(read.call, read.scope, message, "high")
        else:
            message = f"{read.method} of a timed serializer takes tokens of any age: no max_age."
            yield Endless(read.call, read.scope, message, "medium")


def _is_cookie(read: Signed) -> bool:
    """Return whether what is read is a cookie of the app's own."""
    node = argument(read.call, 0, "s")
    values = [node] if node is not None else []
    if isinstance(node, ast.Name):
        values += [b.value for b in read.scope.bindings.get(node.id, ()) if b.value is not None]
    return any("cookies" in ast.unparse(value) for value in values)


def _words(read: Signed) -> str:
    """Return the salt and the serializer's name, which often say what tokens are for."""
    texts = [ast.unparse(read.call.func)]
    for call, index in ((read.call, None), (read.made, 1)):
        node = argument(call, index, "salt") if call is not None else None
        if node is not None:
            texts.append(ast.unparse(node).strip("'\""))
    return " ".join(texts)


def _has_own_end(read: Signed, project: Project) -> bool:
    """Return whether the token's age is limited, or that cannot be seen."""
    call, scope = read.call, read.scope
    if starred(call):
        return True
    age = argument(call, 1, "max_age")
    if age is not None:
        if constant(age, scope, project) is None:
            return False
        return not _given_none(age, scope, project)
    text = own_text(scope).lower()
    return any(word in text for word in _ENDS)


def _given_none(age: ast.expr, scope: Scope, project: Project) -> bool:
    """Return whether ``max_age`` is a parameter that is None and that nobody gives."""
    if not isinstance(age, ast.Name):
        return False
    bindings = scope.bindings.get(age.id, [])
    if len(bindings) != 1 or bindings[0].kind != "param":
        return False
    default = bindings[0].value
    if not (isinstance(default, ast.Constant) and default.value is None):
        return False
    calls = list(callers(scope, project))
    return bool(calls) and all(
        passed(call, scope, age.id) is None and not starred(call) for call, _ in calls
    )


def _purpose(scope: Scope, project: Project, views: dict[Scope, View]) -> str | None:
    level = [scope]
    for _ in range(_MAX_HOPS + 1):
        for one in level:
            told = purpose_of(one, views)
            if told is not None:
                return told
        level = [
            place
            for one in level
            if one.kind == "function" and not one.name.startswith("__")
            for _, place in callers(one, project)
        ]
    return None
