"""HTTPS protection is there and told not to protect.

What it does
------------
Looks at the options of Flask-Talisman and `harden(app)`: `force_https=False`,
`strict_transport_security=False`, `session_cookie_secure=False`, `content_security_policy=None`,
`Policy(https=False)`, `hsts="off"` and an HSTS time of less than a day. Options that only hold in
development or tests, and a project that declares `https = "proxy"`, are the near misses.

Why it is bad
-------------
Whoever reads the code sees a protection that is not in force.

Bad
---
```python
from flask import Flask
from flask_talisman import Talisman

app = Flask(__name__)
Talisman(app, force_https=False)
```

Good
----
```python
from flask import Flask
from flask_talisman import Talisman

app = Flask(__name__)
Talisman(app)
```

How to fix
----------
Leave the option out. Where a proxy makes HTTPS mandatory, say so: `https = "proxy"` under
`[tool.flask-hardening]` in pyproject.toml.

References
----------
- https://cwe.mitre.org/data/definitions/319.html
- https://github.com/wntrblm/flask-talisman#options
- OWASP ASVS 5.0, requirements 3.3.1, 3.4.1 and 12.2.1
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator, Mapping

from checks.facts.python import Scope
from checks.finding import Finding
from checks.found import found
from checks.lazy import lazy
from checks.project import Project
from checks.project.config_reading import condition
from checks.project.evaluated import Evaluated
from checks.project.extensions import Extension
from checks.rule import Meta

RULE = Meta(
    severity="medium",
    confidence="high",
    cwe=319,
    asvs=("3.3.1", "3.4.1", "12.2.1"),
    summary="HTTPS protection told not to protect",
    why="Whoever reads the code sees a protection that is not in force.",
    fix='Leave the option out; if a proxy does it, set https = "proxy" in pyproject.toml.',
    bandit="B820",
    mended="Takes `session_cookie_secure=False` out of a Talisman that makes HTTPS mandatory.",
)

_DAY_S = 24 * 60 * 60
_TALISMAN = {
    "force_https": "http requests are answered",
    "strict_transport_security": "browsers are not told to stay on https",
    "session_cookie_secure": "the session cookie is sent over http too",
    "content_security_policy": "no content policy is sent",
}
_FRONT = lazy(
    r"load.?balancer|reverse.?proxy|\bproxy\b|terminat|nginx|ingress|cloud ?front|router|platform|"
    r"in front|outside|upstream|firewall",
    re.IGNORECASE,
)
_BY_A_PROXY = ("force_https", "strict_transport_security", "https", "hsts")


def check(project: Project) -> Iterator[Finding]:
    """Yield one finding for each option that takes protection away."""
    for site in project.app_sites:
        by_setting = project.configuration(site).production("SESSION_COOKIE_SECURE")
        own_cookie = any(not setting.value.is_literal(False) for setting in by_setting)
        for extension in project.extensions(site, "talisman"):
            yield from _talisman(extension, project, own_cookie=own_cookie)
        for extension in project.extensions(site, "hardening"):
            yield from _policy(extension, project)


def _talisman(extension: Extension, project: Project, *, own_cookie: bool) -> Iterator[Finding]:
    for name, what in _TALISMAN.items():
        node = extension.options.get(name)
        if name == "session_cookie_secure" and own_cookie:
            continue  # the app's own setting holds then
        if node is None or _excused(node, name, extension.scope, project):
            continue
        if _is_off(project.evaluate(node, extension.scope), node):
            front = name == "force_https" and _says_front(node, extension)
            yield found(
                RULE, f"{name} is off: {what}.", extension.scope.spot(node),
                audience="strict" if front else None,
            )  # fmt: skip
    age = extension.options.get("strict_transport_security_max_age")
    if age is not None and not _excused(age, "hsts", extension.scope, project):
        seconds = project.evaluate(age, extension.scope).value
        if isinstance(seconds, int) and seconds < _DAY_S:
            message = f"Browsers stay on https for {seconds} seconds only."
            yield found(RULE, message, extension.scope.spot(age), severity="low")


def _policy(extension: Extension, project: Project) -> Iterator[Finding]:
    for call, scope in _policies(extension, project):
        given: Mapping[str | None, ast.expr] = {k.arg: k.value for k in call.keywords}
        for name, off in (("https", False), ("hsts", "off"), ("csp", "off")):
            node = given.get(name)
            if node is None or _excused(node, name, scope, project):
                continue
            if project.evaluate(node, scope).is_literal(off):
                message = f"The wrapper's {name} is switched off."
                yield found(RULE, message, scope.spot(node))


def _says_front(node: ast.expr, extension: Extension) -> bool:
    """Return whether a remark says that something in front does it, and browsers are told HSTS."""
    told = extension.options.get("strict_transport_security")
    if isinstance(told, ast.Constant) and not told.value:
        return False
    lines = extension.scope.module.source.lines
    near = [line.partition("#")[2] for line in lines[max(0, node.lineno - 3) : node.lineno]]
    return any(map(_FRONT.search, near))


def _policies(extension: Extension, project: Project) -> Iterator[tuple[ast.Call, Scope]]:
    node = extension.options.get("policy")
    if isinstance(node, ast.Name):
        bindings = project.names.bindings(node.id, extension.scope)
        node = bindings[0].value if len(bindings) == 1 else node
    if isinstance(node, ast.Call):
        yield node, extension.scope


def _excused(node: ast.expr, name: str, scope: Scope, project: Project) -> bool:
    """Return whether a proxy does it, or the option holds for development or tests only."""
    if name in _BY_A_PROXY and project.options.https == "proxy":
        return True
    return condition(node, scope) in ("development", "testing")


def _is_off(value: Evaluated, node: ast.expr) -> bool:
    if value.kind == "literal":
        return value.value is None or value.value is False
    return isinstance(node, ast.Dict) and not node.keys
