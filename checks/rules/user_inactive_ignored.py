"""A user who was deactivated stays logged in.

What it does
------------
Looks at user models that answer `is_active` themselves, by a column or a property. Flask-Login
asks it once, in `login_user`; a session or a remember cookie from before goes on working. The
rule reports the user loader, or request loader, of an app in which neither the loader nor a hook,
a decorator or a helper asks again. In strict mode it also reports loaders of models with a column
such as `banned` or `disabled` that nothing asks for.

Why it is bad
-------------
An employee who left, or an account that was taken over, is switched off in the database and goes
on reading and writing until the session ends: with a remember cookie, a year by default.

Bad
---
```python
from flask import Flask
from flask_login import LoginManager, UserMixin
from flask_sqlalchemy import SQLAlchemy

app = Flask(__name__)
db = SQLAlchemy(app)
login_manager = LoginManager(app)

class User(UserMixin, db.Model):
    id = db.Column(db.Integer, primary_key=True)
    is_active = db.Column(db.Boolean, default=True)

@login_manager.user_loader
def load_user(user_id):
    return db.session.get(User, user_id)
```

Good
----
```python
from flask import Flask
from flask_login import LoginManager, UserMixin
from flask_sqlalchemy import SQLAlchemy

app = Flask(__name__)
db = SQLAlchemy(app)
login_manager = LoginManager(app)

class User(UserMixin, db.Model):
    id = db.Column(db.Integer, primary_key=True)
    is_active = db.Column(db.Boolean, default=True)

@login_manager.user_loader
def load_user(user_id):
    user = db.session.get(User, user_id)
    return user if user and user.is_active else None
```

How to fix
----------
Return None from the loader for a user who is not active, or wrap the app with `harden(app)`,
which ends the sessions of deactivated users.

References
----------
- https://cwe.mitre.org/data/definitions/613.html
- https://flask-login.readthedocs.io/en/latest/#your-user-class
- OWASP ASVS 5.0, requirement 7.4.2
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator

from checks.facts.lines import text_of
from checks.facts.python import Module, Scope
from checks.facts.source import Spot
from checks.finding import Finding
from checks.found import found
from checks.lazy import lazy
from checks.project import Project, Site
from checks.project.identity import Loader, UserModel
from checks.records import NamedTuple
from checks.rule import Meta

RULE = Meta(
    severity="medium",
    confidence="medium",
    cwe=613,
    asvs=("7.4.2",),
    summary="deactivated users stay logged in",
    why="An account that was switched off goes on working in every session that is open.",
    fix="Return None from the loader for a user who is not active, or wrap the app with "
    "harden(app).",
)

_SWITCH = lazy(
    r"^(is_|account_|user_)?(active|enabled|disabled|banned|blocked|suspended|deactivated|locked|"
    r"inactive)$"
)
_NEGATIVE = lazy(r"disabled|banned|blocked|suspended|deactivated|locked|inactive")
_ASKED = lazy(
    r"\b(is_|account_|user_)?(active|enabled|disabled|banned|blocked|suspended|deactivated|locked|"
    r"inactive)\b"
)
_FILTERS = lazy(r"active|enabled|disabled|banned|blocked|suspended|deactivated|locked")
_CONFIRMED = lazy(r"\b(?:is_|email_)?(?:verified|validated|confirmed|confirmation)(?:_at|_on)?\b")
_HOOK = lazy(r"before_request|before_app_request|before_first|url_value_preprocessor")
_READS = lazy(
    r"current_user\.(is_|account_|user_)?(active|enabled|disabled|banned|blocked|suspended|"
    r"deactivated|locked|inactive)\b(?! *=[^=])|(user|g\.user|current_user)\.is_active\b(?! *=[^=])"
)


class _Switch(NamedTuple):
    """What a model says about whether its users may come in."""

    name: str
    spot: Spot
    asked_at_login: bool
    """Whether Flask-Login asks it, as it is called ``is_active``, or the login view does."""


def check(project: Project) -> Iterator[Finding]:
    """Yield one finding for each loader that lets deactivated users go on."""
    for site in project.parts:
        if site.context == "tests" or project.guarded(site, "sessions"):
            continue
        modules = set(site.modules)
        loaders = [x for x in project.identity.loaders if x.function.module in modules]
        models = [m for m in project.identity.models if m.scope.module in modules]
        if not loaders or not models:
            continue
        asked: bool | None = None
        for loader in loaders:
            model = _model(loader, models, project)
            switch = _switch(model, project) if model is not None else None
            if switch is None or _asks(loader.function, project):
                continue
            asked = _asked_elsewhere(site, project) if asked is None else asked
            if not asked:
                if _login_asks(switch.name, modules, project):
                    switch = switch._replace(asked_at_login=True)
                yield _finding(loader, switch)


def _login_asks(name: str, modules: set[Module], project: Project) -> bool:
    """Return whether a login turns away who was switched off: ``if not user.active: ...``."""
    if not _NEGATIVE.search(name):
        # Where it is only ever switched on, it says that an address was confirmed.
        off = re.compile(rf"\.{name} *= *(?!True\b)[^=\s]|setattr\(")
        if not any(name in m.source.text and off.search(m.source.text) for m in modules):
            return False
    asks = re.compile(rf"\.{name}\b(?! *=[^=])")  # as many as there are such columns
    return any(
        asks.search(text_of(scope)) is not None
        for login in project.logins
        if login.kind == "login" and login.view.module in modules
        for scope in project.reach.of(login.view.function)[:12]
    )


def _finding(loader: Loader, switch: _Switch) -> Finding:
    if loader.kind == "request":
        message = f"A request by this loader is answered whatever {switch.name} says."
    elif switch.asked_at_login:
        message = f"{switch.name} is asked at the login only; an open session goes on without it."
    else:
        message = f"Nothing asks {switch.name} of a user who is logged in."
    strict = not switch.asked_at_login
    return found(
        RULE,
        message,
        loader.function.spot(),
        severity="low" if strict else None,
        confidence="low" if strict else None,
        audience="strict" if strict else None,
        related=[(switch.spot, f"{switch.name} is declared here")],
    )


def _model(loader: Loader, models: list[UserModel], project: Project) -> UserModel | None:
    """Return the model whose objects `loader` gives: the one that is named, or the only one."""
    words = {
        part.id if isinstance(part, ast.Name) else part.attr
        for scope in project.reach.of(loader.function)
        for part in ast.walk(scope.node)
        if isinstance(part, ast.Name | ast.Attribute)
    }
    named = [model for model in models if model.scope.name in words]
    logging_in = [
        model for model in models if "flask_login.UserMixin" in project.names.bases(model.name)
    ]
    found_here = named or (logging_in if len(logging_in) == 1 else models)
    return found_here[0] if named or len(found_here) == 1 else None


def _switch(model: UserModel, project: Project) -> _Switch | None:
    """Return what switches a user of `model` off, ``is_active`` before others."""
    others: list[_Switch] = []
    for base in project.names.bases(model.name):
        cls = project.names.scope_of(base)
        if cls is None:
            continue
        for child in cls.children:
            if child.name == "is_active" and _may_be_false(child) and not _once(child):
                return _Switch("is_active", child.spot(), asked_at_login=True)
        for assignment in cls.assignments:
            target = assignment.target
            if not isinstance(target, ast.Name) or not _SWITCH.match(target.id):
                continue
            if isinstance(assignment.value, ast.Constant):
                continue
            found_here = _Switch(target.id, cls.spot(target), target.id == "is_active")
            if found_here.asked_at_login:
                return found_here
            if _is_boolean(assignment.value):
                others.append(found_here)
    return others[0] if others else None


def _may_be_false(function: Scope) -> bool:
    """Return whether a property gives anything else than True."""
    return any(
        node.value is not None
        and not (isinstance(node.value, ast.Constant) and node.value.value is True)
        for node in function.returns
    )


def _once(function: Scope) -> bool:
    """Return whether all that is asked is an address that was confirmed, which nobody undoes."""
    said = " ".join(ast.unparse(node.value) for node in function.returns if node.value is not None)
    return _CONFIRMED.search(said) is not None and not _FILTERS.search(said)


def _is_boolean(node: ast.expr) -> bool:
    return isinstance(node, ast.Call) and bool(re.search(r"[Bb]ool", ast.unparse(node)))


def _asks(function: Scope, project: Project) -> bool:
    """Return whether `function`, or what it calls, asks whether the user is active."""
    for scope in project.reach.of(function):
        for part in ast.walk(scope.node):
            if isinstance(part, ast.Attribute) and _FILTERS.search(part.attr.lower()):
                return True
            if isinstance(part, ast.keyword | ast.Constant):
                word = part.arg if isinstance(part, ast.keyword) else part.value
                if isinstance(word, str) and len(word) < 400 and _ASKED.search(word):
                    return True
            if isinstance(part, ast.Name) and _FILTERS.search(part.id.lower()):
                return True
    return False


def _asked_elsewhere(site: Site, project: Project) -> bool:
    """Return whether a hook, a decorator or a helper asks for the current user."""
    for module in site.modules:
        for scope in module.saying(_READS):
            if scope.kind == "function" and not _only_at_login(scope, project):
                return True
        for scope in module.saying(_HOOK):
            hooked = any(_HOOK.search(ast.unparse(decorator)) for decorator in scope.decorators)
            if scope.kind == "function" and hooked and _asks(scope, project):
                return True
    for model in project.identity.models:
        for name in ("is_authenticated", "get_id"):
            method = project.names.method_of(model.name, name)
            if method is not None and _asks(method, project):
                return True
    return False


def _only_at_login(scope: Scope, project: Project) -> bool:
    """Return whether `scope` is part of a login, or looks at others than who is logged in."""
    if any(scope in project.reach.of(login.view.function) for login in project.logins):
        return True
    return not any(
        "current_user" in line or "g.user" in line
        for line in ast.unparse(scope.node).splitlines()
        if _READS.search(line)
    ) and not any(call.lineno and "wraps" in ast.unparse(call) for call in scope.calls)
