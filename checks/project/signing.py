"""Whether anything is signed with an app's secret key."""

from __future__ import annotations

from typing import TYPE_CHECKING

from checks.lazy import lazy
from checks.project.visitors import takes_cookies

if TYPE_CHECKING:
    from checks.project import Project

# What makes or reads something with a key, and who asks the app for its key.
_SIGNS = lazy(
    r"jwt|JWT|jose\b|itsdangerous|Serializer|Signer|Fernet|\bhmac\b|\bwtforms\b|csrf|"
    r"(?:config|settings|Config|Settings)(?:\.get\(|\[|\.)[\"']?SECRET_KEY\b(?![\"']?\]?\s*=[^=])|"
    r"\.secret_key\b(?!\s*=[^=])"
)


def signs_nothing(project: Project) -> bool:
    """Return whether no app of the project keeps a session, or uses its key for anything else.

    An API that knows its users by what they send with each request, such as a key of their own,
    needs no secret key; Flask asks for none until a session is written.
    """
    sites = project.app_sites
    if not sites or any(takes_cookies(project, site) for site in sites):
        return False
    return not any(
        _SIGNS.search(module.source.text)
        for module in project.modules
        if module.source.context == "app"
    )
