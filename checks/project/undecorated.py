"""Views that lack the decorator which nearly all views beside them have."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from checks.project.routes import View
from checks.project.siblings import Exposed, kind_of, nearest

if TYPE_CHECKING:
    from checks.project import Project

_MANY = 10  # views with a decorator of their own, from where on one without was forgotten
_EDITING = frozenset({"PUT", "PATCH", "DELETE"})  # nobody logs in or registers by these
_CHANGING = _EDITING | {"POST"}
_FEW = 0.1  # of all views of a group may lack it


def undecorated_views(project: Project, views: Sequence[View]) -> Iterator[Exposed]:
    """Yield the views that change something and lack the decorator of those beside them.

    A condition in the view may look like one on who asks: ``if not token`` of a token that is
    looked up by its number, ``if "grid" not in session``. Where the decorator stands on every
    other method of the same class and address, or on nearly all views of a blueprint or file, it
    must name a person to be believed.
    """
    groups: dict[object, list[View]] = {}
    for view in views:
        groups.setdefault(view.cls or view.group or view.module.name, []).append(view)
    for group in groups.values():
        by_hand = [view for view in group if project.guards.of(view).startswith("@")]
        rest = [view for view in group if project.guards.of(view) in ("", "its own condition")]
        if not rest or not by_hand:
            continue
        all_but_few = len(by_hand) >= _MANY and len(rest) <= len(group) * _FEW
        for view in rest:
            if not view.methods & _CHANGING:
                continue
            alike = [other for other in by_hand if all_but_few or _same_address(view, other)]
            if not alike or (view.cls is not None and len(rest) > len(by_hand)):
                continue
            known = {arg.arg for other in alike for arg in other.function.parameters()}
            addressed = bool(view.methods & _EDITING) and any(
                _same_address(view, other) for other in alike
            )
            if kind_of(view, project, known, addressed=addressed) != "changes":
                continue
            if not project.guards.asks_itself(view, known):
                sibling = nearest(view, alike)
                yield Exposed(
                    view, "changes", sibling, project.guards.of(sibling), sure=True, told=True
                )


def _same_address(view: View, other: View) -> bool:
    return view.cls is not None and bool(set(view.rules) & set(other.rules))
