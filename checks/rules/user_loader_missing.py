"""A login manager has no way to load users.

What it does
------------
Reports a `LoginManager` of an app that logs users in or asks for a login, where nothing in the
project registers a `user_loader` or `request_loader`. Libraries that bring their own, such as
Flask-Security, Flask-AppBuilder and Flask-User, are the near misses.

Why it is bad
-------------
Flask-Login raises `Missing user_loader or request_loader` at the first request that asks who is
logged in: the pages that matter answer 500, and what comes before them goes on unprotected.

Bad
---
```python
from flask import Flask
from flask_login import LoginManager, login_required

app = Flask(__name__)
login_manager = LoginManager(app)


@app.route("/account")
@login_required
def account():
    return "your account"
```

Good
----
```python
from flask import Flask
from flask_login import LoginManager, login_required

app = Flask(__name__)
login_manager = LoginManager(app)


@login_manager.user_loader
def load_user(user_id):
    return find_user(user_id)


@app.route("/account")
@login_required
def account():
    return "your account"
```

How to fix
----------
Register a function with `@login_manager.user_loader` that returns the user, or None.

References
----------
- https://cwe.mitre.org/data/definitions/754.html
- https://flask-login.readthedocs.io/en/latest/#how-it-works
- OWASP ASVS 5.0, requirement 7.2.1
"""

from __future__ import annotations

import ast
from collections.abc import Iterator

from checks.finding import Finding
from checks.found import found
from checks.project import Project, Site
from checks.project.extensions import Extension
from checks.rule import Meta

RULE = Meta(
    severity="medium",
    confidence="medium",
    cwe=754,
    asvs=("7.2.1",),
    summary="login manager without a user loader",
    why="The first request that asks who is logged in fails.",
    fix="Register a function with @login_manager.user_loader that returns the user, or None.",
)

# What registers a loader, by this name or one that ends so: wrappers of an app's own included.
_REGISTERS = ("user_loader", "request_loader", "header_loader", "_user_callback")
_BRING_THEIR_OWN = (
    "flask_security", "flask_appbuilder", "flask_user", "flask_unchained", "superset", "airflow",
    "flask_simplelogin", "invenio_accounts", "flask_multipass", "flask_stormpath",
)  # fmt: skip
_USES = ("login_user", "login_required", "fresh_login_required", "current_user")


def check(project: Project) -> Iterator[Finding]:
    """Yield one finding for each login manager without a loader."""
    for site in project.app_sites:
        made = [e for e in project.extensions(site, "login_manager") if not _is_part(e)]
        if made and _uses(site) and not _loads(site):
            yield found(
                RULE,
                "Nothing registers a user_loader or request_loader for this login manager.",
                made[0].spot,
            )


def _is_part(manager: Extension) -> bool:
    """Return whether the manager is an attribute of an object: others may add its loader."""
    assigned = manager.scope.module.parent(manager.built)
    return isinstance(assigned, ast.Assign) and isinstance(assigned.targets[0], ast.Attribute)


def _uses(site: Site) -> bool:
    return any(word in module.source.text for module in site.modules for word in _USES)


def _loads(site: Site) -> bool:
    return any(
        word in module.source.text
        for module in site.modules
        for word in (*_REGISTERS, *_BRING_THEIR_OWN)
    )
