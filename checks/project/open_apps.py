"""Apps with a login that no view asks for: all that it is there for stands open."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from checks.project.account_views import changes_account
from checks.project.effects import changed_by
from checks.project.logins import SIGN_IN
from checks.project.routes import View
from checks.project.said_admin import says_admin
from checks.project.said_changes import says_that_it_changes
from checks.project.siblings import is_protected, kind_of

if TYPE_CHECKING:
    from checks.project import Project, Site

_CHANGING = 3  # views that change something and say so: fewer may be what an app is open for


def open_app(project: Project, site: Site, views: Sequence[View]) -> list[View]:
    """Return the views that change data, of a site that logs people in and never asks for it.

    None where any view asks, also by a condition of its own. What is meant for everybody, such as
    registrations, is left out.
    """
    functions = [view for view in views if view.cls is None]
    if not _logs_in(site, project) or any(is_protected(view, project) for view in functions):
        return []
    found = [
        view
        for view in functions
        if says_that_it_changes(view) or says_admin(view) or changes_account(view)
        if not project.guards.of(view)
        if kind_of(view, project) == "changes"
        if changed_by(view.function, project.reach) is not None
    ]
    return found if len(found) >= _CHANGING else []


def _logs_in(site: Site, project: Project) -> bool:
    return any(
        project.names.called(call, scope) in SIGN_IN
        for module in site.modules
        if module.source.context == "app"
        for call, scope in module.calls("login_user")
    )
