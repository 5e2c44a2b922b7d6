"""APIs that change data for everybody, in apps whose pages all ask for a login.

An API may be open on purpose, and so may each class of it. Here nothing says so: the app has
accounts, nearly every page of it asks for a login, and the classes that store and delete what
those pages show ask nobody; no token, key or header is looked at, either.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from checks.project.effects import changed_by
from checks.project.routes import View
from checks.project.said_changes import says_that_it_changes
from checks.project.siblings import is_protected, is_public, kind_of
from checks.records import NamedTuple

if TYPE_CHECKING:
    from checks.project import Project

_PAGES = 5  # that ask for a login, from where on an app is one whose data is not for everybody
_CLASSES = 3  # of the API that change something: one or two may be open on purpose
_BASES = ("flask_restful.Resource", "flask_restx.Resource", "flask_restplus.Resource",
          "flask.views.MethodView")  # fmt: skip


class OpenApi(NamedTuple):
    """The classes of an API that change data and ask nobody."""

    views: tuple[View, ...]
    """One for each class."""
    page: View
    """A page of the app that asks for a login."""
    guard: str
    """What protects the page."""


def open_apis(project: Project, views: Sequence[View]) -> Iterator[OpenApi]:
    """Yield the open API among `views`, the views of one app, if there is one."""
    resources = [view for view in views if view.cls is not None and _is_resource(view, project)]
    changing = [v for v in resources if "GET" not in v.methods and says_that_it_changes(v)]
    if len({view.cls for view in changing}) < _CLASSES:
        return
    pages = [view for view in views if view.cls is None and not is_public(view, project)]
    asked = [view for view in pages if is_protected(view, project)]
    if len(asked) < _PAGES or len(asked) * 10 < len(pages) * 9:
        return
    guarded = {view.cls for view in resources if project.guards.of(view)}
    found: dict[object, View] = {}
    for view in changing:
        if view.cls in guarded or view.cls in found or kind_of(view, project) != "changes":
            continue
        if changed_by(view.function, project.reach) is not None:
            found[view.cls] = view
    if len(found) >= _CLASSES and len(guarded) * 5 <= len(found):
        yield OpenApi(tuple(found.values()), asked[0], project.guards.of(asked[0]))


def _is_resource(view: View, project: Project) -> bool:
    bases = project.names.bases(view.cls.full_name if view.cls is not None else None)
    return any(base in _BASES for base in bases)
