"""What proxies tell about the client is believed from anybody.

What it does
------------
Finds readings of `X-Forwarded-For`, `X-Real-IP`, `X-Forwarded-Host` and their kin by hand, also
as the key of a limiter; `request.access_route`; ProxyFix that counts more proxies than the
deployment files show, or that believes a header which their nginx passes on as the client sent
it; and servers that believe such headers from every address (`strict`). Code that first asks
whether the sender is a proxy it knows, that takes the last entry of `X-Forwarded-For`, or that
reads a header which the project's nginx sets itself, is not reported. `X-Forwarded-Proto` and
prefixes are `strict`, and so is an address that is only kept: in a log, a record of a login, or a
column. Told is one that something is compared with, looked up, limited or let in by, and one of a
helper that nobody calls here.

Why it is bad
-------------
Every client may send these headers. Whoever does chooses the address that limits count by, that
logs show and that allow lists let in, or the host that links are made with.

Bad
---
```python
from flask import Flask, request

app = Flask(__name__)

def client_address():
    return request.headers.get("X-Forwarded-For", request.remote_addr)
```

Good
----
```python
from flask import Flask, request
from werkzeug.middleware.proxy_fix import ProxyFix

app = Flask(__name__)
app.wsgi_app = ProxyFix(app.wsgi_app, x_for=1, x_proto=1)

def client_address():
    return request.remote_addr
```

How to fix
----------
Say how many proxies there are, with `trusted_proxies` of `harden(app)` or with ProxyFix, and
read `request.remote_addr`, `request.host` and `request.scheme`.

References
----------
- https://cwe.mitre.org/data/definitions/348.html
- https://flask.palletsprojects.com/en/stable/deploying/proxy_fix/
- OWASP ASVS 5.0, requirement 4.1.3
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator

from checks.facts.python import Module
from checks.facts.source import Spot
from checks.finding import Finding, Severity
from checks.found import found
from checks.lazy import lazy
from checks.project import Project
from checks.project.config_reading import argument_of
from checks.project.forwarded import Reading, readings
from checks.project.proxies import Headers, Proxy, count, headers_set, proxies
from checks.project.settles import settles
from checks.rule import Meta

RULE = Meta(
    severity="medium",
    confidence="high",
    cwe=348,
    asvs=("4.1.3",),
    summary="headers of proxies believed from anybody",
    why="Every client may send these headers, and so chooses its own address or the app's host.",
    fix="Declare the proxies (trusted_proxies of harden, or ProxyFix); read request.remote_addr.",
)

_HEADERS = {
    "x_for": "X-Forwarded-For",
    "x_proto": "X-Forwarded-Proto",
    "x_host": "X-Forwarded-Host",
    "x_port": "X-Forwarded-Port",
    "x_prefix": "X-Forwarded-Prefix",
}
_OTHERS = 8  # places that a finding names besides its own
_KEY = lazy(r"\bget_ipaddr\b")
_EVERYBODY = lazy(r"forwarded[-_]allow[-_]ips[=\s]+[\"']?\*")


def check(project: Project) -> Iterator[Finding]:
    """Yield one finding for each header and function, and each ProxyFix."""
    set_by_nginx = headers_set(project)
    shown = proxies(project)
    for module in project.modules:
        if module.source.context == "tests":
            continue
        yield from _by_hand(module, project, set_by_nginx)
        if project.vocabulary.holds(module, "get_ipaddr"):
            yield from _keys(module)
        yield from _proxy_fix(module, project, shown, set_by_nginx)
        yield from _gunicorn_file(module)
    yield from _commands(project)


def _by_hand(module: Module, project: Project, set_by_nginx: Headers) -> Iterator[Finding]:
    """Yield one finding for each header and what is done with it; the worst of each function."""
    worst: dict[tuple[object, str], Reading] = {}
    read = readings(module, project.vocabulary, project.names)
    for reading in sorted(read, key=lambda one: (one.only_said, one.node.lineno)):
        if reading.header not in set_by_nginx.own:
            worst.setdefault((reading.scope, reading.header), reading)
    alike: dict[tuple[str, bool, bool], list[Reading]] = {}
    nodes: set[ast.expr] = set()
    for reading in worst.values():
        if reading.node not in nodes:
            nodes.add(reading.node)
            address = reading.part == "address" and not reading.only_said
            kept = address and not settles(reading.node, reading.scope, project)
            alike.setdefault((reading.header, reading.only_said, kept), []).append(reading)
    for (_, _, kept), same in alike.items():
        yield _read(same, kept=kept)


def _read(same: list[Reading], *, kept: bool) -> Finding:
    """Return one finding for readings of a header in several functions of a file.

    An address that is only `kept` somewhere opens nothing to who makes it up.
    """
    reading, *others = same
    what = {
        "address": "the client's address",
        "host": "the app's host",
        "scheme": "the scheme",
        "prefix": "the app's prefix",
    }[reading.part]
    header = re.sub(r"Ip$", "IP", reading.header.title())
    header = "access_route" if reading.header == "access_route" else header
    weak = reading.only_said or kept or reading.part in ("scheme", "prefix")
    severity: Severity | None = "low" if weak else None
    return found(
        RULE,
        f"{header} is read by hand: every client can choose {what} with it.",
        reading.scope.spot(reading.node),
        severity=severity,
        confidence="medium" if reading.only_said else None,
        audience="strict" if weak else None,
        related=[(other.scope.spot(other.node), "and here") for other in others[:_OTHERS]],
    )


def _keys(module: Module) -> Iterator[Finding]:
    """Yield uses of Flask-Limiter's old key function, which reads X-Forwarded-For itself."""
    for scope in module.saying(_KEY):
        for call in scope.calls:
            for given in (*call.args, *(keyword.value for keyword in call.keywords)):
                name = getattr(given, "id", getattr(given, "attr", ""))
                if name == "get_ipaddr":
                    message = (
                        "The limiter counts by X-Forwarded-For, which every client can choose."
                    )
                    yield found(RULE, message, scope.spot(given))


def _proxy_fix(
    module: Module, project: Project, shown: list[Proxy], set_by_nginx: Headers
) -> Iterator[Finding]:
    most = count(shown) or (0 if _published(project) else None)
    nginx_alone = bool(shown) and all(proxy.kind == "nginx" for proxy in shown)
    for call, scope in module.calls("ProxyFix"):
        for index, (name, header) in enumerate(_HEADERS.items(), 1):
            given = argument_of(call, name, index)
            if given is None and name == "x_for":
                given = argument_of(call, "num_proxies", 1)
            value = project.evaluate(given, scope).value if given is not None else None
            number = value if isinstance(value, int) else (1 if index < 3 else 0)
            if given is not None and not isinstance(value, int):
                continue  # not known here
            if number < 1:
                continue
            spot = scope.spot(given if given is not None else call)
            if given is not None and most is not None and number > most:
                text = f"ProxyFix believes {number} proxies; the deployment files show {most}."
                yield found(RULE, text, spot, confidence="medium", related=_places(shown))
                break
            from_client = set_by_nginx.passed_on and header.lower() not in set_by_nginx.named
            if nginx_alone and from_client and name in ("x_for", "x_host"):
                text = f"ProxyFix believes {header}, which nginx passes on from the client."
                yield found(RULE, text, spot, confidence="medium", related=_places(shown))


def _places(shown: list[Proxy]) -> list[tuple[Spot, str]]:
    return [(proxy.spot, f"a proxy ({proxy.kind})") for proxy in shown[:3]]


def _published(project: Project) -> bool:
    """Return whether a compose file publishes an app on the web's own ports, without a proxy."""
    return any(
        re.search(r"(?:^|\.)services\..*\.ports\.(?:80|443)$", entry.key)
        for file in project.settings_files
        if file.kind == "yaml" and file.source.context == "app"
        for entry in file.entries
    )


def _gunicorn_file(module: Module) -> Iterator[Finding]:
    if "gunicorn" not in module.path:
        return
    for assignment in module.top.assignments:
        target, value = assignment.target, assignment.value
        named = isinstance(target, ast.Name) and target.id == "forwarded_allow_ips"
        if named and isinstance(value, ast.Constant) and value.value == "*":
            message = "The server believes forwarded headers from every address."
            yield found(RULE, message, module.top.spot(value), severity="low", audience="strict")


def _commands(project: Project) -> Iterator[Finding]:
    for deployment in project.deployments:
        for variable in deployment.variables:
            everybody = variable.name == "FORWARDED_ALLOW_IPS" and variable.value.strip() == "*"
            given = variable.name == "GUNICORN_CMD_ARGS" and _EVERYBODY.search(variable.value)
            if everybody or given:
                message = "The server believes forwarded headers from every address."
                yield found(RULE, message, variable.spot, severity="low", audience="strict")
        for command in deployment.commands:
            if _EVERYBODY.search(command.text):
                message = "The server believes forwarded headers from every address."
                yield found(RULE, message, command.spot, severity="low", audience="strict")
