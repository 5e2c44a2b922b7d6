"""Tokens of one kind that are taken for different purposes, by what is done once they were read."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from checks.facts.lines import text_of
from checks.facts.python import Scope, last_name
from checks.facts.source import Spot
from checks.lazy import lazy
from checks.project import Project
from checks.project.account_writes import account_writes
from checks.records import NamedTuple
from checks.tokens.local import callers
from checks.tokens.serializers import Signed, key_of, salt_of, signed_calls

_CONFIRMED = lazy(
    r"^_?(?:is_|e?mail_|account_)?(?:confirmed|verified|activated|validated)(?:_at|_on)?$"
)
# What a token says of its own purpose is compared.
_TOLD_APART = lazy(
    r"(?:\[|\.get\() *[\"'](?:purpose|action|type|typ|operation|op|kind|use|usage|scope|aud|for|"
    r"intent|what|reason|sub_type|token_type)[\"']|\bpurpose\b|\boperation\b"
)
# What is bound to the password that the user has is no other token.
_BOUND = lazy(
    r"(?<!generate_)(?<!check_)\b(?:password_hash|pw_hash|hashed_password)\b(?! *=[^=])"
    r"|\.password\b(?! *=[^=])|fragment|last_login|stamp|nonce"
)


class ReadAlike(NamedTuple):
    """Tokens that one view takes for this, another for that."""

    purposes: frozenset[str]
    first: Spot
    others: list[Spot]


class _Reader(NamedTuple):
    signed: Signed
    keys: frozenset[str]
    purposes: frozenset[str]


def read_alike(project: Project) -> Iterator[ReadAlike]:
    """Yield kinds of tokens with which somebody confirms an account and sets a password."""
    groups: dict[tuple[str, ...], list[_Reader]] = {}
    for signed in signed_calls(project, reads=True):
        salt = salt_of(signed, project)
        if salt is None:
            continue
        keys = _keys(signed)
        purposes = _purposes(signed, project)
        if keys is not None and purposes:
            group = (signed.kind, key_of(signed), salt, *sorted(keys))
            groups.setdefault(group, []).append(_Reader(signed, keys, purposes))
    for readers in groups.values():
        purposes = frozenset().union(*(reader.purposes for reader in readers))
        if len(purposes) > 1:
            spots = sorted({one.signed.scope.spot(one.signed.call) for one in readers})
            yield ReadAlike(purposes, spots[0], spots[1:])


def _keys(signed: Signed) -> frozenset[str] | None:
    """Return the entries that are read of a token; None where its purpose is among them."""
    scope = signed.scope
    if _TOLD_APART.search(text_of(scope)):
        return None
    names = {
        assignment.target.id
        for assignment in scope.assignments
        if isinstance(assignment.target, ast.Name) and signed.call in ast.walk(assignment.value)
    }
    found: set[str] = set()
    for node in ast.walk(scope.node):
        key: ast.expr | None = None
        owner: ast.expr | None = None
        if isinstance(node, ast.Subscript):
            owner, key = node.value, node.slice
        elif isinstance(node, ast.Call) and last_name(node.func) == "get" and node.args:
            owner, key = getattr(node.func, "value", None), node.args[0]
        if not isinstance(key, ast.Constant) or not isinstance(key.value, str):
            continue
        if owner is signed.call or (isinstance(owner, ast.Name) and owner.id in names):
            found.add(key.value)
    return frozenset(found)


def _purposes(signed: Signed, project: Project) -> frozenset[str]:
    """Return what is done by whoever has the token: here, or by who asks a helper to read it."""
    here = _done(signed.scope, project)
    if here:
        return frozenset({here})
    if signed.scope.kind != "function" or any(
        signed.scope is view.function for view in project.views
    ):
        return frozenset()
    asked = [place for _, place in callers(signed.scope, project)]
    if any(_TOLD_APART.search(text_of(place)) for place in asked):
        return frozenset()
    return frozenset(done for place in asked if (done := _done(place, project)))


def _done(scope: Scope, project: Project) -> str:
    if _BOUND.search(text_of(scope)):
        return ""
    if any(write.what == "password" for write in account_writes(scope, project)):
        return "password reset"
    for assignment in scope.assignments:
        target, value = assignment.target, assignment.value
        if isinstance(target, ast.Attribute) and _CONFIRMED.search(target.attr):
            off = isinstance(value, ast.Constant) and not value.value
            if not off:
                return "confirmation"
    return ""
