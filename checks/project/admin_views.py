"""Model views of Flask-Admin that nobody has to log in for."""

from __future__ import annotations

import ast
import re
from typing import TYPE_CHECKING

from checks.facts.python import Module
from checks.facts.source import Spot
from checks.project.routes import View

if TYPE_CHECKING:
    from checks.project import Project, Site

_ADMIN = frozenset({"flask_admin.Admin", "flask_admin.base.Admin"})


def open_admin_views(project: Project, site: Site, views: list[View]) -> list[Spot]:
    """Return where views of Flask-Admin without ``is_accessible`` are registered.

    Only where the app has users at all: a view of it is protected, or it has a login manager.
    """
    found: list[Spot] = []
    for module in site.modules:
        if module.source.context == "tests":
            continue
        for call, scope in module.calls("add_view", "add_views"):
            if not isinstance(call.func, ast.Attribute):
                continue
            if project.names.type_of(call.func.value, scope) not in _ADMIN:
                continue
            for made in call.args:
                cls = project.names.type_of(made, scope)
                if _is_open(cls, project) and not _is_hidden(cls, module):
                    found.append(scope.spot(made))
    return sorted(found) if found and _has_users(project, site, views) else []


def _is_hidden(cls: str | None, module: Module) -> bool:
    """Return whether the file gives a library's name to its own: ``class ModelView(ModelView)``."""
    library, _, name = (cls or "").rpartition(".")
    return library.startswith("flask_admin") and any(own.name == name for own in module.classes())


def is_handed_on(view: View, project: Project) -> bool:
    """Return whether nobody here makes the view of Flask-Admin that `view` is a method of.

    A framework does that makes the classes it is told of, such as Invenio-Admin, and asks first.
    """
    if view.cls is None or not any(
        base.startswith("flask_admin.") for base in project.names.bases(view.cls.full_name)
    ):
        return False
    name = view.cls.name
    inherited = re.compile(rf"^\s*class \w+\([^)]*\b{name}\b", re.MULTILINE)
    return not any(
        any(module.calls(name)) or inherited.search(module.source.text)
        for module in project.modules
        if name in module.source.text
    )


def _is_open(cls: str | None, project: Project) -> bool:
    """Return whether ``is_accessible`` is nowhere written for a model view of Flask-Admin."""
    bases = list(project.names.bases(cls))
    if not any(b.startswith("flask_admin.") and b.endswith(".ModelView") for b in bases):
        return False
    return not any(
        project.names.method_of(cls, name) is not None
        for name in ("is_accessible", "_handle_view", "inaccessible_callback")
    ) and all(base.startswith("flask_admin.") or project.names.scope_of(base) for base in bases)


def _has_users(project: Project, site: Site, views: list[View]) -> bool:
    modules = set(site.modules)
    managed = any(scope.module in modules for _, scope in project.identity.managers)
    return managed or any(project.guards.of(view).startswith("@") for view in views)
