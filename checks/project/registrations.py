"""Views by which people register, although nothing calls them so: ``POST /users``."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from checks.lazy import lazy
from checks.project.hashing import hasher
from checks.project.routes import View

if TYPE_CHECKING:
    from checks.project import Project

_ACCOUNTS = lazy(
    r"^(?:/(?:api|rest|v\d+))*/(?:users?|accounts?|members?|customers?)(?:/(?:create|add|new))?/?$",
    re.IGNORECASE,
)


def is_registration(view: View, project: Project) -> bool:
    """Return whether `view` makes accounts for whoever asks: no other one does, and it hashes."""
    rule = (view.rules[0] or "") if view.rules else ""
    if "GET" in view.methods or not _ACCOUNTS.search(rule):
        return False
    if any(login.kind == "register" for login in project.logins):
        return False
    calls = project.reach.calls(view.function)
    return any(hasher(project.names.called(call, scope)) is not None for call, scope in calls)
