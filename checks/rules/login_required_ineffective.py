"""`login_required` is written where it protects nothing.

What it does
------------
Reports Flask-Login's `login_required` and `fresh_login_required` above the decorator that
registers the view, on a class-based view's class, called with a view whose wrapped result is
thrown away, and written with empty parentheses. Above the decorator that registers the view it
reports those of Flask-Security, Flask-JWT-Extended, Flask-HTTPAuth and Flask-User, too, and the
project's own if they wrap the view and turn away who is not logged in: they are looked into, not
accused by their name. A logout needs no protection.

Why it is bad
-------------
Flask registered the function without the wrapper, so everybody may open the view, while the
code looks protected.

Bad
---
```python
from flask import Flask
from flask_login import LoginManager, login_required

app = Flask(__name__)
login_manager = LoginManager(app)

@login_required
@app.route("/account")
def account():
    return "private"
```

Good
----
```python
from flask import Flask
from flask_login import LoginManager, login_required

app = Flask(__name__)
login_manager = LoginManager(app)

@app.route("/account")
@login_required
def account():
    return "private"
```

How to fix
----------
Put `@login_required` directly above the function, below `@app.route`. For a class-based view
write `decorators = [login_required]` in the class.

References
----------
- https://cwe.mitre.org/data/definitions/306.html
- https://flask-login.readthedocs.io/en/latest/#flask_login.login_required
- https://flask.palletsprojects.com/en/stable/views/#view-decorators
- OWASP ASVS 5.0, requirements 8.2.1 and 8.3.1
"""

from __future__ import annotations

import ast
from collections.abc import Iterator

from checks.facts.python import Module, Scope
from checks.finding import Finding
from checks.found import found
from checks.project import Project, View
from checks.project.logins import SIGN_OUT
from checks.project.routes import Decorator
from checks.project.strangers import side_of, turns_strangers_away
from checks.project.stubs import is_stub
from checks.rule import Meta

RULE = Meta(
    severity="high",
    confidence="high",
    cwe=306,
    asvs=("8.2.1", "8.3.1"),
    summary="login_required without effect",
    why="Everybody may open the view although its code looks protected.",
    fix="Put @login_required below @app.route, or in decorators = [...] of a view class.",
    bandit="B813",
    mended=(
        "Moves Flask-Login's decorator below the routes, except for views that people need "
        "to log in."
    ),
)

_PROTECTORS = frozenset({"flask_login.login_required", "flask_login.fresh_login_required"})
# Decorators of other packages that wrap the view; those that take parameters are called.
_WRAPPERS = frozenset(
    {
        "flask_security.login_required", "flask_security.decorators.login_required",
        "flask_security.auth_required", "flask_security.auth_token_required",
        "flask_security.http_auth_required", "flask_security.roles_required",
        "flask_security.roles_accepted", "flask_security.permissions_required",
        "flask_security.permissions_accepted", "flask_user.login_required",
        "flask_user.roles_required", "flask_jwt_extended.jwt_required",
        "flask_jwt.jwt_required", "flask_principal.Permission.require",
        "flask_httpauth.HTTPBasicAuth.login_required",
        "flask_httpauth.HTTPTokenAuth.login_required",
        "flask_httpauth.HTTPDigestAuth.login_required",
    }
)  # fmt: skip
_VIEW_CLASSES = frozenset(
    {"flask.views.View", "flask.views.MethodView", "flask_restful.Resource", "flask_restx.Resource"}
)


def check(project: Project) -> Iterator[Finding]:
    """Yield one finding for each place where it has no effect."""
    for view in project.views:
        yield from _above_route(view, project)
    for module in project.modules:
        if module.source.context == "tests":
            continue
        for function in module.functions():
            yield from _called_empty(function, project)
        for cls in module.classes():
            yield from _on_class(cls, project)
        yield from _thrown_away(module, project)


def _name(node: ast.expr, scope: Scope, project: Project) -> str | None:
    """Return ``login_required`` or its kin if `node` is Flask-Login's, else None."""
    found_name = project.names.qualified(node, scope)
    return found_name.rpartition(".")[2] if found_name in _PROTECTORS else None


def _above_route(view: View, project: Project) -> Iterator[Finding]:
    own = view.function.decorators
    above = [d for d in view.decorators if d.node in own and not view.below_route(d)]
    if not above or view.module.source.context == "tests" or is_stub(view.function):
        return
    ineffective = [d for d in above if _guards(d, view, project)]
    below = (d for d in view.decorators if d not in above)
    if not ineffective or any(_protects(d, view, project) for d in below):
        return
    if _asks_itself(view) or _logs_out(view, project):
        return
    for decorator in ineffective:
        yield found(
            RULE,
            f"{(decorator.name or '').rpartition('.')[2]} stands above the route and does "
            f"not protect {view.function.name}().",
            decorator.spot,
            related=[(view.spot, "the view that Flask registers without it")],
        )


def _logs_out(view: View, project: Project) -> bool:
    """Return whether `view` ends a login: whoever has none loses nothing by it."""
    return any(project.names.called(c, view.function) in SIGN_OUT for c in view.function.calls)


def _asks_itself(view: View) -> bool:
    """Return whether the view begins with leaving if nobody is logged in."""
    return any(
        isinstance(statement, ast.If)
        and side_of(statement.test) == "stranger"
        and "is_authenticated" in ast.unparse(statement.test)
        and isinstance(statement.body[-1], ast.Return | ast.Raise)
        for statement in view.function.body
    )


def _guards(decorator: Decorator, view: View, project: Project) -> bool:
    """Return whether `decorator` wraps what it is given, and asks there for a login."""
    if decorator.is_route:
        return False
    if decorator.name in _PROTECTORS:
        return not isinstance(decorator.node, ast.Call)
    if decorator.name in _WRAPPERS:
        return True
    function = project.names.scope_of(decorator.name)
    if function is None or function.kind != "function" or not _wraps(function):
        return False
    return _protects(decorator, view, project) and any(
        turns_strangers_away(scope.node) or _hands_over(scope, project)
        for scope in function.within()
    )


def _protects(decorator: Decorator, view: View, project: Project) -> bool:
    return project.guards.is_guard(decorator, view.function.parent or view.function)


def _wraps(function: Scope) -> bool:
    """Return whether a decorator hands back another function: a mark on the view still works."""
    inner = {scope.name for scope in function.within() if scope is not function}
    return any(
        isinstance(name, ast.Name) and name.id in inner
        for returned in function.returns
        for name in (returned.value, *getattr(returned.value, "args", ()))
    )


def _hands_over(scope: Scope, project: Project) -> bool:
    """Return whether a decorator is made of Flask-Login's: ``return login_required(view)``."""
    return any(_name(call.func, scope, project) and call.args for call in scope.calls)


def _called_empty(function: Scope, project: Project) -> Iterator[Finding]:
    outer = function.parent or function
    for decorator in function.decorators:
        if isinstance(decorator, ast.Call) and not decorator.args and not decorator.keywords:
            name = _name(decorator.func, outer, project)
            if name:
                message = f"{name}() is called without the view; it is written {name}."
                yield found(RULE, message, outer.spot(decorator), severity="medium")


def _on_class(cls: Scope, project: Project) -> Iterator[Finding]:
    bases = None
    for place, decorator in enumerate(cls.decorators, 1):
        name = _name(decorator, cls.parent or cls, project)
        if name and not any(_makes_function(d, cls, project) for d in cls.decorators[place:]):
            bases = bases or set(project.names.bases(cls.full_name))
            if _VIEW_CLASSES & bases or any(b.endswith(("View", "Resource")) for b in bases):
                yield found(
                    RULE,
                    f"{name} on the class {cls.name} does not protect its methods.",
                    (cls.parent or cls).spot(decorator),
                )


def _makes_function(decorator: ast.expr, cls: Scope, project: Project) -> bool:
    """Return whether a decorator of the project makes one function of the class it is given.

    What stands above it then wraps that function.
    """
    target = decorator.func if isinstance(decorator, ast.Call) else decorator
    maker = project.names.scope_of(project.names.qualified(target, cls.parent or cls))
    if maker is not None and maker.kind == "class":
        maker = project.names.method_of(maker.full_name, "__call__")
    return maker is not None and maker.kind == "function" and _wraps(maker)


def _thrown_away(module: Module, project: Project) -> Iterator[Finding]:
    for call, scope in module.calls(*(name.rpartition(".")[2] for name in _PROTECTORS)):
        if len(call.args) != 1 or not isinstance(module.parent(call), ast.Expr):
            continue
        name = _name(call.func, scope, project)
        if name:
            message = f"What {name}(...) returns is thrown away, so nothing is protected."
            yield found(RULE, message, scope.spot(call))
