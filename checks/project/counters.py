"""Whether a function limits how often something may be tried, by its own means."""

from __future__ import annotations

import ast
import re
from collections.abc import Collection, Iterator

from checks.facts.python import Scope
from checks.lazy import lazy

_COUNTED = lazy(
    r"attempt|fail(ed|ure|ures)?_?(login|count|pass|logins)|login_?fail|failures|rate_?limit|"
    r"throttl|lock(ed)?_?out|(is_|account_|_)locked|locked_(until|at)|too_?many|cool_?down|brute|"
    r"blocked_(until|ip)|(ip|addr\w*|hosts?)s?_banned|banned_(ip|addr|host|until)|is_ip_banned",
    re.IGNORECASE,
)
# An address on a list; it counts where the function also says that something failed.
_LISTED = lazy(r"block_?list|black_?list|is_(?:blocked|banned)|^banned$", re.IGNORECASE)
_NOTES = lazy(r"fail|attempt|strike|bad_?login|wrong_?(?:password|login)", re.IGNORECASE)
# What a directory says of an account of its own: ``result == ldap.AUTH_LOCKED``.
_ANSWER = lazy(r"^[A-Z][A-Z_]*LOCKED$")
# Of a user; whoever locks one, it counts where the same file knows of tries that failed.
_LOCKED = lazy(r"^locked$", re.IGNORECASE)
_TRIES = lazy(r"fail(ed|ure|ures)?_?(login|count)|(login|sign_?in|password)_?(attempt|fail)")
_ENFORCES = lazy(
    r"^_*(check|enforce|apply|require|limit|throttle|consume|hit|test|guard)\w*"
    r"(rate|limit|attempt|throttl|lock|brute)|^(rate_?limit|throttle)",
    re.IGNORECASE,
)
_TOO_MANY = (429, "429", "TOO_MANY_REQUESTS", "TooManyRequests")


def counts(scope: Scope) -> bool:
    """Return whether `scope` refuses after too many tries.

    It does if it answers 429, if a condition looks at a count of attempts or a lock, or if it
    calls something that says it enforces a limit.
    """
    if scope.kind != "function" or not isinstance(scope.node, ast.AST):
        return False
    tries = _TRIES.search(scope.module.source.text) is not None
    again = frozenset(_retries(scope.node))
    if any(_NOTES.search(_name(call.func)) for call in scope.calls) and _asks_list(scope.node):
        return True
    return any(_limits(node, again, tries=tries) for node in ast.walk(scope.node))


def _asks_list(function: ast.AST) -> bool:
    """Return whether a condition asks a list of blocked addresses: ``if is_blocked(ip):``."""
    return any(
        isinstance(node, ast.If)
        and any(_LISTED.search(_name(part)) for part in ast.walk(node.test))
        for node in ast.walk(function)
    )


def _retries(function: ast.AST) -> Iterator[str]:
    """Yield what counts how often the app itself tries again: ``for attempt in range(3)``."""
    for node in ast.walk(function):
        if (
            isinstance(node, ast.For | ast.AsyncFor)
            and isinstance(node.target, ast.Name)
            and isinstance(node.iter, ast.Call)
            and _name(node.iter.func) in ("range", "count")
        ):
            yield node.target.id


def _limits(node: ast.AST, again: Collection[str], *, tries: bool) -> bool:
    if isinstance(node, ast.Constant):
        return node.value in _TOO_MANY and not isinstance(node.value, bool)
    if isinstance(node, ast.Attribute) and node.attr in _TOO_MANY:
        return True
    if isinstance(node, ast.Call):
        return _ENFORCES.search(_name(node.func)) is not None
    if isinstance(node, ast.If | ast.IfExp | ast.While):
        names = [_name(part) for part in ast.walk(node.test)]
        return any(
            (_COUNTED.search(n) and n not in again and not _ANSWER.search(n))
            or (tries and _LOCKED.match(n))
            for n in names
        )
    return False


def _name(node: ast.AST) -> str:
    if isinstance(node, ast.Attribute):
        return node.attr
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        return node.value if len(node.value) < 40 and " " not in node.value else ""
    return node.id if isinstance(node, ast.Name) else ""
