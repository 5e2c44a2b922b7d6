"""A link or an image logs the user out.

What it does
------------
Reports views that end the session (`logout_user()`, or in a view named logout `session.clear()`,
`del session["user"]` and the like) and answer GET. Where the session cookie is SameSite=Strict, no
other site's page can do so, and nothing is reported, nor where the view asks for a token that no
cookie carries, for one against forged requests, or for the `state` that it has kept in the session.

Why it is bad
-------------
A browser sends GET with cookies for every image and link of any site. A foreign page can log the
user out at any time, for instance to make the user type the password again where the attacker
looks on, and link previews and prefetching do it by accident.

Bad
---
```python
from flask import Flask, redirect
from flask_login import LoginManager, logout_user

app = Flask(__name__)
login_manager = LoginManager(app)

@app.route("/logout")
def logout():
    logout_user()
    return redirect("/")
```

Good
----
```python
from flask import Flask, redirect
from flask_login import LoginManager, logout_user

app = Flask(__name__)
login_manager = LoginManager(app)

@app.post("/logout")
def logout():
    logout_user()
    return redirect("/")
```

How to fix
----------
Answer POST only and use a form with a CSRF token for the button, or wrap the app with
`harden(app)`, whose cross-site guard refuses a logout that another site caused.

References
----------
- https://cwe.mitre.org/data/definitions/352.html
- https://datatracker.ietf.org/doc/html/rfc9110#section-9.2.1
- OWASP ASVS 5.0, requirements 3.5.1 and 3.5.3
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator

from checks.facts.lines import text_of
from checks.facts.python import Scope
from checks.facts.source import Spot
from checks.finding import Finding
from checks.found import found
from checks.lazy import lazy
from checks.project import Project, View
from checks.project.by_post import only_by_post
from checks.project.logins import SIGN_OUT
from checks.project.same_site import keeps_session_to_itself
from checks.rule import Meta

RULE = Meta(
    severity="low",
    confidence="high",
    cwe=352,
    asvs=("3.5.1", "3.5.3"),
    summary="logout answers GET",
    why="Any page can log the user out with an image or a link.",
    fix="Answer POST only, with a CSRF token, or wrap the app with harden(app).",
    bandit="B822",
)

_NAMED = lazy(r"(log|sign)_?(out|off)", re.IGNORECASE)
_NOT_LOGOUT = lazy(r"log_?in|sign_?in|authori|callback|register|reset|confirm", re.IGNORECASE)
_ENDS = lazy(r"^(log|sign)_?out(_user|_session)?$|^(end|destroy|kill)_session$")
# What an identity provider sends back is compared with what was kept for it.
_STATE = lazy(r"\bstate\b[^\n=!]{0,40}[!=]= *\w|compare_digest\([^\n]*\bstate\b")
_USER = lazy(r"user|logged|login|email|auth|account|^_?(id|u|uid|usr)$", re.IGNORECASE)


def check(project: Project) -> Iterator[Finding]:
    """Yield one finding for each logout view that answers GET."""
    guarded = {
        module
        for site in project.sites
        if project.guarded(site, "cross_site") or keeps_session_to_itself(site, project)
        for module in site.modules
    }
    for view in project.views:
        if "GET" not in view.methods or view.module.source.context == "tests":
            continue
        if view.module in guarded:
            continue
        spot = _ends_session(view, project)
        if spot is not None and not _asks_for_more(view, project):
            yield found(
                RULE,
                f"{view.function.name}() logs the user out and answers GET.",
                view.spot,
                related=[(spot, "the session ends here")],
            )


def _asks_for_more(view: View, project: Project) -> bool:
    """Return whether `view` wants something that no other site's image can bring along."""
    text = text_of(view.function)
    if "session" in text and _STATE.search(text):
        return True
    site = next((site for site in project.sites if view.module in site.modules), None)
    if site is None:
        return False
    csrf = project.csrf(site)
    return csrf.by_token(view) or csrf.checks_itself(view, on_get=True)


def _ends_session(view: View, project: Project) -> Spot | None:
    """Return where a GET of `view` ends the session, or None."""
    named = any(
        _NAMED.search(word)
        for word in (view.function.name, view.endpoint, *(rule or "" for rule in view.rules))
    )
    if not named and _NOT_LOGOUT.search(f"{view.function.name} {view.endpoint}"):
        return None  # it begins a login by ending what was there
    for scope in project.reach.of(view.function) if named else (view.function,):
        for call in scope.calls:
            called = project.names.called(call, scope)
            if called not in SIGN_OUT and not (named and _clears(call, called)):
                continue
            if not only_by_post(call, scope) and (named or _is_purpose(call, scope)):
                return scope.spot(call)
        for statement in _forgets(scope, project) if named else ():
            if not only_by_post(statement, scope):
                return scope.spot(statement)
    return None


def _forgets(scope: Scope, project: Project) -> Iterator[ast.stmt]:
    """Yield ``del session["user"]`` and ``session["logged_in"] = False``."""
    if not project.vocabulary.holds(scope.module, "session"):
        return
    for node in ast.walk(scope.node):
        if isinstance(node, ast.Delete):
            targets = node.targets
        elif isinstance(node, ast.Assign) and isinstance(node.value, ast.Constant):
            targets = [] if node.value.value else node.targets
        else:
            continue
        for target in targets:
            if (
                isinstance(target, ast.Subscript)
                and isinstance(target.slice, ast.Constant)
                and _USER.search(str(target.slice.value))
                and project.names.qualified(target.value, scope) == "flask.session"
            ):
                yield node


def _clears(call: ast.Call, called: str | None) -> bool:
    name = call.func.attr if isinstance(call.func, ast.Attribute) else ""
    if _ENDS.search(name):
        return True
    if called == "flask.session.clear":
        return True
    if called != "flask.session.pop" or not call.args:
        return False
    key = call.args[0]
    return not isinstance(key, ast.Constant) or bool(_USER.search(str(key.value)))


def _is_purpose(call: ast.Call, scope: Scope) -> bool:
    """Return whether the function does it always, not after a condition such as a ban."""
    return not any(
        isinstance(above, ast.If | ast.For | ast.While | ast.ExceptHandler)
        for above in scope.module.ancestors(call)
    )
