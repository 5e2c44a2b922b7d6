"""Every user is remembered, without having asked for it.

What it does
------------
Reports `login_user(user, remember=True)` with a literal, also where a helper hands it on by
`**kwargs`, unless the call stands in a branch that asks whether the user wants to be remembered.

Why it is bad
-------------
A remember cookie outlives the browser session. On a shared or stolen computer the next person
is logged in, although the user closed the browser and never asked to stay.

Bad
---
```python
from flask import Flask
from flask_login import LoginManager, login_user

app = Flask(__name__)
login_manager = LoginManager(app)


@app.post("/login")
def login():
    login_user(check_credentials(), remember=True)
    return "welcome"
```

Good
----
```python
from flask import Flask, request
from flask_login import LoginManager, login_user

app = Flask(__name__)
login_manager = LoginManager(app)


@app.post("/login")
def login():
    login_user(check_credentials(), remember="remember" in request.form)
    return "welcome"
```

How to fix
----------
Give the login form a checkbox and hand its value to `login_user(remember=...)`.

References
----------
- https://cwe.mitre.org/data/definitions/613.html
- https://flask-login.readthedocs.io/en/latest/#remember-me
- OWASP ASVS 5.0, requirement 7.1.1
"""

from __future__ import annotations

import ast
from collections.abc import Iterator

from checks.facts.python import Scope
from checks.finding import Finding
from checks.found import found
from checks.lazy import lazy
from checks.project import Project
from checks.project.remembering import remember_arguments
from checks.rule import Meta

RULE = Meta(
    severity="low",
    confidence="high",
    cwe=613,
    asvs=("7.1.1",),
    summary="every login is remembered",
    why="The next person at the same computer is logged in, though the user never asked to stay.",
    fix="Give the login form a checkbox and hand its value to login_user(remember=...).",
    bandit="B812",
)

_ASKED = lazy(r"[Rr]emember|REMEMBER|[Pp]ersist|stay|keep")


def check(project: Project) -> Iterator[Finding]:
    """Yield each login that is remembered whatever the user wants."""
    for site in project.parts:
        if site.context == "tests":
            continue
        for call, value, scope in remember_arguments(project, site):
            always = project.evaluate(value, scope).is_literal(True) or _by_default(
                value, scope, project
            )
            if always and not _asked(call, scope):
                message = "Everybody who logs in here is remembered without having asked for it."
                yield found(RULE, message, scope.spot(value))


def _by_default(value: ast.expr, scope: Scope, project: Project) -> bool:
    """Return whether `value` is a parameter that is True by default, and no caller says else."""
    if not isinstance(value, ast.Name) or scope.kind != "function":
        return False
    bindings = scope.bindings.get(value.id, [])
    if len(bindings) != 1 or bindings[0].kind != "param":
        return False
    default = bindings[0].value
    if default is None or not project.evaluate(default, scope).is_literal(True):
        return False
    position = [arg.arg for arg in scope.parameters()].index(value.id)
    calls = [
        call
        for module in project.modules
        for call, place in module.calls(scope.name)
        if project.names.callee(call, place) is scope
    ]
    return bool(calls) and not any(
        len(call.args) > position
        or any(keyword.arg in (value.id, None) for keyword in call.keywords)
        or any(isinstance(arg, ast.Starred) for arg in call.args)
        for call in calls
    )


def _asked(call: ast.Call, scope: Scope) -> bool:
    """Return whether a condition around the call asks what the user wants."""
    for outer in scope.module.ancestors(call):
        if outer is scope.node:
            return False
        if not isinstance(outer, ast.If | ast.IfExp) or any(
            n is call for n in ast.walk(outer.test)
        ):
            continue
        if _ASKED.search(ast.unparse(outer.test)):
            return True
    return False
