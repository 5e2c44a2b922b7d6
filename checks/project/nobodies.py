"""What a user who is nobody has: the app's own class for ``login_manager.anonymous_user``."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from checks.lazy import lazy

if TYPE_CHECKING:
    from checks.project import Project

_SET = lazy(r"\banonymous_user\b")


def has_nobody(project: Project, attribute: str) -> bool:
    """Return whether the class of those who are not logged in has `attribute` of its own.

    A page that reads it is made for them, too.
    """
    for module in project.vocabulary.files("anonymous_user"):
        for scope in module.saying(_SET):
            for assignment in scope.assignments:
                target = assignment.target
                if not isinstance(target, ast.Attribute) or target.attr != "anonymous_user":
                    continue
                cls = project.names.scope_of(project.names.qualified(assignment.value, scope))
                if cls is not None and cls.kind == "class" and attribute in cls.bindings:
                    return True
    return False
