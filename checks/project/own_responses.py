"""Response classes of the app's own that give every cookie its attributes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from checks.facts.lines import text_of
from checks.lazy import lazy

if TYPE_CHECKING:
    from checks.project import Project

_SETS = lazy(r"[\"']secure[\"']\]? *[,=:]|\bsecure *=")


def answers_protect_cookies(project: Project) -> bool:
    """Return whether a class for responses decides in ``set_cookie`` which cookies are secure.

    Flask's session and Flask-Login's cookie go through it, whatever the configuration says.
    """
    for module in project.modules:
        if module.source.context != "app" or "def set_cookie" not in module.source.text:
            continue
        for cls in module.classes():
            if not cls.name.endswith("Response"):
                continue
            for method in cls.children:
                if method.name == "set_cookie" and _SETS.search(text_of(method)):
                    return True
    return False
