"""Views that change what others of the same rules ask a role for, and ask for a login alone."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from checks.facts.python import last_name
from checks.lazy import lazy
from checks.project.effects import changed_by
from checks.project.routes import View
from checks.records import NamedTuple

if TYPE_CHECKING:
    from checks.project import Project

# Words of which names for roles and what they may do are made.
_ROLE = lazy(
    r"admin|operator|superuser|super_user|staff|moderator|role|permission|privileg|owner|manager|"
    r"editor|\bcan_|_can_|\bcan\(|allowed|access|authori[sz]ed|forbid",
    re.IGNORECASE,
)
# What members do to what belongs to others, such as comments and votes, has other verbs.
_ADMINISTERS = lazy(
    r"(?:^|_)(?:delete|remove|edit|update|change|set|apply|enable|disable|activate|deactivate|ban|"
    r"unban|promote|demote|rename|archive|purge|destroy|manage|approve|reject|save|modify)(?:_|$)"
)
_WHO = lazy(r"current_user|\bg\.\w*user|(?<![\w.])session\b|flask\.session")
_TARGET = lazy(r"^(?P<target>/?[^<]*<)(?:[^<>:]+:)?\w+>")
_CHANGING = frozenset({"POST", "PUT", "PATCH", "DELETE"})
_STRONG = 4  # changing views of the file that ask a role, from where on one without was forgotten


class Weaker(NamedTuple):
    """A view with a weaker guard than those beside it."""

    view: View
    sibling: View
    """A view of the same target that asks a role."""


def weaker_views(project: Project, views: Sequence[View]) -> Iterator[Weaker]:
    """Yield the views that everybody with an account may use, unlike the others of their target.

    A target is what the beginning of a rule names: ``/users/<id>`` of ``/users/<id>/delete``. One
    view is forgotten where at least two others of the target, and nearly all changing views of
    the file, ask a role or a permission.
    """
    groups: dict[tuple[str, str], list[View]] = {}
    for view in views:
        if view.cls is None and view.group is not None:
            groups.setdefault((view.group, view.module.path), []).append(view)
    for group in groups.values():
        asking = [view for view in group if _role(view)]
        twins = [twin for view in group if (twin := _twin(view, group, project)) is not None]
        yield from twins
        if twins or len(asking) < _STRONG:
            continue
        changing = [view for view in group if _changes(view, project)]
        strong = [view for view in changing if view in asking]
        weak = [view for view in changing if _is_weak(view, project)]
        if len(weak) != 1 or len(strong) < _STRONG or len(strong) + 2 < len(changing):
            continue
        beside = [v for v in asking if _targets(v) & _targets(weak[0])]
        if len(beside) > 1:
            yield Weaker(weak[0], next((v for v in beside if v in strong), beside[0]))


def _twin(view: View, group: Sequence[View], project: Project) -> Weaker | None:
    """Return `view` if it takes the form that another of the same rule shows to a role alone."""
    if "GET" in view.methods or not view.methods & _CHANGING or _role(view) or _may(view):
        return None
    guard = project.guards.of(view)
    if not guard.startswith("@") or "login" not in guard or _asks(view):
        return None
    for other in group:
        same = other is not view and set(other.rules) & set(view.rules)
        if same and other.methods == {"GET"} and (_role(other) or _may(other)):
            return Weaker(view, other)
    return None


def _may(view: View) -> bool:
    """Return whether a decorator is a permission's: ``@admin_permission.require(403)``."""
    return any(
        last_name(getattr(d.node, "func", d.node)) in ("require", "test", "allows")
        and _ROLE.search(ast.unparse(d.node)) is not None
        for d in view.decorators
    )


def _targets(view: View) -> set[str]:
    """Return the beginnings of the rules of `view`, up to the first parameter."""
    found = set()
    for rule in view.rules:
        match = _TARGET.match(rule or "")
        if match is not None and match["target"].strip("/<"):
            found.add(match["target"])
    return found


def _changes(view: View, project: Project) -> bool:
    if not view.methods & _CHANGING:
        return False
    return "GET" not in view.methods or changed_by(view.function, project.reach) is not None


def _role(view: View) -> bool:
    """Return whether a decorator, or a condition at the beginning, asks for a role."""
    return any(_ROLE.search(_named(d.node)) for d in view.decorators if not d.is_route) or any(
        isinstance(statement, ast.If)
        and _ROLE.search(ast.unparse(statement.test)) is not None
        and _refuses(statement.body[-1])
        for statement in view.function.body
    )


def _named(node: ast.expr) -> str:
    """Return the name of a decorator without what it belongs to: ``@admin_bp.expose``."""
    return last_name(node.func if isinstance(node, ast.Call) else node)


def _refuses(statement: ast.stmt) -> bool:
    if isinstance(statement, ast.Return | ast.Raise):
        return True
    call = statement.value if isinstance(statement, ast.Expr) else None
    return isinstance(call, ast.Call) and last_name(call.func) == "abort"


def _is_weak(view: View, project: Project) -> bool:
    """Return whether `view` asks for a login by a decorator, and for nothing else."""
    guard = project.guards.of(view)
    if not guard.startswith("@") or _ROLE.search(guard) or "login" not in guard:
        return False
    if not _ADMINISTERS.search(view.function.name) or not _targets(view) or _role(view):
        return False
    return not _asks(view)


def _asks(view: View) -> bool:
    """Return whether the view asks who it is, or leaves that to a function whose name says so."""
    for statement in view.function.body:
        for node in ast.walk(statement):
            if isinstance(node, ast.Call):
                if _ROLE.search(last_name(node.func)):
                    return True
                if not last_name(node.func)[:1].isupper() and _WHO.search(ast.unparse(node)):
                    return True
            elif isinstance(node, ast.If | ast.IfExp | ast.Assert):
                test = ast.unparse(node.test)
                if _WHO.search(test) or _ROLE.search(test):
                    return True
            elif isinstance(node, ast.Compare) and _WHO.search(ast.unparse(node)):
                return True
    return False
