"""Views for strangers that store a field which gives power as the client sends it."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from typing import TYPE_CHECKING

from checks.facts.python import Scope, last_name
from checks.lazy import lazy
from checks.project.logins import is_login_name
from checks.project.origins import NOTHING, from_request
from checks.records import NamedTuple

if TYPE_CHECKING:
    from checks.project import Project
    from checks.project.routes import View

# What a name says of power, alone or within: ``is_admin``, ``create_admin``.
_POWER = lazy(r"(^|_)(admin|is_?admin|site_?admin|is_?staff|is_?super_?user|super_?user)$", re.I)
# Many apps let people choose between harmless roles, by a list or a field with choices.
_ROLE = lazy(r"^(user_?)?roles?(_?id|_?name)?$", re.I)
# Such a name is given something: a keyword, an attribute or a variable.
_STEMS = ("admin", "Admin", "is_staff", "superuser", "super_user", "role")
_SAID = lazy(rf"(?:{'|'.join(_STEMS)})\w* ?= ?[^=\s]")
_MAKES = lazy(
    r"^_*(create|add|register|make|new|insert|signup|sign_up)_?(new_?)?(user|account|member)|"
    # Classes; not ``auth_user(name, role)``, which looks one up.
    r"^(?-i:[A-Z]\w*(User|Account|Member|Person|Admin)s?$|(User|Account|Member|Person))",
    re.IGNORECASE,
)
_PERSON = lazy(r"user|account|member|person|profile|customer", re.I)
_MOST = 8  # parts of one value
# What looks at who asks, or at whether there is anybody yet.
_ASKS = lazy(r"admin|role|current_user|is_auth|permission|count|first|exist|setup|super", re.I)


class Taken(NamedTuple):
    """One place where such a field is stored."""

    field: str
    node: ast.expr
    scope: Scope


def power_taken(project: Project) -> Iterator[Taken]:
    """Yield each place in the views that nothing guards, by file and line."""
    views = {view.function: view for view in project.views}
    for module in {view.module: None for view in project.views}:
        if module.source.context == "tests" or not project.vocabulary.holds(module, *_STEMS):
            continue
        for scope in module.saying(_SAID):
            view = views.get(scope)
            stored = list(_stored(scope)) if view is not None else []
            if view is None or not any(_is_sent(each, project) for each in stored):
                continue
            if _is_for_strangers(view, project) or not project.guards.of(view):
                yield from (each for each in stored if _is_sent(each, project))


def _is_for_strangers(view: View, project: Project) -> bool:
    """Return whether it is a login or registration: what it asks for is no account."""
    return is_login_name(view) or any(login.view is view for login in project.logins)


def _stored(scope: Scope) -> Iterator[Taken]:
    """Yield what is written into an account under such a name."""
    for assignment in scope.assignments:
        target = assignment.target
        if not isinstance(target, ast.Attribute) or not _is_power(target.attr):
            continue
        if _PERSON.search(last_name(target.value)):
            yield Taken(target.attr, assignment.value, scope)
    for call in scope.calls:
        if not _MAKES.search(last_name(call.func)):
            continue
        for keyword in call.keywords:
            if keyword.arg and _is_power(keyword.arg):
                yield Taken(keyword.arg, keyword.value, scope)
        for arg in call.args:
            if isinstance(arg, ast.Name) and _POWER.search(arg.id):
                yield Taken(arg.id, arg, scope)


def _is_power(name: str) -> bool:
    return _POWER.search(name) is not None or _ROLE.match(name) is not None


def _is_sent(taken: Taken, project: Project) -> bool:
    """Return whether the client sends a field of such a name, and nobody looks at it."""
    flow = project.flow(taken.scope)
    sent = from_request(NOTHING.union(*(flow.at(each) for each in _parts(taken))))
    if any(_POWER.search(origin.key) for origin in sent):
        return not _is_asked(taken)
    if any(_ROLE.match(origin.key) for origin in sent):
        chosen = "form." in ast.unparse(taken.node).lower() and ".data" in ast.unparse(taken.node)
        return not chosen and not _is_asked(taken) and not _is_compared(taken.scope)
    return False


def _parts(taken: Taken) -> list[ast.expr]:
    """Return what a truth value is told by: ``x`` of ``bool(x)``, ``x == "on"`` and of its name."""
    found = [taken.node]
    index = 0
    while index < min(len(found), _MOST):
        node = found[index]
        index += 1
        if isinstance(node, ast.Call) and last_name(node.func) in ("bool", "int", "str"):
            found += node.args
        elif isinstance(node, ast.Compare):
            found.append(node.left)
        elif isinstance(node, ast.IfExp):
            found += [node.test, node.body]
        elif isinstance(node, ast.Name):
            bindings = taken.scope.bindings.get(node.id, ())
            found += [b.value for b in bindings if b.kind == "value" and b.value is not None]
    return found


def _is_asked(taken: Taken) -> bool:
    """Return whether a condition around the place asks who it is."""
    node: ast.AST = taken.node
    for outer in taken.scope.module.ancestors(taken.node):
        if outer is taken.scope.node:
            return False
        if (
            isinstance(outer, ast.If | ast.IfExp)
            and node is not outer.test
            and _ASKS.search(ast.unparse(outer.test))
        ):
            return True
        node = outer
    return False


def _is_compared(scope: Scope) -> bool:
    """Return whether a role is compared with something in the function."""
    return any("role" in ast.unparse(each).lower() for each in scope.comparisons)
