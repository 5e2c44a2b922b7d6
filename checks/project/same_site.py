"""What the SameSite of an app's cookies keeps other sites' pages from."""

from __future__ import annotations

from typing import TYPE_CHECKING

from checks.project.remembering import remembers

if TYPE_CHECKING:
    from checks.project import Project, Site


def keeps_session_to_itself(site: Site, project: Project) -> bool:
    """Return whether no other site's page can send the session cookie along, in any environment."""
    return _strict(site, project, "SESSION_COOKIE_SAMESITE")


def keeps_users_to_itself(site: Site, project: Project) -> bool:
    """Return whether no cookie that logs in comes along with what another site's page sends.

    A remember cookie logs in without the session's.
    """
    if not keeps_session_to_itself(site, project):
        return False
    return not remembers(project, site) or _strict(site, project, "REMEMBER_COOKIE_SAMESITE")


def is_lax(site: Site, project: Project) -> bool:
    """Return whether the session cookie is said to be ``Lax`` or ``Strict`` for production."""
    told = project.configuration(site).production("SESSION_COOKIE_SAMESITE")
    return any(str(setting.value.value).lower() in ("lax", "strict") for setting in told)


def _strict(site: Site, project: Project, key: str) -> bool:
    told = [s for s in project.configuration(site).of(key) if s.reaches_production]
    return bool(told) and all(str(s.value.value).lower() == "strict" for s in told)
