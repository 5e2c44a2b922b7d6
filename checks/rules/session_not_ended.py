"""A session goes on after the logout, or after the password was changed.

What it does
------------
Reports two things. In an app that logs users in with Flask-Login, a logout view that never calls
`logout_user`: what it removes from the session instead leaves the login, or the remember cookie,
as it was. And a view that changes or resets a password in an app where nothing ties sessions to
the password: no alternative id, no stamp that is compared, nothing that revokes sessions. That
is also looked for where a login puts the user into Flask's session by hand.

Why it is bad
-------------
Users log out, or change the password, because somebody else may be in their account. Whoever
holds a copy of the session cookie stays in.

Bad
---
```python
from flask import Flask, redirect, session
from flask_login import LoginManager, login_user

app = Flask(__name__)
login_manager = LoginManager(app)

@app.post("/login")
def login():
    login_user(check_credentials())
    return redirect("/")

@app.post("/logout")
def logout():
    session.pop("username", None)
    return redirect("/")
```

Good
----
```python
from flask import Flask, redirect, session
from flask_login import LoginManager, login_user, logout_user

app = Flask(__name__)
login_manager = LoginManager(app)

@app.post("/login")
def login():
    login_user(check_credentials())
    return redirect("/")

@app.post("/logout")
def logout():
    logout_user()
    session.clear()
    return redirect("/")
```

How to fix
----------
Call `logout_user()` at the logout. Let `get_id` return a random value that is kept with the user
and replaced with each new password, as Flask-Login calls an alternative id; or wrap the app with
`harden(app)`, which ends the other sessions.

References
----------
- https://cwe.mitre.org/data/definitions/613.html
- https://flask-login.readthedocs.io/en/latest/#alternative-tokens
- OWASP ASVS 5.0, requirements 7.4.1 and 7.4.3
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator

from checks.facts.lines import text_of
from checks.finding import Finding
from checks.found import found
from checks.lazy import lazy
from checks.project import Project, Site, View
from checks.project.logins import SIGN_OUT
from checks.project.service_keys import asked_by_a_service
from checks.project.session_stamps import ends_sessions, ties_sessions
from checks.rule import Meta

RULE = Meta(
    severity="medium",
    confidence="high",
    cwe=613,
    asvs=("7.4.1", "7.4.3"),
    summary="a session goes on after logout or a new password",
    why="Whoever holds a copy of the session cookie stays in the account.",
    fix="Call logout_user() at the logout, and give users a session id that a new password "
    "replaces, or wrap the app with harden(app).",
)

_LOGOUT = lazy(r"(^|[\W_])(log|sign)_?(out|off)($|[\W_])", re.IGNORECASE)
_ENDS = lazy(
    r"(log|sign)_?(out|off)|(end|destroy|kill|revoke|delete|clear|invalidate|purge|expire)_\w*"
    r"(session|token|login)|unauthenticate|^forget|^unset_\w*cookies$",
    re.IGNORECASE,
)
_USER = lazy(
    r"^(is_?)?(user|logged|log_?in|auth|email|account|uid$|_?id$|_?u$|usr$)", re.IGNORECASE
)
_OTHERS = lazy(r"users_|_users$|(log|sign)_?(out|off)_(all|every)", re.IGNORECASE)
_WHOM = lazy(r"^(user|account|member)_?(id|name|uuid|uid)$", re.IGNORECASE)
_SERVICE_KEY = lazy(r"access_?token|refresh_?token|realm|oauth|credentials", re.IGNORECASE)
_BEARER = lazy(r"[\"']Bearer|[\"']Authorization[\"']|revoke_token|get_jwt\(")
_OTHER_WAY = lazy(r"oauth|oidc|saml|sso|admin_?logout_?user|jwt|token|api", re.IGNORECASE)


def check(project: Project) -> Iterator[Finding]:
    """Yield logouts that log nobody out, and password changes that end no session."""
    for site in project.parts:
        if site.context == "tests" or project.guarded(site, "sessions"):
            continue
        if _signs_in(site, project):
            yield from _logouts(site, project)
            yield from _changes(site, project)
        elif _keeps_user(site, project):
            yield from _changes(site, project)


def _signs_in(site: Site, project: Project) -> bool:
    return any(
        project.names.called(call, scope) == "flask_login.login_user"
        for module in site.modules
        for call, scope in module.calls("login_user")
    )


def _keeps_user(site: Site, project: Project) -> bool:
    """Return whether a login of `site` puts the user into Flask's session by hand."""
    modules = set(site.modules)
    return any(
        isinstance(target := assignment.target, ast.Subscript)
        and isinstance(target.slice, ast.Constant)
        and _USER.search(str(target.slice.value)) is not None
        and project.names.qualified(target.value, scope) == "flask.session"
        for login in project.logins
        if login.kind == "login" and login.view.module in modules
        for scope in project.reach.of(login.view.function)
        for assignment in scope.assignments
    )


def _logouts(site: Site, project: Project) -> Iterator[Finding]:
    modules = set(site.modules)
    views = [
        view
        for view in project.views
        if view.module in modules and _is_logout(view) and not _of_others(view)
    ]
    ending = {view for view in views if _ends(view, project)}
    for view in views:
        if view in ending or (ending and _is_of_service(view)):
            continue
        calls = list(project.reach.calls(view.function))
        clears = None
        for call, scope in calls:
            called = project.names.called(call, scope)
            if called == "flask.session.clear":
                clears = clears or (call, scope)
            elif _ENDS.search(_last(call.func)) and project.names.callee(call, scope) is None:
                break  # some library's logout
        else:
            if clears is None and any(
                _BEARER.search(text_of(scope)) for scope in project.reach.of(view.function)
            ):
                continue  # it ends a token that was sent in a header
            if clears is None:
                message = f"{view.function.name}() never calls logout_user: the login goes on."
                yield found(RULE, message, view.spot)
            elif _remembers(site):
                yield found(
                    RULE,
                    f"{view.function.name}() empties the session, but the remember cookie stays "
                    "and logs in again.",
                    view.spot,
                    related=[(clears[1].spot(clears[0]), "the session is emptied here")],
                )


def _ends(view: View, project: Project) -> bool:
    """Return whether `view` calls Flask-Login's ``logout_user``."""
    calls = project.reach.calls(view.function)
    return any(project.names.called(call, scope) in SIGN_OUT for call, scope in calls)


def _is_of_service(view: View) -> bool:
    """Return whether all that `view` forgets is what another service gave: its token.

    Beside a logout that ends the login, this one ends what the app is allowed there.
    """
    keys = {
        str(node.slice.value)
        for line in view.function.body
        for node in ast.walk(line)
        if isinstance(node, ast.Subscript)
        and isinstance(node.slice, ast.Constant)
        and _last(node.value) == "session"
    } | {
        str(call.args[0].value)
        for call in view.function.calls
        if _last(call.func) == "pop" and call.args and isinstance(call.args[0], ast.Constant)
    }
    return any(map(_SERVICE_KEY.search, keys)) and not any(map(_USER.search, keys))


def _is_logout(view: View) -> bool:
    words = [view.function.name, view.endpoint, *(rule or "" for rule in view.rules)]
    if view.cls is not None:
        words.append(re.sub(r"(?<=[a-z])(?=[A-Z])", "_", view.cls.name))
    return any(_LOGOUT.search(word) for word in words) and not any(
        _OTHER_WAY.search(word) for word in words
    )


def _of_others(view: View) -> bool:
    """Return whether `view` ends what other users have open, as administrators do.

    It is called ``users_logout`` or ``logout_all``, or its address or request says whom it means.
    """
    if _OTHERS.search(view.function.name):
        return True
    told = [arg.arg for arg in view.function.parameters()]
    for call in view.function.calls:
        if _last(call.func) in ("get", "get_argument") and call.args:
            owner = _last(getattr(call.func, "value", call.func))
            first = call.args[0]
            if owner in ("args", "form", "json", "values") and isinstance(first, ast.Constant):
                told.append(str(first.value))
    return any(_WHOM.search(name) for name in told)


def _remembers(site: Site) -> bool:
    """Return whether a login of `site` may set a remember cookie."""
    return any(
        len(call.args) > 1 or any(keyword.arg == "remember" for keyword in call.keywords)
        for module in site.modules
        for call, _ in module.calls("login_user")
    )


def _changes(site: Site, project: Project) -> Iterator[Finding]:
    modules = set(site.modules)
    changes = [
        change
        for change in project.account_changes
        if change.what == "password" and change.view.module in modules
    ]
    if not changes or ties_sessions(site, project):
        return
    for change in changes:
        if asked_by_a_service(change.view, project, site):
            continue  # the passwords of another app's users, who have their sessions there
        if not ends_sessions(change.view, project):
            name = change.view.function.name
            how = "changes" if change.whose == "own" else "resets"
            yield found(
                RULE,
                f"{name}() {how} the password and leaves other sessions alive.",
                change.view.spot,
                confidence="medium",
                related=[(change.scope.spot(change.node), "the password is written here")],
            )


def _last(node: ast.expr) -> str:
    return node.attr if isinstance(node, ast.Attribute) else getattr(node, "id", "")
