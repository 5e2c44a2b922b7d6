"""Views that give an account its first password: one that came by an identity provider."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from checks.lazy import lazy
from checks.project.routes import View

if TYPE_CHECKING:
    from checks.project import Project

_HAS_NONE = lazy(r"\.\w*pass\w* is None\b|\.\w*pass\w* == None\b")


def sets_first(view: View, project: Project) -> bool:
    """Return whether a decorator of `view` lets in whose account has no password yet.

    There is no current password to ask for, and no session that a stolen one opened.
    """
    around = (project.names.scope_of(d.name) for d in view.decorators if not d.is_route)
    return any(
        function is not None
        and function.kind == "function"
        and _HAS_NONE.search(ast.unparse(function.node)) is not None
        for function in around
    )
