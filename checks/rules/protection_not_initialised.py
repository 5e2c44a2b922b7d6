"""A protection is built and never tied to the app.

What it does
------------
Reports `Talisman()`, `CSRFProtect()`, `SeaSurf()`, `Limiter(...)`, `SSLify()`, `LoginManager()` and
`Hardening()` objects that get no app, neither when they are built nor by `init_app`. Objects that
leave the project, because a function returns them or another file imports them from a package
that is not audited, are not judged.

Why it is bad
-------------
The object does nothing. Decorators of a limiter without an app pass every request.

Bad
---
```python
from flask import Flask
from flask_wtf import CSRFProtect

csrf = CSRFProtect()


def create_app():
    app = Flask(__name__)
    return app
```

Good
----
```python
from flask import Flask
from flask_wtf import CSRFProtect

csrf = CSRFProtect()


def create_app():
    app = Flask(__name__)
    csrf.init_app(app)
    return app
```

How to fix
----------
Call `init_app(app)` where the app is made.

References
----------
- https://cwe.mitre.org/data/definitions/1188.html
- https://flask.palletsprojects.com/en/stable/extensions/
"""

from __future__ import annotations

import ast
from collections.abc import Iterator

from checks.facts.python import Scope
from checks.finding import Finding
from checks.found import found
from checks.project import Project, Site
from checks.project.extensions import Extension
from checks.rule import Meta

RULE = Meta(
    severity="medium",
    confidence="high",
    cwe=1188,
    asvs=(),
    summary="protection that no app was given",
    why="The object does nothing, while whoever reads the code believes that it protects.",
    fix="Call init_app(app) on it where the app is made.",
)

_INITIALISERS = ("init_app", "setup_app", "init_extensions", "register_extensions", "setattr")
_NAMES = {
    "talisman": "Talisman",
    "csrf": "The CSRF protection",
    "limiter": "The limiter",
    "sslify": "SSLify",
    "login_manager": "The login manager",
    "hardening": "The wrapper",
}


def check(project: Project) -> Iterator[Finding]:
    """Yield one finding for each protection that is built in vain."""
    for site in project.app_sites:
        for extension in project.extensions(site):
            what = _NAMES.get(extension.name)
            if what is None or extension.initialised is not None:
                continue
            if not _elsewhere(extension, project, site):
                yield found(RULE, f"{what} is built here and never given an app.", extension.spot)


def _elsewhere(extension: Extension, project: Project, site: Site) -> bool:
    """Return whether the object may get its app in a way that the sources do not show."""
    if any(each.initialised for each in project.extensions(site, extension.name)):
        return True  # another object of its kind is in force
    module = extension.scope.module
    statement = module.parent(extension.built)
    if isinstance(statement, ast.Return | ast.Call | ast.keyword | ast.List | ast.Tuple | ast.Dict):
        return True  # handed on: ``for extension in [CSRFProtect(), ...]: extension.init_app(app)``
    name = _name(statement)
    return name is None or any(
        name in _said(call, scope, project)
        for other in site.modules
        for call, scope in other.calls(*_INITIALISERS)
    )


def _said(call: ast.Call, scope: Scope, project: Project) -> str:
    """Return what a call names, and what a loop around ``each.init_app(app)`` goes through."""
    owner = call.func.value if isinstance(call.func, ast.Attribute) else None
    looped: list[ast.expr] = []
    if isinstance(owner, ast.Name):
        bindings = project.names.bindings(owner.id, scope)
        looped = [b.value for b in bindings if b.kind == "loop" and b.value is not None]
    named = [keyword.value for keyword in call.keywords]  # ``init_app(app, csrf=csrf)``
    return " ".join(ast.unparse(part) for part in (call.func, *call.args, *named, *looped))


def _name(statement: ast.AST | None) -> str | None:
    target = statement.targets[0] if isinstance(statement, ast.Assign) else None
    if isinstance(statement, ast.AnnAssign):
        target = statement.target
    if isinstance(target, ast.Attribute):
        return target.attr
    return target.id if isinstance(target, ast.Name) else None
