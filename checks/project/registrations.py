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
    """Return whether `view` makes accounts for whoever asks, and no other one does."""
    if any(login.kind == "register" for login in project.logins):
        return False
    return makes_accounts(view, project)


def makes_accounts(view: View, project: Project) -> bool:
    """Return whether `view` answers ``POST /users`` and hashes a password."""
    rule = (view.rules[0] or "") if view.rules else ""
    if view.methods != {"POST"} or not _ACCOUNTS.search(rule):
        return False
    calls = project.reach.calls(view.function)
    return any(hasher(project.names.called(call, scope)) is not None for call, scope in calls)
