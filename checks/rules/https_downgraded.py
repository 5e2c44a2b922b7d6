"""The site leads its own users to plain http.

What it does
------------
Finds `PREFERRED_URL_SCHEME = "http"`, `url_for(..., _scheme="http")` in code and templates,
redirects and forms to `http://` and the site's own host, nginx servers that hand requests on
port 80 to the app without a redirect, and nginx told to speak TLS older than 1.2. Of an app's open
port 80 it takes more than nginx's own file: a domain as the name of the server, a server beside it
that speaks TLS, or a compose file that publishes port 80; else another proxy in front is as likely,
and `--strict` tells it. What holds in development or tests only, redirects to other sites, and a
project that declares `https = "proxy"` (for ports) are near misses.

Why it is bad
-------------
The request that follows travels in the open, with the cookies that are not marked Secure, and
whoever is on the way answers in the site's name.

Bad
---
```python
from flask import Flask, redirect, request

app = Flask(__name__)

@app.get("/start")
def start():
    return redirect(f"http://{request.host}/home")
```

Good
----
```python
from flask import Flask, redirect, url_for

app = Flask(__name__)

@app.get("/start")
def start():
    return redirect(url_for("home"))
```

How to fix
----------
Make URLs with `url_for` and no scheme, set `PREFERRED_URL_SCHEME = "https"`, let nginx answer
port 80 with `return 301 https://$host$request_uri`, and allow TLS 1.2 and 1.3 only.

References
----------
- https://cwe.mitre.org/data/definitions/319.html
- https://flask.palletsprojects.com/en/stable/config/#PREFERRED_URL_SCHEME
- OWASP ASVS 5.0, requirements 12.1.1 and 12.2.1
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator

from checks.facts.python import Module, Scope, last_name
from checks.facts.source import Spot
from checks.finding import Audience, Finding
from checks.found import found
from checks.lazy import lazy
from checks.project import Project
from checks.project.other_services import is_of_another
from checks.project.own_host import own_hosts, plain_http_host
from checks.project.own_server import is_for_production
from checks.project.proxies import Server, servers
from checks.rule import Meta

RULE = Meta(
    severity="medium",
    confidence="high",
    cwe=319,
    asvs=("12.1.1", "12.2.1"),
    summary="users led to plain http",
    why="The next request travels in the open, with every cookie that is not marked Secure.",
    fix="Make URLs without a scheme or with https, and redirect port 80 to https.",
    mended=(
        "Takes old versions out of nginx's `ssl_protocols`, and names https as the scheme "
        "where HTTPS is mandatory."
    ),
)

_SCHEME = lazy(r"_scheme\s*=\s*[\"']http[\"']")
_PLAIN = lazy(r"http://")
_OLD_TLS = ("SSLv2", "SSLv3", "TLSv1", "TLSv1.0", "TLSv1.1")
_DOMAIN = lazy(r"^[~^]?(?:[\w*-]+\\?\.)+(?!local|lan|internal|docker|test|home|corp)[a-z]{2,}\$?$")
_PORT_80 = lazy(r"(?:^|[\s\"'\[]|0\.0\.0\.0:)80:\d+")
_LOCAL = lazy(r"^(?:localhost|127\.[\d.]+|\[::1\]|0\.0\.0\.0)(?::\d+)?$")


def check(project: Project) -> Iterator[Finding]:
    """Yield one finding for each place that leads to http."""
    yield from _preferred(project)
    hosts = own_hosts(project)
    for module in project.modules:
        if module.source.context != "tests":
            yield from _schemes(module, project)
            yield from _redirects(module, project, hosts)
    for template in (*project.pages.templates, *project.mails):
        for match in _SCHEME.finditer(
            template.source.text if "_scheme" in template.source.text else ""
        ):
            if not template.path.endswith(".py"):
                spot = template.source.offset_spot(*match.span())
                yield found(RULE, "This URL is made with the scheme http.", spot)
    yield from _forms(project, hosts)
    yield from _nginx(project)


def _preferred(project: Project) -> Iterator[Finding]:
    settings = [
        setting
        for setting in project.settings("PREFERRED_URL_SCHEME")
        if setting.reaches_production and setting.context == "app"
    ]
    mended = any(s.value.is_literal("https") and s.environment == "production" for s in settings)
    for setting in settings:
        if setting.value.value != "http" or (mended and setting.environment is None):
            continue
        by_default = setting.value.kind == "fallback"
        if setting.value.kind == "literal" or by_default:
            text = "URLs made outside of requests, as in mails, begin with http"
            end = " where the environment says nothing." if by_default else "."
            yield found(
                RULE, text + end, setting.spot, severity="low",
                audience="strict" if by_default else None,
            )  # fmt: skip


def _schemes(module: Module, project: Project) -> Iterator[Finding]:
    if "_scheme" not in module.source.text:
        return
    for call, scope in module.calls("url_for"):
        for keyword in call.keywords:
            if keyword.arg == "_scheme" and project.evaluate(keyword.value, scope).is_literal(
                "http"
            ):
                yield found(
                    RULE, "This URL is made with the scheme http.", scope.spot(keyword.value)
                )


def _redirects(module: Module, project: Project, hosts: frozenset[str]) -> Iterator[Finding]:
    if "http:" not in module.source.text:
        return
    for call, scope in module.calls("redirect"):
        if not call.args:
            continue
        node = _meant(call.args[0], scope, project)
        host = plain_http_host(node)
        swapped = _swapped(node)
        if swapped or host == "request" or host in hosts:
            yield found(RULE, "This redirect leads the user to http.", scope.spot(call.args[0]))
        elif _LOCAL.match(host):
            text = "This redirect leads to http on the developer's own machine."
            yield found(RULE, text, scope.spot(call.args[0]), severity="low", audience="strict")


def _meant(node: ast.expr, scope: Scope, project: Project) -> ast.expr:
    if isinstance(node, ast.Name):
        bound = project.names.bindings(node.id, scope)
        if len(bound) == 1 and bound[0].kind == "value" and bound[0].value is not None:
            return bound[0].value
    return node


def _swapped(node: ast.expr) -> bool:
    """Return whether ``url.replace("https", "http")`` makes the target."""
    if not isinstance(node, ast.Call) or last_name(node.func) != "replace" or len(node.args) < 2:
        return False
    first, second = node.args[0], node.args[1]
    return (
        isinstance(first, ast.Constant)
        and isinstance(second, ast.Constant)
        and str(first.value).startswith("https")
        and str(second.value).rstrip(":/") == "http"
    )


def _forms(project: Project, hosts: frozenset[str]) -> Iterator[Finding]:
    own = re.compile(
        r"http://(?:\{\{-?\s*(?:request\.(?:host|headers)|"
        r"config\W+(?:get\W+)?\w*(?:SERVER|HOST|DOMAIN|SITE|BASE_URL|APP_URL|URL_ROOT))|"
        + ("|".join(map(re.escape, sorted(hosts))) or r"(?!)")
        + r"(?=[:/?#]|$))"
    )
    for template in project.pages.templates:
        if _PLAIN.search(template.text) is None:
            continue
        for form in template.forms:
            if own.match(form.action):
                text = "This form is sent to the site's own host over http."
                yield found(RULE, text, form.tag.spot)


def _nginx(project: Project) -> Iterator[Finding]:
    protected = bool(project.app_sites) and all(
        project.guarded(site, "transport") or project.initialised(site, "talisman", "sslify")
        for site in project.app_sites
    )
    for deployment in project.deployments:
        if is_of_another(deployment.path):
            continue
        told: dict[str, list[Spot]] = {}
        for directive in deployment.directives:
            old = [arg for arg in directive.args if arg in _OLD_TLS]
            web = not {"mail", "stream"}.intersection(directive.block)
            if directive.name == "ssl_protocols" and old and web:
                text = f"nginx speaks {', '.join(old)}, which is broken."
                told.setdefault(text, []).append(directive.spot)
        for text, (spot, *others) in told.items():
            yield found(RULE, text, spot, related=[(other, "and here") for other in others])
        if project.options.https == "proxy" or protected:
            continue
        all_of_it = servers(deployment)
        opened = [server for server in all_of_it if _open(server) and server.passes is not None]
        spots = [next(server.of("listen"), server.passes or server).spot for server in opened]
        for first in spots[:1]:
            text = "nginx hands requests on port 80 to the app and does not redirect to https."
            more = [(spot, "so does this server") for spot in spots[1:]]
            met = any(_is_met(server, all_of_it) for server in opened) or _publishes(project)
            careful: Audience | None = None if met or not project.app_sites else "strict"
            yield found(RULE, text, first, confidence="medium", related=more, audience=careful)


def _is_met(server: Server, beside: list[Server]) -> bool:
    """Return whether outsiders come to a server: it has a domain, or a twin that speaks TLS."""
    names = [name for directive in server.of("server_name") for name in directive.args]
    if any(_DOMAIN.search(name) for name in names):
        return True
    return any(
        "ssl" in directive.args or directive.args[:1] == ("443",)
        for other in beside
        if other.passes is not None
        for directive in other.of("listen")
    )


def _publishes(project: Project) -> bool:
    """Return whether a compose file that is no developer's gives the host's port 80 away."""
    return any(
        ".ports" in entry.key and _PORT_80.search(file.source.lines[entry.spot.line - 1])
        for deployment in project.deployments
        if deployment.kind == "compose" and is_for_production(deployment)
        for file in project.settings_files
        if file.path == deployment.path
        for entry in file.entries
    )


def _open(server: Server) -> bool:
    """Return whether a server answers http on port 80 and does not lead to https."""
    listens = [directive.args for directive in server.of("listen")]
    if not listens and any(server.of("include")):
        return False  # where it listens may stand there
    plain = not listens or any(
        re.search(r"(?:^|:)80$|^[\d.*]+$|^\[::\]$", args[0])
        and "ssl" not in args
        and not (args[0].isdigit() and args[0] != "80")
        for args in listens
        if args
    )
    if not plain or any(directive.args == ("on",) for directive in server.of("ssl")):
        return False
    leads = any(
        "https://" in " ".join(directive.args)
        for directive in server.of("return", "rewrite", "error_page")
    )
    return not leads
