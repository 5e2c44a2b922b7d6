"""What stands in front of the app, as far as deployment files show it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING, Literal

from checks.contexts import is_sample
from checks.facts.deployment import Deployment, Directive
from checks.facts.source import Spot
from checks.lazy import lazy
from checks.records import NamedTuple

if TYPE_CHECKING:
    from checks.project import Project, Site

_IMAGE = lazy(
    r"(?:^|[/\-_])(?P<kind>nginx|openresty|traefik|haproxy|caddy|envoy|swag)\b", re.IGNORECASE
)
_SETS_ITSELF = lazy(
    r"^\$(?:remote_addr|realip_remote_addr|scheme|host|server_name|server_port)$|^[\w.]*$"
)


class Proxy(NamedTuple):
    """One reverse proxy."""

    kind: str
    """``nginx``, ``traefik``, ``ingress``, ``platform`` (a host that runs a Procfile) ..."""
    spot: Spot
    """Where it is to be seen."""
    speaks: Literal["http", "uwsgi"] = "http"
    """``uwsgi``: hands the client's address on without headers."""


class Server(NamedTuple):
    """One ``server`` block of nginx, with all that stands in it."""

    spot: Spot
    directives: tuple[Directive, ...]

    def of(self, *names: str) -> Iterator[Directive]:
        """Yield its directives of these names."""
        return (directive for directive in self.directives if directive.name in names)

    @property
    def passes(self) -> Directive | None:
        """What hands requests on to an app."""
        return next(self.of("proxy_pass", "uwsgi_pass", "grpc_pass"), None)


def servers(deployment: Deployment) -> list[Server]:
    """Return the ``server`` blocks of an nginx file that answer http."""
    found: list[Server] = []
    inside: list[Directive] | None = None
    start: Directive | None = None
    for directive in deployment.directives:
        if directive.name == "server" and directive.block in ((), ("http",)) and not directive.args:
            if start is not None and inside is not None:
                found.append(Server(start.spot, tuple(inside)))
            start, inside = directive, []
        elif inside is not None and "server" in directive.block:
            inside.append(directive)
    if start is not None and inside is not None:
        found.append(Server(start.spot, tuple(inside)))
    return found


def proxies(project: Project) -> list[Proxy]:
    """Return the reverse proxies that deployment files show, those of examples left out."""
    found = []
    for deployment in project.deployments:
        if deployment.source.context != "app":
            continue
        for directive in deployment.directives:
            if directive.name in ("proxy_pass", "grpc_pass"):
                found.append(Proxy("nginx", directive.spot))
            elif directive.name == "uwsgi_pass":
                found.append(Proxy("nginx", directive.spot, "uwsgi"))
        if deployment.kind == "procfile" and deployment.commands:
            found.append(Proxy("platform", deployment.commands[0].spot))
    speaks_uwsgi = any(proxy.speaks == "uwsgi" for proxy in found)
    for file in project.settings_files:
        if file.kind != "yaml" or file.source.context != "app" or is_sample(file.path):
            continue
        for entry in file.entries:
            key, value = entry.key, str(entry.value)
            match = _IMAGE.search(value) if key.endswith(".image") else None
            if match is not None and "exporter" not in value:
                kind = match["kind"].lower()
                uwsgi = speaks_uwsgi and kind == "nginx"
                found.append(Proxy(kind, entry.spot, "uwsgi" if uwsgi else "http"))
            elif key == "kind" and value == "Ingress":
                found.append(Proxy("ingress", entry.spot))
    return found


def count(found: list[Proxy]) -> int:
    """Return how many of the proxies a request passes one after the other, at most."""
    return len({proxy.kind for proxy in found})


class Headers(NamedTuple):
    """What the project's nginx files do with headers of requests."""

    own: frozenset[str]
    """Lower case: those that they set to what clients have no say in, wherever they set them."""
    passed_on: bool
    """Whether all that they set is known, so that any other header comes from the client."""
    named: frozenset[str]
    """Lower case: those that they set to anything."""


def headers_set(project: Project) -> Headers:
    """Return what the nginx files of `project`, those of examples left out, set."""
    own: dict[str, bool] = {}
    passes, complete = False, True
    for deployment in project.deployments:
        if deployment.source.context != "app":
            continue
        for directive in deployment.directives:
            if directive.name == "include" and "mime" not in " ".join(directive.args):
                complete = False
            passes = passes or directive.name == "proxy_pass"
            if directive.name == "proxy_set_header" and len(directive.args) > 1:
                name, value = directive.args[0].lower(), directive.args[1].strip("\"'")
                safe = _SETS_ITSELF.match(value) is not None
                own[name] = own.get(name, True) and safe
    return Headers(
        frozenset(name for name, safe in own.items() if safe), passes and complete, frozenset(own)
    )


def of_site(project: Project, site: Site) -> list[Proxy]:
    """Return the proxies that stand in front of `site`, told by folders where there are more."""
    found = proxies(project)
    if len(project.app_sites) < 2:
        return found
    places = [other.anchor.path.split("/")[:-1] for other in project.app_sites]
    here = site.anchor.path.split("/")[:-1]
    return [
        proxy
        for proxy in found
        if _shared(proxy.spot.path, here) == max(_shared(proxy.spot.path, p) for p in places)
    ]


def _shared(path: str, folders: list[str]) -> int:
    own = path.split("/")[:-1]
    return next(
        (i for i, (a, b) in enumerate(zip(own, folders, strict=False)) if a != b),
        min(len(own), len(folders)),
    )
