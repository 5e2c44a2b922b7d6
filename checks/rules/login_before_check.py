"""The user is logged in before the password is known to be right.

What it does
------------
Follows each function that calls `login_user` and checks a password, with the password wrong. It
reports a `login_user` that runs before the check, or although the check has failed: because
nobody looks at its answer, or because the way on failure goes on instead of returning. It also
reports a login that takes a password and never looks at it, and one that logs the user in and
only then asks for the code of a second factor.

Why it is bad
-------------
Anyone who knows a user's name is that user: `login_user` has written the session, and a message
that the password was wrong does not take it back.

Bad
---
```python
from flask import Flask, flash, redirect, request
from flask_login import LoginManager, login_user
from werkzeug.security import check_password_hash

app = Flask(__name__)
login_manager = LoginManager(app)

@app.post("/login")
def login():
    user = find_user(request.form["email"])
    login_user(user)
    if not check_password_hash(user.password_hash, request.form["password"]):
        flash("E-mail or password is wrong.")
        return redirect("/login")
    return redirect("/")
```

Good
----
```python
from flask import Flask, flash, redirect, request
from flask_login import LoginManager, login_user
from werkzeug.security import check_password_hash

app = Flask(__name__)
login_manager = LoginManager(app)

@app.post("/login")
def login():
    user = find_user(request.form["email"])
    if not user or not check_password_hash(user.password_hash, request.form["password"]):
        flash("E-mail or password is wrong.")
        return redirect("/login")
    login_user(user)
    return redirect("/")
```

How to fix
----------
Call `login_user` last: after the password, after the second factor, and after every question
whether the account may log in.

References
----------
- https://cwe.mitre.org/data/definitions/696.html
- https://flask-login.readthedocs.io/en/latest/#login-example
- OWASP ASVS 5.0, requirements 2.3.1 and 6.3.3
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator

from checks.facts.python import Scope
from checks.finding import Finding
from checks.found import found
from checks.lazy import lazy
from checks.project import Project, View
from checks.project.login_paths import ways
from checks.project.login_steps import Known, Way
from checks.project.logins import SIGN_IN, is_login_name
from checks.project.origins import passwords
from checks.rule import Meta

RULE = Meta(
    severity="high",
    confidence="high",
    cwe=696,
    asvs=("2.3.1", "6.3.3"),
    summary="login before the password is checked",
    why="Whoever knows a user's name is logged in as that user.",
    fix="Call login_user only after every check has succeeded.",
)

_FACTOR = lazy(r"2fa|mfa|[ot]otp|two_?factor|second_?factor|verify_?(code|otp)|(^|[_./])otp")
_AFTER = "login_user runs before the password is checked."
_ALTHOUGH = "login_user runs although the password was wrong."
_NEVER = "The password that was typed is never checked before login_user."
_CODE_LATE = "login_user runs before the code is checked."
_CHECKS = lazy(r"^(check|verify|valid|is_valid|match|compare|confirm)", re.IGNORECASE)
_CODE = lazy(r"t?otp|mfa|2fa|two_?factor|(^|[^a-z])(code|pin)([^a-z]|$)", re.IGNORECASE)
_FACTOR_LATE = "The user is logged in before the second factor is asked for."


def check(project: Project) -> Iterator[Finding]:
    """Yield one finding for each ``login_user`` that comes too early."""
    for scope in _signing_in(project):
        known = project.login_calls.of(scope)
        if known.logins and known.checks:
            yield from _judge(scope, known)
    yield from _unchecked(project)
    yield from _before_code(project)
    yield from _code_after(project)


def _signing_in(project: Project) -> Iterator[Scope]:
    """Yield the functions that may log somebody in, each once."""
    seen: dict[Scope, None] = {}
    for module in project.modules:
        if module.source.context != "tests":
            for _, scope in module.calls("login_user"):
                seen.setdefault(scope)
    for login in project.logins:
        if login.signs_in and login.view.module.source.context != "tests":
            seen.setdefault(login.view.function)
    yield from (scope for scope in seen if scope.kind == "function")


def _judge(scope: Scope, known: Known) -> Iterator[Finding]:
    told: set[ast.AST] = set()
    for way in ways(scope.node, known, "wrong"):
        for early, message, check_node in _early(way, known):
            if early not in told:
                told.add(early)
                yield found(
                    RULE,
                    message,
                    scope.spot(early),
                    related=[(scope.spot(check_node), "the password is checked here")],
                )


def _early(way: Way, known: Known) -> Iterator[tuple[ast.AST, str, ast.AST]]:
    """Yield the logins of a way on which the password is wrong: (login, message, check)."""
    failed: ast.AST | None = None
    pending: list[ast.Call] = []
    for step in way.steps:
        if step.kind == "check":
            for login in pending:
                if _same_user(login, known, step.node):
                    yield login, _AFTER, step.node
            pending = []
            failed = step.node
        elif step.kind == "doubt":
            if failed is not None:
                return  # another way to prove who it is
        elif step.kind == "login" and isinstance(step.node, ast.Call):
            if failed is not None:
                yield step.node, _ALTHOUGH, failed
            else:
                pending.append(step.node)


def _same_user(login: ast.Call, known: Known, node: ast.AST) -> bool:
    """Return whether the user that is logged in is the one whose password is checked."""
    stored = next(check.stored for checked, check in known.checks.items() if checked is node)
    names = {part.id for part in ast.walk(stored) if isinstance(part, ast.Name)} if stored else ()
    given = [*login.args[:1], *(keyword.value for keyword in login.keywords[:1])]
    return any(
        isinstance(part, ast.Name) and part.id in names for arg in given for part in ast.walk(arg)
    )


def _unchecked(project: Project) -> Iterator[Finding]:
    """Yield logins that read a password and hand it to nothing."""
    checked = {login.view for login in project.logins if login.checks or login.kind != "login"}
    for view in project.views:
        if view in checked or not is_login_name(view) or not view.methods - {"GET"}:
            continue
        if view.module.source.context == "tests":
            continue
        scopes = project.reach.of(view.function)
        logins = [
            (call, scope)
            for scope in scopes
            for call in scope.calls
            if project.names.called(call, scope) in SIGN_IN
        ]
        if logins and _reads_idly(view, project):
            call, scope = logins[0]
            yield found(RULE, _NEVER, scope.spot(call))


def _reads_idly(view: View, project: Project) -> bool:
    """Return whether a view reads a password, and nothing in it is given one or compares one."""
    function = view.function
    flow = project.flow(function)
    if not any(passwords(origins) for origins in list(flow.origins.values())):
        return False
    for call in function.calls:
        func = call.func
        read = isinstance(func, ast.Attribute) and func.attr in ("get", "strip", "encode", "lower")
        given = [*call.args, *(keyword.value for keyword in call.keywords)]
        if not read and any(passwords(flow.at(arg)) for arg in given):
            return False
    handed = [part for node in function.comparisons for part in (node.left, *node.comparators)]
    handed += [node.value for node in function.returns if node.value is not None]
    return not any(passwords(flow.at(part)) for part in handed) and not any(
        isinstance(a.target, ast.Attribute) and passwords(flow.at(a.value))
        for a in function.assignments
    )


def _before_code(project: Project) -> Iterator[Finding]:
    """Yield logins after which the same function sends to the page for the code."""
    gates: bool | None = None
    for login in project.logins:
        function = login.view.function
        if login.kind != "login" or function.module.source.context == "tests":
            continue
        for call in project.login_calls.of(function).logins:
            block = _after(call, function)
            sent = next((node for node in block if _sends_to_code(node)), None)
            if sent is None:
                continue
            gates = _is_gated(project) if gates is None else gates
            if not gates:
                yield found(
                    RULE,
                    _FACTOR_LATE,
                    function.spot(call),
                    severity="medium",
                    confidence="medium",
                    related=[(function.spot(sent), "the code is asked for after it")],
                )


def _code_after(project: Project) -> Iterator[Finding]:
    """Yield logins after which the same block refuses a wrong code."""
    for function in _signing_in(project):
        known = project.login_calls.of(function)
        for call in known.logins:
            refused = next((s for s in _after(call, function) if _refuses_code(s)), None)
            if refused is not None:
                yield found(
                    RULE,
                    _CODE_LATE,
                    function.spot(call),
                    related=[(function.spot(refused), "the code is checked here")],
                )


def _refuses_code(statement: ast.stmt) -> bool:
    """Return whether `statement` is ``if not totp.verify(code): return ...``."""
    if not isinstance(statement, ast.If) or not isinstance(statement.test, ast.UnaryOp):
        return False
    if not isinstance(statement.test.op, ast.Not):
        return False
    if not isinstance(statement.body[-1], ast.Return | ast.Raise):
        return False
    return any(
        isinstance(part, ast.Call)
        and _CHECKS.search(getattr(part.func, "attr", getattr(part.func, "id", "")))
        and _CODE.search(ast.unparse(part))
        for part in ast.walk(statement.test)
    )


def _after(call: ast.AST, function: Scope) -> list[ast.stmt]:
    """Return the statements that follow `call` in its own block."""
    inner: ast.AST = call
    for above in function.module.ancestors(call):
        for name in ("body", "orelse", "finalbody"):
            block = getattr(above, name, None)
            if isinstance(block, list) and inner in block:
                return list(block[block.index(inner) + 1 :])
        inner = above
    return []


def _sends_to_code(statement: ast.stmt) -> bool:
    """Return whether `statement` redirects to the page that asks for a code."""
    for part in ast.walk(statement):
        if isinstance(part, ast.Return) and part.value is not None:
            for inner in ast.walk(part.value):
                if (
                    isinstance(inner, ast.Constant)
                    and isinstance(inner.value, str)
                    and _FACTOR.search(inner.value)
                    and not re.search(r"setup|enable|enrol|activate|configure", inner.value)
                ):
                    return True
    return False


_GATE = lazy(r"before_request|before_app_request|_required|_verified")


def _is_gated(project: Project) -> bool:
    """Return whether something before each request asks for the second factor."""
    return any(
        _FACTOR.search(ast.unparse(scope.node))
        for module in project.modules
        if module.source.context != "tests"
        for scope in module.saying(_GATE)
        if scope.kind == "function" and any("before" in ast.unparse(d) for d in scope.decorators)
    )
