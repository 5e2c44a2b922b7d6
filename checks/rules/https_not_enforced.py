"""Nothing makes HTTPS mandatory.

What it does
------------
Looks through the whole project for what makes HTTPS mandatory: `harden(app)`, Flask-Talisman,
Flask-SSLify, a `Strict-Transport-Security` header set by hand, a redirect to https in a request
hook, an nginx or Apache file that redirects port 80, a domain in a Caddyfile, Traefik's redirect,
an ingress that redirects, `secure: always` of App Engine or `force_https` of Fly. If there is
none, or only one behind a switch that is off unless somebody sets a variable, it makes one finding
for the app, unless its views take no secret and keep no session.

Why it is bad
-------------
Over plain http everybody on the way reads the password and the session cookie, and changes the
pages. A browser that is not told otherwise tries http first.

Bad
---
```python
from flask import Flask
from flask_login import LoginManager

app = Flask(__name__)
login_manager = LoginManager(app)
```

Good
----
```python
from flask import Flask
from flask_login import LoginManager
from hardening import harden

app = Flask(__name__)
login_manager = LoginManager(app)
harden(app)
```

How to fix
----------
Wrap the app with `harden(app)` or Flask-Talisman. If a proxy outside this project redirects to
https and sends the header, say so with `https = "proxy"` under `[tool.flask-hardening]` in
pyproject.toml.

References
----------
- https://cwe.mitre.org/data/definitions/319.html
- https://flask.palletsprojects.com/en/stable/web-security/#http-strict-transport-security-hsts
- OWASP ASVS 5.0, requirements 3.4.1 and 12.2.1
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator

from checks.facts.lines import text_of
from checks.facts.python import Scope
from checks.finding import Finding
from checks.found import found
from checks.lazy import lazy
from checks.project import Project, Site
from checks.project.https_front import forces_https
from checks.project.own_server import serves_tls_only
from checks.project.switches import runs_by_default
from checks.project.visitors import takes_secrets
from checks.rule import Meta

RULE = Meta(
    severity="medium",
    confidence="high",
    cwe=319,
    asvs=("3.4.1", "12.2.1"),
    summary="HTTPS is not mandatory",
    why="Everybody between browser and server can read the password and the session.",
    fix='Wrap the app with harden(app) or Talisman, or set https = "proxy" if a proxy does it.',
)

_HSTS = "strict-transport-security"
_TABLE = lazy(r"[\"']strict-transport-security[\"']\s*:\s*f?[\"']max-age=[1-9]", re.IGNORECASE)
_HEADER = ("ransport", "RANSPORT")  # of Strict-Transport-Security
_SAID = (*_HEADER, "https", "HTTPS", "Https")
# Asks how the request came.
_BY_HTTP = lazy(
    r"is_secure\b|X-Forwarded-Proto|X_FORWARDED_PROTO|\.scheme\b|wsgi\.url_scheme|"
    r"request\.url\.startswith"
)


def check(project: Project) -> Iterator[Finding]:
    """Yield one finding for each app that nothing protects."""
    if project.options.https == "proxy" or any(map(forces_https, project.deployments)):
        return
    for site in project.app_sites:
        if project.guarded(site, "transport"):
            continue
        if _by_extension(project, site) or _by_hand(project, site):
            continue
        if not takes_secrets(project, site) or serves_tls_only(project):
            continue
        yield found(
            RULE,
            "Nothing makes HTTPS mandatory; looked for harden, Talisman, SSLify, an HSTS header, "
            "a redirect to https, and one by nginx, Apache, Caddy, Traefik or the hosting service.",
            site.anchor,
        )


def _by_extension(project: Project, site: Site) -> bool:
    """Return whether an extension does it, and not behind a switch that is off by default."""
    return any(
        runs_by_default(extension.built, extension.scope, site, project)
        for extension in project.initialised(site, "talisman", "sslify")
    )


def _by_hand(project: Project, site: Site) -> bool:
    holds = project.vocabulary.holds
    said = [module for module in site.modules if holds(module, *_SAID)]
    if any(holds(module, *_HEADER) and _TABLE.search(module.source.text) for module in said):
        return True  # ``SECURITY_HEADERS = {...}``, which a hook sets one by one
    return any(
        _sets_header(scope) or _redirects_to_https(scope)
        for module in said
        for scope in module.scopes
    )


def _sets_header(scope: Scope) -> bool:
    for assignment in scope.assignments:
        target = assignment.target
        if isinstance(target, ast.Subscript) and _is_text(target.slice, _HSTS):
            return True
    return any(_is_text(arg, _HSTS) for call in scope.calls for arg in call.args[:1])


def _is_text(node: ast.expr, text: str) -> bool:
    return (
        isinstance(node, ast.Constant)
        and isinstance(node.value, str)
        and node.value.lower() == text
    )


def _redirects_to_https(scope: Scope) -> bool:
    """Return whether a function swaps http for https in the request's URL and redirects."""
    names = {getattr(call.func, "id", getattr(call.func, "attr", "")) for call in scope.calls}
    if "redirect" not in names:
        return False
    return any(map(_swaps, scope.calls)) or _sends_on(scope)


def _swaps(call: ast.Call) -> bool:
    """Return whether `call` is ``url.replace("http", "https")`` or ``_replace(scheme="https")``."""
    if not isinstance(call.func, ast.Attribute):
        return False
    if call.func.attr == "_replace":
        return any(k.arg == "scheme" and _is_text(k.value, "https") for k in call.keywords)
    return (
        call.func.attr == "replace"
        and len(call.args) >= 2
        and _starts(call.args[0], "http")
        and _starts(call.args[1], "https")
    )


def _sends_on(scope: Scope) -> bool:
    """Return whether who came by http is sent to ``"https://" + request.host``, or the like."""
    redirects = any(
        getattr(call.func, "id", getattr(call.func, "attr", "")) == "redirect"
        and call.args
        and _is_made_https(call.args[0], scope)
        for call in scope.calls
    )
    return redirects and _BY_HTTP.search(text_of(scope)) is not None


def _is_made_https(node: ast.expr, scope: Scope, seen: frozenset[str] = frozenset()) -> bool:
    """Return whether a text begins with ``https://`` and goes on with what is no literal."""
    if isinstance(node, ast.Name):
        if node.id in seen:
            return False  # ``url = url + rest``
        values = [one.value for one in scope.bindings.get(node.id, ()) if one.value is not None]
        seen |= {node.id}
        return any(not isinstance(v, ast.Name) and _is_made_https(v, scope, seen) for v in values)
    if isinstance(node, ast.JoinedStr):
        return len(node.values) > 1 and _starts(node.values[0], "https://")
    if isinstance(node, ast.BinOp):
        return _starts(node.left, "https://") or _is_made_https(node.left, scope, seen)
    if isinstance(node, ast.Call):
        if isinstance(node.func, ast.Attribute) and node.func.attr == "format":
            return _starts(node.func.value, "https://")
        asked = {k.arg: k.value for k in node.keywords}
        return "_scheme" in asked and _is_text(asked["_scheme"], "https")
    return False


def _starts(node: ast.expr, text: str) -> bool:
    return (
        isinstance(node, ast.Constant)
        and isinstance(node.value, str)
        and node.value.startswith(text)
    )
