"""The time that a failing login takes says whether the user exists.

What it does
------------
Follows each function that looks a user up and checks a slow password hash, with the user missing
and with the password wrong. It reports a function that computes no hash when there is no such
user, and one that then checks a stand-in that is no hash at all, or whose algorithm or cost is
another than that of the app's own hashes. A fast hash cannot be measured over a network and is
not reported here.

Why it is bad
-------------
A hash that is made for passwords takes a tenth of a second. An attacker sends one wrong password
for each address, looks at the clock, and knows who has an account, although all answers read the
same.

Bad
---
```python
from flask import Flask, redirect, request
from flask_login import LoginManager, login_user
from werkzeug.security import check_password_hash

app = Flask(__name__)
login_manager = LoginManager(app)

@app.post("/login")
def login():
    user = find_user(request.form["email"])
    if user and check_password_hash(user.password_hash, request.form["password"]):
        login_user(user)
        return redirect("/")
    return "E-mail or password is wrong.", 401
```

Good
----
```python
from flask import Flask, redirect, request
from flask_login import LoginManager, login_user
from werkzeug.security import check_password_hash, generate_password_hash

app = Flask(__name__)
login_manager = LoginManager(app)
NOBODY = generate_password_hash("nobody's")

@app.post("/login")
def login():
    user = find_user(request.form["email"])
    stored = user.password_hash if user else NOBODY
    right = check_password_hash(stored, request.form["password"])
    if user and right:
        login_user(user)
        return redirect("/")
    return "E-mail or password is wrong.", 401
```

How to fix
----------
Wrap the app with `harden(app)`, which makes every failing login do the same work; or check the
typed password against a hash of nobody's, made with the same parameters as the users' own.

References
----------
- https://cwe.mitre.org/data/definitions/208.html
- https://cheatsheetseries.owasp.org/cheatsheets/Authentication_Cheat_Sheet.html
- OWASP ASVS 5.0, requirement 6.3.8
"""

from __future__ import annotations

import ast
from collections.abc import Iterator

from checks.facts.python import Scope
from checks.finding import Finding
from checks.found import found
from checks.project import Project
from checks.project.login_paths import ways
from checks.project.login_steps import Known, Way
from checks.project.password_checks import plain
from checks.project.stand_ins import StandIns
from checks.rule import Meta

RULE = Meta(
    severity="low",
    confidence="high",
    cwe=208,
    asvs=("6.3.8",),
    summary="the time of a failing login tells which users exist",
    why="An attacker learns which accounts exist by the time that a wrong password takes.",
    fix="Check a hash of nobody's for unknown users too, or wrap the app with harden(app).",
)


def check(project: Project) -> Iterator[Finding]:
    """Yield one finding for each function that hashes only for users who exist."""
    seen: set[Scope] = set()
    stand_ins = StandIns(project)
    for login in project.logins:
        view = login.view
        site = project.site_of(view.module.path)
        if login.kind != "login" or view.module.source.context == "tests":
            continue
        if site is not None and project.guarded(site, "timing"):
            continue
        reached = project.reach.of(view.function)
        evened_out = any(stand_ins.speaks_of(scope) for scope in reached)
        for scope in reached:
            if scope not in seen:
                seen.add(scope)
                yield from _judge(scope, project, stand_ins, evened_out=evened_out)


def _judge(
    scope: Scope, project: Project, stand_ins: StandIns, *, evened_out: bool
) -> Iterator[Finding]:
    known = project.login_calls.of(scope)
    slow = _slow(known, scope, project)
    if not slow:
        return
    wrong = [way for way in ways(scope.node, known, "wrong") if _hashes(way, slow)]
    missing = [way for way in ways(scope.node, known, "missing") if way.missed]
    if not wrong or not missing:
        return
    first = min(slow, key=_place)
    if not any(_hashes(way, slow) for way in missing):
        if not evened_out:
            message = "Only for users who exist is a password hash computed here."
            yield found(RULE, message, scope.spot(first))
        return
    if all(_hashes(way, slow) for way in missing):
        for way in missing:
            for step in way.steps:
                reason = stand_ins.wrong(step.stored, scope) if step.kind == "check" else ""
                if reason:
                    yield found(RULE, reason, scope.spot(step.node), confidence="medium")
                    return
        return
    if not evened_out:
        message = "On one way, no password hash is computed for a user who does not exist."
        yield found(RULE, message, scope.spot(first), confidence="low", audience="strict")


def _slow(known: Known, scope: Scope, project: Project) -> frozenset[ast.AST]:
    """Return the calls of `scope` that take the time of a slow hash, if it checks one.

    A function that is handed the stored hash knows nothing of the user.
    """
    handed = {arg.arg for arg in scope.parameters()}
    checks = {
        node
        for node, check in known.checks.items()
        if _is_slow(node, known, scope, project)
        and not (isinstance(check.stored, ast.Name) and check.stored.id in handed)
        and not _is_known(check.stored, handed, scope)
    }
    return frozenset(checks | known.hashes) if checks else frozenset()


def _is_slow(node: ast.Call | ast.Compare, known: Known, scope: Scope, project: Project) -> bool:
    """Return whether a check hashes slowly: ``check(...)``, or ``scrypt(...) == user.hash``.

    The hash may have been given a name before it is compared, and a function may compare.
    """
    if isinstance(node, ast.Call) and project.login_calls.is_slow(node, scope):
        return True
    sides = node.args if isinstance(node, ast.Call) else [node.left, *node.comparators]
    names = [side.id for side in sides if isinstance(side, ast.Name)]
    bound = [binding.value for name in names for binding in scope.bindings.get(name, ())]
    return any((plain(made) or made) in known.hashes for made in (*sides, *bound))


def _is_known(stored: ast.expr | None, handed: set[str], scope: Scope) -> bool:
    """Return whether `stored` is of a user whom the function is handed, and never asks about."""
    owner = stored
    while isinstance(owner, ast.Attribute | ast.Subscript):
        owner = owner.value
    if not isinstance(owner, ast.Name) or owner.id not in handed - {"self", "cls", "form"}:
        return False
    asks = (ast.If, ast.IfExp, ast.BoolOp, ast.UnaryOp, ast.Compare)
    return not any(
        isinstance(node, ast.Name)
        and node.id == owner.id
        and isinstance(scope.module.parent(node), asks)
        for node in ast.walk(scope.node)
    )


def _place(node: ast.AST) -> tuple[int, int, int]:
    """Return where `node` stands; of two that begin alike, the one around the other is first."""
    start = getattr(node, "lineno", 0), getattr(node, "col_offset", 0)
    return *start, -getattr(node, "end_col_offset", 0)


def _hashes(way: Way, slow: frozenset[ast.AST]) -> bool:
    return any(step.node in slow for step in way.steps)
