"""A login that lets deactivated users in, or takes a refusal for a success.

What it does
------------
Reports `login_user(user, force=True)`. For careful shops (`--strict`) it also reports a
`login_user` whose answer is thrown away in an app whose users can be inactive: Flask-Login then
returns False and logs nobody in, and the view goes on as if it had.

Why it is bad
-------------
`force=True` skips the question whether the account is active, so a user who was locked out logs
in like everybody else.

Bad
---
```python
from flask import Flask, redirect
from flask_login import LoginManager, login_user

app = Flask(__name__)
login_manager = LoginManager(app)


@app.post("/login")
def login():
    login_user(check_credentials(), force=True)
    return redirect("/")
```

Good
----
```python
from flask import Flask, redirect
from flask_login import LoginManager, login_user

app = Flask(__name__)
login_manager = LoginManager(app)


@app.post("/login")
def login():
    if not login_user(check_credentials()):
        return "This account is locked.", 403
    return redirect("/")
```

How to fix
----------
Leave `force` out, and look at what `login_user` returns.

References
----------
- https://cwe.mitre.org/data/definitions/863.html
- https://flask-login.readthedocs.io/en/latest/#flask_login.login_user
- OWASP ASVS 5.0, requirement 7.4.2
"""

from __future__ import annotations

import ast
from collections.abc import Iterator

from checks.facts.python import Scope
from checks.finding import Audience, Finding
from checks.found import found
from checks.project import Project, Site
from checks.project.logins import is_current_user
from checks.rule import Meta

RULE = Meta(
    severity="medium",
    confidence="high",
    cwe=863,
    asvs=("7.4.2",),
    summary="login that lets deactivated users in",
    why="A user who was locked out logs in like everybody else.",
    fix="Leave force out, and look at what login_user returns.",
    bandit="B811",
)


def check(project: Project) -> Iterator[Finding]:
    """Yield forced logins, and logins whose refusal nobody looks at."""
    for site in project.parts:
        if site.context == "tests":
            continue
        inactive = _may_be_inactive(project, site)
        for module in site.modules:
            for call, scope in module.calls("login_user"):
                if project.names.called(call, scope) == "flask_login.login_user":
                    yield from _call(call, scope, project, inactive=inactive)


def _call(call: ast.Call, scope: Scope, project: Project, *, inactive: bool) -> Iterator[Finding]:
    given = [k.value for k in call.keywords if k.arg == "force"] + call.args[3:4]
    if given and _is_anonymous(call, scope, project):
        return  # no account, so none that could be locked
    if given and project.evaluate(given[0], scope).is_literal(True):
        message = "force=True logs users in although their account is not active."
        # Flask-Login's own ``is_active`` is always True.
        nobody = bool(project.identity.models) and not inactive
        own: Audience | None = "strict" if nobody else None
        yield found(RULE, message, scope.spot(given[0]), audience=own)
    elif (
        inactive
        and not given
        and isinstance(scope.module.parent(call), ast.Expr)
        and not (call.args and is_current_user(call.args[0], scope, project.names))
    ):
        yield found(
            RULE,
            "login_user refuses inactive users by returning False, which nobody looks at here.",
            scope.spot(call),
            severity="low",
            confidence="low",
            audience="strict",
        )


def _is_anonymous(call: ast.Call, scope: Scope, project: Project) -> bool:
    """Return whether Flask-Login's user for strangers is made to be logged in."""
    user = call.args[0] if call.args else None
    made = project.names.type_of(user, scope) if user is not None else None
    anonymous = "flask_login.AnonymousUserMixin"
    return made == anonymous or (made is not None and anonymous in project.names.bases(made))


def _may_be_inactive(project: Project, site: Site) -> bool:
    """Return whether a user model of `site` answers `is_active` by itself."""
    modules = set(site.modules)
    return any(
        model.scope.module in modules
        and (
            any(child.name == "is_active" for child in model.scope.children)
            or "is_active" in model.scope.bindings
        )
        for model in project.identity.models
    )
