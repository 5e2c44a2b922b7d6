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
_BLUEPRINT = lazy(r"_(?:bp|blueprint|api|routes?|views?)$")
_CHANGING = frozenset({"PUT", "PATCH", "DELETE"})


def changes_account(view: View) -> bool:
    """Return whether rules and methods say that `view` changes somebody's account.

    A blueprint called `users` stands for the prefix that it is registered with elsewhere.
    """
    blueprint = _BLUEPRINT.sub("", (view.group or "").rpartition(".")[2])
    for rule in view.rules:
        match = _ACCOUNT.search(rule or "") or _ACCOUNT.search(f"/{blueprint}{rule}")
        if match is not None and (match["verb"] or view.methods & _CHANGING):
            return True
    return False
