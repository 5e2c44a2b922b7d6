"""Views whose own line that asks for a login is a comment."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from checks.facts.python import Module
from checks.facts.source import Spot
from checks.lazy import lazy
from checks.project.routes import View
from checks.project.siblings import is_public
from checks.records import NamedTuple

if TYPE_CHECKING:
    from checks.project import Project

_LINE = lazy(
    r"^[ \t]*#[ \t]*@(?:\w+\.)*(?P<guard>\w*(?:login_required|auth_required|jwt_required|"
    r"admin_required|roles_required|roles_accepted|token_required|permission_required|"
    r"require_login|requires_auth))\b",
    re.MULTILINE,
)
_OLD = lazy(r"^[ \t]*#[ \t]*(?:@[\w.]+\.route\(|(?:async )?def |class )")
_ABOVE = 8  # lines of comments that may stand above the decorators


class Silenced(NamedTuple):
    """One open view that once asked for a login."""

    view: View
    guard: str
    """What is commented out, such as ``login_required``."""
    spot: Spot


def silenced_views(project: Project, views: Sequence[View]) -> Iterator[Silenced]:
    """Yield the views, in order, that nothing guards and whose decorator for it is a comment."""
    said: dict[Module, bool] = {}
    for view in views:
        module = view.function.module
        if module not in said:
            said[module] = _LINE.search(module.source.text) is not None
        if not said[module] or project.guards.of(view) or is_public(view, project):
            continue
        for number in _lines_above(view):
            match = _LINE.match(module.source.lines[number - 1])
            if match is not None:
                yield Silenced(view, match["guard"], module.source.line_spot(number))
                break


def _lines_above(view: View) -> range:
    """Return the numbers of the lines of decorators, and of comments on top of them.

    None where the comments are an older view as a whole.
    """
    node, lines = view.function.node, view.function.module.source.lines
    last = getattr(node, "lineno", 1)
    first = min([last, *(decorator.lineno for decorator in view.function.decorators)])
    for _ in range(_ABOVE):
        if first < 2 or not lines[first - 2].lstrip().startswith("#"):
            break
        first -= 1
    above = range(first, last)
    return range(0) if any(_OLD.match(lines[number - 1]) for number in above) else above
