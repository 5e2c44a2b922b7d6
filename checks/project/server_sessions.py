"""Whether an app keeps its sessions on the server: Flask-Session, or an interface of its own."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from checks.facts.python import Scope, last_name
from checks.facts.source import Spot
from checks.records import NamedTuple

if TYPE_CHECKING:
    from checks.project import Project, Site

_LIBRARIES = {"session": "Flask-Session", "kvsession": "Flask-KVSession"}
_COOKIE_BASED = frozenset(
    {"flask.sessions.SecureCookieSessionInterface", "flask.sessions.SecureCookieSession"}
)


class ServerSessions(NamedTuple):
    """How sessions are kept on the server."""

    what: str
    """For people, such as ``Flask-Session``."""
    spot: Spot
    interface: Scope | None = None
    """The project's own class, if it is one."""


def server_sessions(site: Site, project: Project) -> ServerSessions | None:
    """Return how `site` keeps its sessions on the server, or None where a cookie holds them."""
    for extension in project.initialised(site, *_LIBRARIES):
        return ServerSessions(_LIBRARIES[extension.name], extension.spot)
    for interface in interfaces(site, project):
        return ServerSessions(interface.name, interface.spot(), interface)
    return None


def interfaces(site: Site, project: Project) -> Iterator[Scope]:
    """Yield the session interfaces of the app's own that keep sessions on the server."""
    for module in site.modules:
        if "SessionInterface" not in module.source.text:
            continue
        for cls in module.classes():
            bases = [last_name(base) for base in getattr(cls.node, "bases", ())]
            if not any("SessionInterface" in base for base in bases):
                continue
            known = set(project.names.bases(cls.full_name))
            if known & _COOKIE_BASED or any("SecureCookie" in base for base in bases):
                continue
            if any(child.name == "open_session" for child in cls.children):
                yield cls
