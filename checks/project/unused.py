"""Functions that nothing calls: what they would do happens to nobody."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from checks.facts.python import Scope

if TYPE_CHECKING:
    from checks.project import Project


def is_never_named(scope: Scope, project: Project) -> bool:
    """Return whether nothing but its own ``def`` names a function of a file, decorators included.

    A library's view is for others to call: without an app, nothing is unused.
    """
    if scope.kind != "function" or scope.decorators or not project.app_sites:
        return False
    if scope.parent is not scope.module.top or scope.name == "<lambda>":
        return False
    if "__all__" in scope.module.source.text:
        return False
    named = re.compile(rf"\b{re.escape(scope.name)}\b")
    count = 0
    for module in project.vocabulary.files(scope.name):
        count += len(named.findall(module.source.text))
        if count > 1:
            return False
    return count == 1
