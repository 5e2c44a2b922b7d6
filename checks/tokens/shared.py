"""Which tokens are made alike although they are for different things."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from checks.facts.python import Scope
from checks.facts.source import Spot
from checks.lazy import lazy
from checks.project import Project, View
from checks.records import NamedTuple
from checks.tokens.jwts import jwt_calls
from checks.tokens.local import argument, callers, passed
from checks.tokens.payloads import Payload, payloads
from checks.tokens.serializers import key_of, salt_of, signed_calls
from checks.tokens.words import purpose, purpose_of

_MAX_HOPS = 2  # callers followed to see what tokens are for
# These are no accounts': they give nothing to whoever has them.
_HARMLESS = ("unsubscription",)
_LINK = lazy(r"(link|url|token)(_|$)")


class _Made(NamedTuple):
    """One call that makes tokens."""

    spot: Spot
    group: tuple[str, ...]
    shapes: frozenset[tuple[frozenset[str], frozenset[tuple[str, str]]]]
    purposes: frozenset[str]


class Shared(NamedTuple):
    """Tokens that are made alike."""

    purposes: frozenset[str]
    how: str
    first: Spot
    others: list[Spot]


def shared_tokens(project: Project) -> Iterator[Shared]:
    """Yield the groups of tokens that cannot be told apart, by place."""
    groups: dict[tuple[object, ...], list[_Made]] = {}
    for made in _all(project):
        for shape in made.shapes:
            groups.setdefault((*made.group, shape), []).append(made)
    told: set[Spot] = set()
    for members in groups.values():
        purposes = frozenset().union(*(made.purposes for made in members))
        first = min(made.spot for made in members)
        if len(purposes) > 1 and first not in told:
            told.add(first)
            if _is_for_one_view(members[0].group, project):
                continue
            others = sorted({made.spot for made in members} - {first})
            yield Shared(purposes, _how(members[0].group), first, others)


def _is_for_one_view(group: tuple[str, ...], project: Project) -> bool:
    """Return whether one view alone takes such tokens: what is mailed, whyever, is for that."""
    if group[0] != "itsdangerous":
        return False
    views = {view.function for view in project.views}
    takers: set[Scope] = set()
    for signed in signed_calls(project, reads=True):
        if signed.kind != group[1] or salt_of(signed, project) not in (group[-1], None):
            continue
        level, hops = {signed.scope}, 0
        while level and hops <= _MAX_HOPS:
            takers |= level & views
            level = {
                place
                for scope in level - views
                if scope.kind == "function"
                for _, place in callers(scope, project)
            }
            hops += 1
        takers |= level
    return len(takers) == 1 and takers <= views


def _how(group: tuple[str, ...]) -> str:
    if group[0] == "jwt":
        return "the same key and claims"
    return "the same key and no salt" if not group[-1] else "the same key and salt"


def _all(project: Project) -> Iterator[_Made]:
    views = {view.function: view for view in project.views}
    for signed in signed_calls(project, reads=False):
        salt = salt_of(signed, project)
        if salt is None or not signed.call.args:
            continue
        group = ("itsdangerous", signed.kind, key_of(signed), salt)
        given = signed.call.args[0]
        said = payloads(given, signed.scope, project)
        if said is not None and len({(one.keys, one.constants) for one in said}) == 1:
            yield from _made(group, said, signed.call, signed.scope, project, views)
            continue
        for call, place, inner in _by_callers(given, signed.scope, project):
            yield from _made(group, payloads(inner, place, project), call, place, project, views)
    for one in jwt_calls(project, "encode"):
        index = 2 if one.library == "authlib" else 1
        key = argument(one.call, index, "key")
        if key is not None:
            said = payloads(one.payload, one.scope, project)
            yield from _made(("jwt", ast.unparse(key)), said, one.call, one.scope, project, views)


def _by_callers(
    given: ast.expr, scope: Scope, project: Project
) -> Iterator[tuple[ast.Call, Scope, ast.expr]]:
    """Yield what a helper that signs anything is called with, and by whom.

    A call that gives the helper something else besides, such as a key of its own, makes tokens of
    another kind.
    """
    if not isinstance(given, ast.Name):
        return
    for call, place in callers(scope, project):
        inner = passed(call, scope, given.id)
        if inner is not None and len(call.args) + len(call.keywords) == 1:
            yield call, place, inner


def _made(
    group: tuple[str, ...],
    said: list[Payload] | None,
    call: ast.Call,
    scope: Scope,
    project: Project,
    views: dict[Scope, View],
) -> Iterator[_Made]:
    if not said or not all(one.complete for one in said):
        return
    shapes = frozenset((one.keys, one.constants) for one in said)
    told = _purposes(call, scope, project, views)
    # Callers that give different contents keep their purposes apart.
    if told and len(shapes) == 1:
        yield _Made(scope.spot(call), group, shapes, told)


def _purposes(
    call: ast.Call, scope: Scope, project: Project, views: dict[Scope, View]
) -> frozenset[str]:
    own = _assigned(call, scope) or purpose_of(scope, views)
    found: set[str | None] = {own} if own is not None else set()
    level = [scope]
    if own == "confirmation":
        asked = {purpose_of(place, views) for _, place in callers(scope, project)}
        if {"password reset", "confirmation"} <= asked:
            found.add("password reset")  # the helper is named after what it was first made for
    for _ in range(_MAX_HOPS):
        level = [
            place
            for one in level
            if one.kind == "function" and not one.name.startswith("__") and one not in views
            for _, place in callers(one, project)
        ]
        for place in level:
            # A view that registers sends what is called a confirmation: one thing, two names.
            if own is None or (place not in views and _LINK.search(place.name)):
                found.add(purpose_of(place, views))
        found.discard(None)
        if found and own is None:
            break
    return frozenset(told for told in found if told is not None and told not in _HARMLESS)


def _assigned(call: ast.Call, scope: Scope) -> str | None:
    """Return what the name says that the token is assigned to."""
    for assignment in scope.assignments:
        if assignment.value is call and isinstance(assignment.target, ast.Name):
            return purpose(assignment.target.id)
    return None
