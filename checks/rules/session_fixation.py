"""A login keeps the session id that was there before.

What it does
------------
Looks at apps that keep sessions on the server: Flask-Session, or a session interface of their
own. It makes one finding for an app whose login views sign in without a new id: nothing on their
way calls `regenerate`, sets `session.sid` or the like. A login by hand, `session["user_id"] = ...`,
counts where nothing calls `login_user`. It also reports an interface that takes the
id from the address or a form. Flask's own sessions are in the cookie and have no id.

Why it is bad
-------------
An attacker opens a session, plants its id in somebody's browser, and waits for the login: then the
same id is logged in, for both.

Bad
---
```python
from flask import Flask, redirect, request
from flask_login import LoginManager, login_user
from flask_session import Session
from werkzeug.security import check_password_hash

app = Flask(__name__)
Session(app)
login_manager = LoginManager(app)

@app.post("/login")
def login():
    user = find_user(request.form["email"])
    if user and check_password_hash(user.password_hash, request.form["password"]):
        login_user(user)
        return redirect("/")
    return "Wrong e-mail or password", 401
```

Good
----
```python
from flask import Flask, redirect, request, session
from flask_login import LoginManager, login_user
from flask_session import Session
from werkzeug.security import check_password_hash

app = Flask(__name__)
Session(app)
login_manager = LoginManager(app)

@app.post("/login")
def login():
    user = find_user(request.form["email"])
    if user and check_password_hash(user.password_hash, request.form["password"]):
        app.session_interface.regenerate(session)
        login_user(user)
        return redirect("/")
    return "Wrong e-mail or password", 401
```

How to fix
----------
Call `app.session_interface.regenerate(session)` of Flask-Session before `login_user`, or wrap the
app with `harden(app)`, whose sessions begin anew at the login.

References
----------
- https://cwe.mitre.org/data/definitions/384.html
- https://flask-session.readthedocs.io/en/latest/security.html
- OWASP ASVS 5.0, requirement 7.2.4
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator

from checks.facts.lines import own_text
from checks.facts.python import Scope, last_name
from checks.finding import Finding
from checks.found import found
from checks.lazy import lazy
from checks.project import Project, Site
from checks.project.logins import SIGN_IN
from checks.project.server_sessions import ServerSessions, interfaces, server_sessions
from checks.rule import Meta

RULE = Meta(
    severity="medium",
    confidence="high",
    cwe=384,
    asvs=("7.2.4",),
    summary="login keeps the session id from before",
    why="Whoever planted the session id in a browser is logged in with its owner.",
    fix="Regenerate the session before login_user, or wrap the app with harden(app).",
)

_RENEWS = lazy(
    r"regenerat|rotate|renew|cycle_?key|refresh_?sid|new_?(session|sid)|reset_?session|"
    r"(create|start)_?(new_?)?session|destroy|invalidate|purge|change_?session|set_?sid",
    re.I,
)
_ID = lazy(r"^_?(sid|session_?id|id|key)$")
# A login without Flask-Login: what the session then says, and what such functions are called.
_SESSION = lazy(r"session(?:\[['\"]|\.update\()")
_WHO = lazy(
    r"^_?(user|user_?id|user_?name|uid|account(_?id)?|(is_)?logged_?in|(is_)?authenticated|current_user|"
    r"login|email|profile)$",
    re.I,
)
_LOGS_IN = lazy(
    r"log_?in|sign_?in|authenticate|authori[sz]ed|^auth$|callback|consume|set_(current_)?user|"
    r"(set|start|open|begin)_?session",
    re.I,
)
_NOT_LOGIN = lazy(r"register|sign_?up|test|api", re.I)


def check(project: Project) -> Iterator[Finding]:
    """Yield one finding for each app that logs in without a new session id."""
    for site in project.parts:
        if site.context == "tests" or project.guarded(site, "sessions"):
            continue
        kept = server_sessions(site, project)
        if kept is not None:
            yield from _logins(site, kept, project)
        for interface in interfaces(site, project):
            yield from _from_address(interface, project)


def _logins(site: Site, kept: ServerSessions, project: Project) -> Iterator[Finding]:
    signed_in = list(_sign_ins(site, project)) or list(_by_hand(site, project))
    if not signed_in or _renews_anywhere(site, project):
        return
    keeping = [(call, scope) for call, scope in signed_in if not _renews(scope, project)]
    if not keeping:
        return
    views = {login.view.function for login in project.logins if login.kind == "login"}
    keeping.sort(
        key=lambda pair: (
            bool(_NOT_LOGIN.search(pair[1].name)),
            pair[1] not in views,  # what asks for the password first
            pair[1].spot(pair[0]),
        )
    )
    call, scope = keeping[0]
    yield found(
        RULE,
        f"{scope.name}() logs in and keeps the session id: {kept.what} makes no new one by itself.",
        scope.spot(call),
        confidence=None if len(keeping) == len(signed_in) else "medium",
        related=[
            *((other.spot(each), "logs in here too") for each, other in keeping[1:6]),
            (kept.spot, "sessions are kept on the server here"),
        ],
    )


def _sign_ins(site: Site, project: Project) -> Iterator[tuple[ast.AST, Scope]]:
    for module in site.modules:
        for call, scope in module.calls("login_user"):
            given = ast.unparse(call.args[0]) if call.args else ""
            if (
                project.names.called(call, scope) in SIGN_IN
                and "Anonymous" not in given
                and ("test_request_context" not in own_text(scope))
            ):
                yield call, scope


def _by_hand(site: Site, project: Project) -> Iterator[tuple[ast.AST, Scope]]:
    """Yield ``session["user"] = ...`` in functions whose names say that they log somebody in."""
    for module in site.modules:
        for scope in module.saying(_SESSION):
            if scope.kind != "function" or not _LOGS_IN.search(scope.name):
                continue
            for node, owner, key, value in _kept(scope):
                who = _WHO.match(key) is not None and not _is_empty(value)
                if who and _is_session(owner, scope, project):
                    yield node, scope
                    break


def _kept(scope: Scope) -> Iterator[tuple[ast.AST, ast.expr, str, ast.expr]]:
    """Yield what `scope` puts into dictionaries: where, into what, under which key, and what."""
    for assignment in scope.assignments:
        target = assignment.target
        if isinstance(target, ast.Subscript) and isinstance(target.slice, ast.Constant):
            yield assignment.node, target.value, str(target.slice.value), assignment.value
    for call in scope.calls:
        if not isinstance(call.func, ast.Attribute) or call.func.attr != "update":
            continue
        owner = call.func.value
        for keyword in call.keywords:
            yield call, owner, keyword.arg or "", keyword.value
        for given in call.args[:1]:
            if isinstance(given, ast.Dict):
                for key, value in zip(given.keys, given.values, strict=True):
                    if isinstance(key, ast.Constant):
                        yield call, owner, str(key.value), value


def _is_empty(value: ast.expr) -> bool:
    """Return whether `value` says that nobody is there: what empties the session logs out."""
    return (isinstance(value, ast.Constant) and not value.value) or (
        isinstance(value, ast.Dict) and not value.keys
    )


def _is_session(node: ast.expr, scope: Scope, project: Project) -> bool:
    """Return whether `node` is Flask's session, also as the default of a parameter."""
    if project.names.qualified(node, scope) == "flask.session":
        return True
    bindings = scope.bindings.get(node.id, []) if isinstance(node, ast.Name) else []
    default = bindings[0].value if len(bindings) == 1 and bindings[0].kind == "param" else None
    outer = scope.parent or scope
    return default is not None and project.names.qualified(default, outer) == "flask.session"


def _renews_anywhere(site: Site, project: Project) -> bool:
    """Return whether a listener on logins, or the loader of users, makes a new id."""
    for module in site.modules:
        if "user_logged_in" in module.source.text and _RENEWS.search(module.source.text):
            return True
    return False


def _renews(scope: Scope, project: Project) -> bool:
    """Return whether a function, or what it calls or is called by at once, makes a new id."""
    around = [scope]
    for module in project.modules:
        if scope.name in module.called:
            around += [
                place
                for call, place in module.calls(scope.name)
                if project.names.callee(call, place) is scope
            ]
    return any(_renews_here(one) for outer in around for one in project.reach.of(outer))


def _renews_here(scope: Scope) -> bool:
    for call in scope.calls:
        name = last_name(call.func)
        if _RENEWS.search(name) and "session" in ast.unparse(call).lower():
            return True
    return any(
        isinstance(assignment.target, ast.Attribute)
        and _ID.match(assignment.target.attr)
        and "session" in ast.unparse(assignment.target.value).lower()
        for assignment in scope.assignments
    )


def _from_address(interface: Scope, project: Project) -> Iterator[Finding]:
    """Yield where ``open_session`` takes the id from what a link can hold."""
    for method in interface.children:
        if method.name != "open_session":
            continue
        for call in method.calls:
            func = call.func
            if not isinstance(func, ast.Attribute) or func.attr != "get":
                continue
            if last_name(func.value) in ("args", "values", "form"):
                message = (
                    "The session id is taken from the address or a form, where a link puts it."
                )
                yield found(RULE, message, method.spot(call), severity="high")
