"""A content security policy that lets scripts from anywhere run.

What it does
------------
Reads policies in Flask-Talisman's and `harden`'s options, in headers that the code sets, in nginx
files and in `meta` elements. Reports `'unsafe-inline'` (unless a nonce or hash makes browsers
ignore it), `'unsafe-eval'`, `*`, `https:` and `data:` as sources of scripts, where they stand.
Styles are left alone.

Why it is bad
-------------
A policy that lets injected script run protects against next to nothing.

Bad
---
```python
from flask import Flask
from flask_talisman import Talisman

app = Flask(__name__)
Talisman(app, content_security_policy={"script-src": "'self' 'unsafe-inline'"})
```

Good
----
```python
from flask import Flask
from flask_talisman import Talisman

app = Flask(__name__)
Talisman(
    app,
    content_security_policy={"script-src": "'self'"},
    content_security_policy_nonce_in=["script-src"],
)
```

How to fix
----------
Move scripts into files, or give each a nonce, and name the hosts they may come from.

References
----------
- https://cwe.mitre.org/data/definitions/1021.html
- https://developer.mozilla.org/en-US/docs/Web/HTTP/Guides/CSP
- OWASP ASVS 5.0, requirement 3.4.3
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator

from checks.facts.nodes import walk
from checks.facts.python import Scope
from checks.facts.source import Spot
from checks.finding import Finding, Place
from checks.found import found
from checks.lazy import lazy
from checks.project import Project
from checks.project.other_services import is_of_another
from checks.rule import Meta

RULE = Meta(
    severity="low",
    confidence="high",
    cwe=1021,
    asvs=("3.4.3",),
    summary="content security policy that lets any script run",
    why="A policy that lets injected script run protects against next to nothing.",
    fix="Move scripts into files or give them a nonce, and name the hosts they may come from.",
    bandit="B824",
)

_SCRIPTS = ("script-src", "script-src-elem", "default-src", "object-src")
_UNSAFE = frozenset({"'unsafe-inline'", "'unsafe-eval'", "*", "https:", "http:", "data:"})
_STRICTER = lazy(r"'(?:nonce-|sha\d+-|strict-dynamic)")
_SAID = lazy(r"script-src|default-src")
_META = lazy(
    r"<meta[^>]{0,200}Content-Security-Policy[^>]{0,40}content\s*=\s*\"(?P<policy>[^\">]{0,4000})",
    re.IGNORECASE,
)


def check(project: Project) -> Iterator[Finding]:
    """Yield one finding for each directive that lets any script run."""
    for module in project.modules:
        if module.source.context != "tests" and "t-src" in module.source.text:
            for scope in module.saying(_SAID):
                yield from _python(scope, project)
    for template in project.templates:
        for match in _META.finditer(template.source.text):
            spot = template.source.offset_spot(match.start("policy"), match.end("policy"))
            yield from _judge(match["policy"], spot)
    for deployment in project.deployments:
        judged: dict[str, Finding] = {}
        for directive in deployment.directives if not is_of_another(deployment.path) else ():
            named = directive.name == "add_header" and len(directive.args) > 1
            if named and directive.args[0].lower() == "content-security-policy":
                for finding in _judge(directive.args[1], directive.spot):
                    first = judged.setdefault(finding.message, finding)
                    if first is not finding and directive.spot.line is not None:
                        again = Place(directive.spot.path, directive.spot.line, "and here")
                        judged[finding.message] = first._replace(related=(*first.related, again))
        yield from judged.values()


def _python(scope: Scope, project: Project) -> Iterator[Finding]:
    done: set[ast.AST] = set()
    for node in walk(scope.node):
        if node in done:
            continue
        if isinstance(node, ast.Dict):
            done.update(walk(node))
            yield from _mapping(node, scope, project)
        elif isinstance(node, ast.Constant) and _is_policy(node.value):
            yield from _judge(str(node.value), scope.spot(node), beside=_has_scripts(node, scope))


def _has_scripts(node: ast.AST, scope: Scope) -> bool:
    """Return whether the statement around a part of a policy has a directive for scripts."""
    statement = next((a for a in scope.module.ancestors(node) if isinstance(a, ast.stmt)), node)
    return any(
        isinstance(part, ast.Constant) and "script-src " in str(part.value)
        for part in walk(statement)
    )


def _is_policy(value: object) -> bool:
    return isinstance(value, str) and "-src " in value


def _mapping(node: ast.Dict, scope: Scope, project: Project) -> Iterator[Finding]:
    nonces = "nonce_in" in scope.module.source.text
    for key, value in zip(node.keys, node.values, strict=True):
        name = project.evaluate(key, scope).value if key is not None else None
        if not isinstance(name, str):
            continue
        given = project.evaluate(value, scope)
        if given.kind != "literal":
            continue
        sources = given.value if isinstance(given.value, tuple) else (given.value,)
        text = " ".join(str(each) for each in sources)
        if name.lower() in _SCRIPTS:
            yield from _directive(name.lower(), text, scope.spot(value), nonces=nonces)
        elif name.lower() == "content-security-policy":
            yield from _judge(text, scope.spot(value))


def _judge(policy: str, spot: Spot, *, beside: bool = False) -> Iterator[Finding]:
    directives = [part.strip().partition(" ") for part in policy.split(";")]
    names = [name.lower() for name, _, _ in directives]
    for name, _, sources in directives:
        if name.lower() == "default-src" and (beside or "script-src" in names):
            continue  # scripts have a directive of their own
        if name.lower() in _SCRIPTS:
            yield from _directive(name.lower(), sources, spot, nonces=False)


def _directive(name: str, sources: str, spot: Spot, *, nonces: bool) -> Iterator[Finding]:
    unsafe = [word for word in sources.split() if word.lower() in _UNSAFE]
    if nonces or _STRICTER.search(sources):
        unsafe = [word for word in unsafe if word.lower() == "'unsafe-eval'"]
    if name == "object-src":
        unsafe = [word for word in unsafe if word == "*"]
    if unsafe:
        yield found(RULE, f"{name} allows {' and '.join(unsafe)}.", spot)
