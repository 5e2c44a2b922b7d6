"""Functions that nothing calls: what they would do happens to nobody."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from checks.facts.python import Module, Scope

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


def is_left_behind(module: Module, project: Project) -> bool:
    """Return whether nothing imports a file whose classes another file has by the same names.

    Such as ``models_old.py``, from which ``models/user.py`` was made.
    """
    stem = module.path.rpartition("/")[2].removesuffix(".py")
    if stem == "__init__" or any(
        other is not module
        for other in project.vocabulary.files(stem)
        if other.source.context != "tests"
    ):
        return False
    own = {cls.name for cls in module.classes()}
    return any(
        cls.name in own
        for name in own
        for other in project.vocabulary.files(name)
        if other is not module and other.source.context == "app"
        for cls in other.classes()
    )
