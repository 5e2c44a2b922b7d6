"""Forms that write fields which give power into the account of whoever sends them."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from typing import TYPE_CHECKING

from checks.facts.python import Scope, last_name
from checks.lazy import lazy
from checks.records import NamedTuple

if TYPE_CHECKING:
    from checks.project import Project

_POWER = lazy(
    r"^(is_?admin\w*|is_?staff|is_?super\w*|admin|superuser|roles?|role_id|permissions?|balance|"
    r"credits?|is_?moderator|access_?level|user_?level|group_id)$",
    re.IGNORECASE,
)


class Populated(NamedTuple):
    """One ``form.populate_obj(current_user)`` whose form has such a field."""

    call: ast.Call
    scope: Scope
    field: str
    form: Scope
    """The class that declares the field."""


def populated_with_power(project: Project) -> Iterator[Populated]:
    """Yield each call outside tests, by file and line."""
    for module in project.modules:
        if module.source.context == "tests":
            continue
        for call, scope in module.calls("populate_obj"):
            if len(call.args) != 1 or not isinstance(call.func, ast.Attribute):
                continue
            if not _is_own(call.args[0], scope, project):
                continue
            made_by = project.names.type_of(call.func.value, scope)
            for base in project.names.bases(made_by):
                form = project.names.scope_of(base)
                name = _power(form) if form is not None and form.kind == "class" else None
                if name and form is not None and not _removed(name, scope):
                    yield Populated(call, scope, name, form)
                    break


def _is_own(node: ast.expr, scope: Scope, project: Project) -> bool:
    """Return whether `node` is the current user."""
    if isinstance(node, ast.Call) and last_name(node.func) == "_get_current_object":
        node = node.func.value if isinstance(node.func, ast.Attribute) else node
    if project.names.qualified(node, scope) == "flask_login.current_user":
        return True
    values = project.names.bindings(node.id, scope) if isinstance(node, ast.Name) else []
    return any(
        "current_user" in ast.unparse(binding.value)
        for binding in values
        if binding.kind == "value" and binding.value is not None
    )


def _power(form: Scope) -> str | None:
    """Return the first field of a form that gives power."""
    for assignment in form.assignments:
        name = last_name(assignment.target)
        if isinstance(assignment.value, ast.Call) and _POWER.match(name):
            return name
    return None


def _removed(field: str, scope: Scope) -> bool:
    """Return whether the function takes the field out of the form first: ``del form.role``."""
    return any(
        isinstance(node, ast.Delete) and any(last_name(target) == field for target in node.targets)
        for node in ast.walk(scope.node)
    )
