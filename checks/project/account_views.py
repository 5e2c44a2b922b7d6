"""Views that change or remove the account which their address names."""

from __future__ import annotations

import re

from checks.lazy import lazy
from checks.project.routes import View

_ACCOUNT = lazy(
    r"(?:^|/)(?:users?|accounts?|members?|customers?|employees?|people|persons?)/<[^>]+>"
    r"(?:/(?P<verb>delete|remove|edit|update|change|password|passwd|roles?|ban|promote|admin)[^/<]*)?/?$",
    re.IGNORECASE,
)
_CHANGING = frozenset({"PUT", "PATCH", "DELETE"})


def changes_account(view: View) -> bool:
    """Return whether rules and methods say that `view` changes somebody's account."""
    for rule in view.rules:
        match = _ACCOUNT.search(rule or "")
        if match is not None and (match["verb"] or view.methods & _CHANGING):
            return True
    return False
