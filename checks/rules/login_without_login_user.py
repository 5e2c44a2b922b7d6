"""The login checks the password and then logs nobody in.

What it does
------------
Finds views that, by their name or address, log somebody in, and that check a password, in an
app with Flask-Login. It reports those that never call `login_user`, in themselves or in helpers,
and that keep the user in no other way: nothing is written into the session, no token is made or
returned, no cookie is set, and the user is handed to no function that could do it.

Why it is bad
-------------
The visitor is not logged in, so every view behind it either sends the visitor back or, as
happens in practice, was left open to make it work: then anyone gets in by its address.

Bad
---
```python
from flask import Flask, redirect, render_template, request
from flask_login import LoginManager
from werkzeug.security import check_password_hash

app = Flask(__name__)
login_manager = LoginManager(app)

@app.route("/login", methods=["GET", "POST"])
def login():
    if request.method == "POST":
        user = find_user(request.form["email"])
        if user and check_password_hash(user.password_hash, request.form["password"]):
            return redirect("/welcome")
    return render_template("login.html")
```

Good
----
```python
from flask import Flask, redirect, render_template, request
from flask_login import LoginManager, login_user
from werkzeug.security import check_password_hash

app = Flask(__name__)
login_manager = LoginManager(app)

@app.route("/login", methods=["GET", "POST"])
def login():
    if request.method == "POST":
        user = find_user(request.form["email"])
        if user and check_password_hash(user.password_hash, request.form["password"]):
            login_user(user)
            return redirect("/welcome")
    return render_template("login.html")
```

How to fix
----------
Call `login_user(user)` after the check and look at what it returns: it is False for an inactive
user. Put `@login_required` on what is behind the login.

References
----------
- https://cwe.mitre.org/data/definitions/306.html
- https://flask-login.readthedocs.io/en/latest/#login-example
- OWASP ASVS 5.0, requirements 7.2.1 and 8.3.1
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator

from checks.finding import Finding
from checks.found import found
from checks.lazy import lazy
from checks.project import Project
from checks.project.logins import LoginView, is_login_name
from checks.project.password_checks import PasswordCheck, password_checks
from checks.project.service_keys import asked_by_a_service
from checks.rule import Meta

RULE = Meta(
    severity="high",
    confidence="medium",
    cwe=306,
    asvs=("7.2.1", "8.3.1"),
    summary="the login logs nobody in",
    why="Whoever knows the address behind the login does not need the password.",
    fix="Call login_user(user) after the check.",
)

# What keeps somebody logged in, by what it is called.
_KEEPS = lazy(
    r"log_?in_?user|(^|[._])(do_|perform_)?(log|sign)_?in(_|$)|token|jwt|set_cookie|_session$|"
    r"remember|identity|(^|\.)dumps$|^flask\.session\.",
    re.IGNORECASE,
)


def check(project: Project) -> Iterator[Finding]:
    """Yield one finding for each login view that logs nobody in."""
    using = {
        module: site
        for site in project.parts
        if project.extensions(site, "login_manager")
        for module in site.modules
    }
    for login in project.logins:
        view = login.view
        if login.kind != "login" or login.signs_in or view.module not in using:
            continue
        if view.module.source.context == "tests" or not is_login_name(view):
            continue
        checks = [
            check
            for scope in project.reach.of(view.function)
            for check in password_checks(scope, project.names)
        ]
        served = asked_by_a_service(login.view, project, using[view.module])
        if checks and not served and not _keeps(login, checks, project):
            first = checks[0]
            yield found(
                RULE,
                f"{view.function.name}() checks the password and never calls login_user.",
                view.spot,
                related=[(first.scope.spot(first.node), "the password is checked here")],
            )


def _keeps(login: LoginView, checks: list[PasswordCheck], project: Project) -> bool:
    """Return whether anything that the view runs may keep the user logged in."""
    users = {name for check in checks for name in _users(check)}
    nodes = {check.node for check in checks}
    for scope in project.reach.of(login.view.function):
        if any(_stores(assignment.target) for assignment in scope.assignments):
            return True
        for call in scope.calls:
            if call in nodes:
                continue
            called = project.names.called(call, scope) or ""
            if _KEEPS.search(_dotted(call.func)) or _KEEPS.search(called) or _hands(call, users):
                return True
        if any(_says_token(statement.value) for statement in scope.returns):
            return True
        for decorator in scope.decorators:
            if _KEEPS.search(_dotted(decorator)):
                return True
    return False


def _users(check: PasswordCheck) -> Iterator[str]:
    node = check.stored
    while isinstance(node, ast.Attribute | ast.Subscript):
        node = node.value
    if isinstance(node, ast.Name):
        yield node.id
    statement = check.scope.module.parent(check.node)
    # ``user = authenticate(name, password)``
    if isinstance(statement, ast.Assign):
        for target in statement.targets:
            if isinstance(target, ast.Name):
                yield target.id


def _stores(target: ast.expr) -> bool:
    """Return whether an assignment to `target` writes into a session or a cookie."""
    return isinstance(target, ast.Subscript | ast.Attribute) and bool(
        re.search(r"session|cookie|^g$|authorization", _dotted(target), re.IGNORECASE)
    )


# Calls that look at a user and keep nobody logged in.
_LOOKS = lazy(
    r"^(print|str|repr|len|bool|isinstance|getattr|hasattr|flash|debug|info|warning|error|"
    r"exception|jsonify|render_template|url_for|check\w*|verify\w*)$"
)


def _hands(call: ast.Call, users: set[str]) -> bool:
    """Return whether `call` is given the user, and might be what logs in."""
    if _LOOKS.match(_dotted(call.func).rpartition(".")[2]):
        return False
    given = [*call.args, *(keyword.value for keyword in call.keywords)]
    return any(isinstance(arg, ast.Name) and arg.id in users for arg in given)


def _says_token(node: ast.expr | None) -> bool:
    words = []
    for part in ast.walk(node) if node is not None else ():
        if isinstance(part, ast.Constant):
            words.append(str(part.value))
        elif isinstance(part, ast.keyword):
            words.append(part.arg or "")
    return any(re.search(r"token|jwt|session_?id", word, re.IGNORECASE) for word in words)


def _dotted(node: ast.expr) -> str:
    if isinstance(node, ast.Call):
        return _dotted(node.func)
    if isinstance(node, ast.Attribute):
        return f"{_dotted(node.value)}.{node.attr}"
    if isinstance(node, ast.Subscript):
        return _dotted(node.value)
    return node.id if isinstance(node, ast.Name) else ""
