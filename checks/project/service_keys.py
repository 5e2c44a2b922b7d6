"""Views for another service of the same owner, which proves itself by a key and not by a login."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from checks.facts.lines import text_of
from checks.lazy import lazy
from checks.project.routes import View
from checks.project.sites import Site

if TYPE_CHECKING:
    from checks.project import Project

# Who has a key or certificate of the service is no visitor; who has a user's token may be one.
_KEY = lazy(
    r"api_?-?key|app_?key|service_?(key|token)|x-api|internal_?(key|token)",
    re.IGNORECASE,
)
_OF_USERS = lazy(r"current_user|\bg\.user|jwt|load_user|User\b|user_id|session\[")


def asked_by_a_service(view: View, project: Project, site: Site) -> bool:
    """Return whether only who has the app's own key gets to `view`."""
    if not project.guards.of(view).startswith("@") or not project.csrf(site).by_token(view):
        return False
    names = project.names
    asked = (names.scope_of(decorator.name) for decorator in view.decorators)
    texts = [text_of(scope) for scope in asked if scope is not None and scope.kind == "function"]
    return any(_KEY.search(text) and not _OF_USERS.search(text) for text in texts)
