"""Conditions that let in whoever names a local host, beside whoever comes from one."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from typing import TYPE_CHECKING

from checks.facts.lines import text_of
from checks.facts.python import Scope
from checks.lazy import lazy

if TYPE_CHECKING:
    from checks.project import Project

_HOST = lazy(
    r"environ(?:\.get\(|\[)['\"]HTTP_HOST|headers(?:\.get\(|\[)['\"]Host['\"]|\brequest\.host\b"
)
_FROM = lazy(r"remote_addr|REMOTE_ADDR|client_?(?:ip|addr)|\bremote_?ip\b")
_LOCAL = lazy(r"^(?:localhost|127\.0\.0\.1|\[?::1\]?)(?::\d+)?$")
_REFUSES = lazy(r"\b40[13]\b|[Ff]orbidden|[Uu]nauthori[sz]ed|\babort\(|PermissionError")


def host_proofs(project: Project) -> Iterator[tuple[ast.BoolOp, Scope]]:
    """Yield each ``remote_addr in LOCAL or host == "localhost"`` of a function that refuses."""
    for module in project.vocabulary.files("remote_addr", "REMOTE_ADDR", "client_ip", "remote_ip"):
        if module.source.context == "tests" or _HOST.search(module.source.text) is None:
            continue
        for scope in module.saying(_HOST):
            if scope.kind != "function" or not _REFUSES.search(text_of(scope)):
                continue
            for node in ast.walk(scope.node):
                if isinstance(node, ast.BoolOp) and isinstance(node.op, ast.Or):
                    named = any(_names_local_host(value, scope) for value in node.values)
                    if named and any(_asks_address(value, scope) for value in node.values):
                        yield node, scope


def _said(node: ast.expr, scope: Scope) -> list[str]:
    """Return `node` as text, and what it stands for if it is a name."""
    bindings = scope.bindings.get(node.id, []) if isinstance(node, ast.Name) else []
    return [ast.unparse(node), *(ast.unparse(each.value) for each in bindings if each.value)]


def _asks_address(test: ast.expr, scope: Scope) -> bool:
    """Return whether `test` compares the address that the request comes from."""
    return isinstance(test, ast.Compare) and any(map(_FROM.search, _said(test.left, scope)))


def _names_local_host(test: ast.expr, scope: Scope) -> bool:
    """Return whether `test` compares the request's host with names of the own machine."""
    if not isinstance(test, ast.Compare) or len(test.ops) != 1:
        return False
    if not isinstance(test.ops[0], ast.Eq | ast.In):
        return False
    if not any(map(_HOST.search, _said(test.left, scope))):
        return False
    other = test.comparators[0]
    several = other.elts if isinstance(other, ast.Tuple | ast.List | ast.Set) else [other]
    return any(
        isinstance(each, ast.Constant) and _LOCAL.match(str(each.value)) is not None
        for each in several
    )
