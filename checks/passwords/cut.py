"""Passwords of which only a part counts."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator

from checks.facts.lines import own_lines
from checks.facts.python import Scope
from checks.lazy import lazy
from checks.passwords import lengths
from checks.passwords.shapes import argument, last_name
from checks.passwords.study import Study, Use, typed
from checks.project import Project
from checks.project.flow_run import Flow

BCRYPT_BYTES = 72  # of a password, the rest does not count
_SHOWN = 7  # characters of a slice that only shows or compares a beginning
_SHOWS = lazy(
    r"^(print|log|debug|info|warning|warn|error|critical|exception|flash|startswith|endswith|"
    r"mask\w*|redact\w*|len)$"
)
_HASHERS = (
    "bcrypt.hashpw", "flask_bcrypt.generate_password_hash",
    "flask_bcrypt.Bcrypt.generate_password_hash", "passlib.hash.bcrypt.hash",
    "passlib.hash.bcrypt.encrypt",
)  # fmt: skip


def slices(study: Study) -> Iterator[Use]:
    """Yield each slice that cuts the end of a typed password off, where none is refused for it."""
    bounded: dict[int, bool] = {}
    for scope, flow in study.scopes:
        for node, origins in tuple(flow.origins.items()):
            if not isinstance(node, ast.Subscript) or not isinstance(node.slice, ast.Slice):
                continue
            found = typed(origins)
            end = _end(node, scope, study) if found else None
            if end is None or scope.module.parent(node) is None:
                continue
            if study.callers.given(found, scope) == "hashed":
                continue
            if end not in bounded:
                bounded[end] = _is_bounded(study, None, end)
            if bounded[end]:
                continue  # whoever sets one is told so; those that were set before still open
            what = "A typed password is cut off: what comes after does not count."
            related = ((found[0].spot, "the password comes in here"),)
            yield Use(scope, node, what, related=related)


def _end(node: ast.Subscript, scope: Scope, study: Study) -> int | None:
    """Return how much of a text `node` leaves of it for more than to be shown, or None."""
    part = node.slice
    assert isinstance(part, ast.Slice)  # narrows
    start = study.project.evaluate(part.lower, scope).value if part.lower else 0
    end = study.project.evaluate(part.upper, scope).value if part.upper else None
    if start not in (0, None) or type(end) is not int or end <= _SHOWN or part.step is not None:
        return None
    if _goes_on(node, part.upper, scope):
        return None
    for outer in scope.module.ancestors(node):
        if isinstance(outer, ast.stmt):
            break
        if isinstance(outer, ast.Call) and _SHOWS.match(last_name(outer.func)):
            return None
        if isinstance(outer, ast.Compare):
            return None
    return end


def _goes_on(node: ast.Subscript, end: ast.expr | None, scope: Scope) -> bool:
    """Return whether the rest is taken, too: ``name, code = token[:20], token[20:]``."""
    if end is None:
        return False
    rest = f"{ast.unparse(node.value)}[{ast.unparse(end)}:"
    return any(rest in line.replace(" ", "") for line in own_lines(scope))


_MAKERS = frozenset({"hashpw", "generate_password_hash", "hash", "encrypt"})


def bcrypts(study: Study) -> Iterator[Use]:
    """Yield each bcrypt hash of a password that may be longer than bcrypt reads."""
    bounded: dict[object, bool] = {}
    cut = {use.scope for use in study.once("cut", lambda: slices(study))}
    for scope, flow in study.scopes:
        if scope.module.called.keys().isdisjoint(_MAKERS):
            continue
        for call in scope.calls:
            if last_name(call.func) not in _MAKERS:
                continue
            if study.names.called(call, scope) not in _HASHERS or scope in cut:
                continue
            value = argument(call, 0, "password", "secret")
            found = typed(flow.at(value))
            if not found or _checks(call):
                continue
            site = study.site(scope)
            if site not in bounded:
                modules = site.modules if site is not None else (scope.module,)
                paths = {module.path for module in modules}
                bounded[site] = _is_bounded(study, paths, BCRYPT_BYTES)
            if not bounded[site]:
                what = "bcrypt hashes the first 72 bytes of the password only, or refuses more."
                yield Use(scope, call, what)


def _checks(call: ast.Call) -> bool:
    """Whether ``hashpw(password, stored)`` checks a hash and makes none."""
    salt = argument(call, 1, "salt")
    if last_name(call.func) != "hashpw" or not isinstance(salt, ast.Attribute | ast.Subscript):
        return False
    return bool(re.search(r"pass|hash|pw", last_name(salt), re.IGNORECASE))


def _is_bounded(study: Study, paths: set[str] | None, most: int) -> bool:
    """Whether something in these files keeps long passwords out, or hashes them first."""
    project = study.project
    for setting in project.settings("BCRYPT_HANDLE_LONG_PASSWORDS"):
        if setting.value.value is True:
            return True
    for scope, flow in study.scopes:
        if (paths is None or scope.module.path in paths) and any(
            bound.maximum is not None
            and bound.maximum <= most
            and not _cuts_itself(bound.node, scope)
            for bound in _bounds(scope, flow, project)
        ):
            return True
    return False


def _cuts_itself(node: ast.expr, scope: Scope) -> bool:
    """Return whether a length is asked for only to cut: ``p[:72] if len(p) > 72 else p``."""
    above = next((a for a in scope.module.ancestors(node) if not isinstance(a, ast.BoolOp)), None)
    if isinstance(above, ast.IfExp):
        return True
    return isinstance(above, ast.If) and any(
        isinstance(part, ast.Slice) for each in above.body for part in ast.walk(each)
    )


def _bounds(scope: Scope, flow: Flow, project: Project) -> Iterator[lengths.Bound]:
    yield from lengths.compared(scope, flow, project)
    for assignment in scope.assignments if scope.kind == "class" else ():
        if isinstance(assignment.target, ast.Name) and lengths.is_typed_name(assignment.target):
            for node in ast.walk(assignment.value):
                bound = lengths.validator(node, scope, project) if _is_call(node) else None  # type: ignore[arg-type]  # a call
                if bound is not None:
                    yield bound


def _is_call(node: ast.AST) -> bool:
    return isinstance(node, ast.Call)
