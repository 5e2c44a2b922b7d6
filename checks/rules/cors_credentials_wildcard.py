"""Every site may ask with the user's cookies, and read the answer.

What it does
------------
Reports Flask-CORS with `supports_credentials=True` for all origins (which it answers by naming the
site that asks), in the call, `init_app`, the decorator or the configuration, and responses whose
`Access-Control-Allow-Origin` is the request's own `Origin` together with
`Access-Control-Allow-Credentials: true`. A list of origins is the near miss. Flask-SocketIO with
`cors_allowed_origins="*"` is reported where handlers of messages use `current_user` and the session
cookie is not said to be `Lax` or `Strict`.

Why it is bad
-------------
Any page that a logged-in user visits can read everything the user can read, and get the tokens
that protect forms.

Bad
---
```python
from flask import Flask
from flask_cors import CORS

app = Flask(__name__)
CORS(app, supports_credentials=True)
```

Good
----
```python
from flask import Flask
from flask_cors import CORS

app = Flask(__name__)
CORS(app, origins=["https://shop.example"], supports_credentials=True)
```

How to fix
----------
Name the origins that may ask, or leave credentials out.

References
----------
- https://cwe.mitre.org/data/definitions/942.html
- https://flask-cors.readthedocs.io/en/latest/configuration.html
- OWASP ASVS 5.0, requirement 3.4.2
"""

from __future__ import annotations

import ast
from collections.abc import Iterator

from checks.facts.python import Scope, last_name
from checks.finding import Finding
from checks.found import found
from checks.lazy import lazy
from checks.project import Project, Site
from checks.project.same_site import is_lax
from checks.rule import Meta

RULE = Meta(
    severity="high",
    confidence="high",
    cwe=942,
    asvs=("3.4.2",),
    summary="every site may ask with the user's cookies",
    why="Any page that a logged-in user visits can read what the user can read.",
    fix="Name the origins that may ask, or leave credentials out.",
    bandit="B818",
)

_CORS = frozenset({"flask_cors.CORS", "flask_cors.cross_origin"})
_USER = lazy(r"current_user\b")
_ANYBODY = ("*", ".*", r".*", "https?://.*", "^.*$", "null")
_REFLECTS = lazy(r"[Aa](?:ccess-[Cc]ontrol-[Aa]llow-[Oo]rigin|CCESS-CONTROL-ALLOW-ORIGIN)")
_ORIGINS = ("origin", "http_origin", "referer")
_ALLOW, _CREDENTIALS = "access-control-allow-origin", "access-control-allow-credentials"


def check(project: Project) -> Iterator[Finding]:
    """Yield each place that lets every site ask with cookies."""
    for site in project.parts:
        if site.context == "tests":
            continue
        yield from _extension(project, site)
        yield from _by_hand(project, site)
        yield from _sockets(project, site)


def _extension(project: Project, site: Site) -> Iterator[Finding]:
    configuration = project.configuration(site)
    by_setting = any(
        setting.value.is_literal(True)
        for setting in configuration.production("CORS_SUPPORTS_CREDENTIALS")
    )
    origins = configuration.production("CORS_ORIGINS")
    for module in site.modules:
        for call, scope in module.calls("CORS", "cross_origin", "init_app"):
            if not _is_cors(call, scope, project):
                continue
            given = {k.arg: k.value for k in call.keywords}
            node = given.get("supports_credentials")
            sends = by_setting if node is None else project.evaluate(node, scope).is_literal(True)
            resources = given.get("resources")
            if not sends and resources is not None:
                sends = _in_resources(resources, "supports_credentials", scope, project) is True
            if not sends:
                continue
            if "origins" not in given and origins:
                open_ = all(_anybody(setting.value.value) for setting in origins)
            else:
                open_ = _open(given.get("origins"), resources, scope, project)
            if open_:
                message = "Every origin is allowed to send the user's cookies."
                yield found(RULE, message, scope.spot(call))


def _is_cors(call: ast.Call, scope: Scope, project: Project) -> bool:
    """Return whether `call` says which origins may ask: ``CORS(...)``, ``cors.init_app(...)``."""
    if last_name(call.func) != "init_app":
        return project.names.called(call, scope) in _CORS
    if not isinstance(call.func, ast.Attribute) or not call.keywords:
        return False
    return project.names.type_of(call.func.value, scope) in _CORS


def _sockets(project: Project, site: Site) -> Iterator[Finding]:
    """Yield where pages of all sites may open a socket whose handlers know the user."""
    for module in site.modules:
        if "cors_allowed_origins" not in module.source.text:
            continue
        for call, scope in module.calls("SocketIO", "init_app"):
            told = {k.arg: k.value for k in call.keywords}
            origins, sends = told.get("cors_allowed_origins"), told.get("cors_credentials")
            if origins is None or not _anybody(project.evaluate(origins, scope).value):
                continue
            if sends is not None and project.evaluate(sends, scope).is_literal(False):
                continue
            if (
                _is_socket(call, scope, project)
                and _knows_users(site)
                and not is_lax(site, project)
            ):
                message = "Pages of every origin may open a socket in the name of the user."
                yield found(RULE, message, scope.spot(call), severity="medium", confidence="medium")


def _is_socket(call: ast.Call, scope: Scope, project: Project) -> bool:
    if last_name(call.func) != "init_app":
        return (project.names.called(call, scope) or "").startswith("flask_socketio.")
    owner = call.func.value if isinstance(call.func, ast.Attribute) else None
    return (project.names.type_of(owner, scope) or "").startswith("flask_socketio.")


def _knows_users(site: Site) -> bool:
    """Return whether what answers a socket's messages asks for the user of the session."""
    return any(
        isinstance(each, ast.Call) and last_name(each.func) in ("on", "event")
        for module in site.modules
        if "current_user" in module.source.text
        for scope in module.saying(_USER)
        for each in scope.decorators
    )


def _open(
    origins: ast.expr | None, resources: ast.expr | None, scope: Scope, project: Project
) -> bool:
    """Return whether all origins are allowed: Flask-CORS's default."""
    if origins is not None:
        value = project.evaluate(origins, scope)
        return value.kind in ("literal", "fallback") and _anybody(value.value)
    if resources is not None:
        inner = _in_resources(resources, "origins", scope, project)
        return inner is None or _anybody(inner)
    return True


def _in_resources(node: ast.expr, key: str, scope: Scope, project: Project) -> object:
    """Return what ``resources={r"/api/*": {key: ...}}`` says; "" if that is not known."""
    if not isinstance(node, ast.Dict):
        return "" if not isinstance(node, ast.Constant) else None
    for options in node.values:
        if not isinstance(options, ast.Dict):
            continue
        for name, value in zip(options.keys, options.values, strict=True):
            if name is not None and project.evaluate(name, scope).is_literal(key):
                known = project.evaluate(value, scope)
                return known.value if known.kind == "literal" else ""
    return None


def _anybody(value: object) -> bool:
    values = value if isinstance(value, tuple) else (value,)
    return any(isinstance(each, str) and each in _ANYBODY for each in values)


def _by_hand(project: Project, site: Site) -> Iterator[Finding]:
    for module in site.modules:
        text = module.source.text
        for scope in module.saying(_REFLECTS) if "llow-" in text or "LLOW-" in text else ():
            written = [*_headers(scope)]
            credentials = any(name == _CREDENTIALS for name, _ in written)
            for name, value in written:
                if name == _ALLOW and credentials and _is_origin(value, scope, project):
                    message = "The site that asks is allowed, whichever it is, with cookies."
                    yield found(RULE, message, scope.spot(value))


def _headers(scope: Scope) -> Iterator[tuple[str, ast.expr]]:
    """Yield the response headers that `scope` writes: lower-case name and value."""
    for assignment in scope.assignments:
        if isinstance(assignment.target, ast.Subscript):
            yield _text(assignment.target.slice), assignment.value
    for call in scope.calls:
        if len(call.args) == 2:
            yield _text(call.args[0]), call.args[1]
        for table in call.args[:1]:  # ``response.headers.update({...})``
            if isinstance(table, ast.Dict):
                for key, value in zip(table.keys, table.values, strict=True):
                    yield _text(key) if key is not None else "", value


def _text(node: ast.expr) -> str:
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        return node.value.lower()
    return ""


def _is_origin(node: ast.expr, scope: Scope, project: Project) -> bool:
    """Return whether `node` is the request's own Origin header, and nothing judges it."""
    origins = [o for o in project.flow(scope).at(node) if o.kind == "request"]
    if not any(o.key.lower() in _ORIGINS for o in origins):
        return False
    for outer in scope.module.ancestors(node):
        if outer is scope.node:
            break
        if isinstance(outer, ast.If) and any(map(_judges, ast.walk(outer.test))):
            return False
    return not _is_refused(node, scope)


def _judges(test: ast.AST) -> bool:
    """Return whether `test` compares something: not ``"Origin" in request.headers``."""
    if isinstance(test, ast.BinOp):
        return True  # ``{origin} & ALLOWED``
    if not isinstance(test, ast.Compare):
        return False
    asked = isinstance(test.left, ast.Constant) and _text(test.left) in _ORIGINS
    return any(isinstance(op, ast.Eq) or (isinstance(op, ast.In) and not asked) for op in test.ops)


def _is_refused(node: ast.expr, scope: Scope) -> bool:
    """Return whether the function has left before `node` for origins that are not on a list."""
    for statement in ast.walk(scope.node):
        if (
            isinstance(statement, ast.If)
            and statement.lineno < node.lineno
            and isinstance(statement.body[-1], ast.Return | ast.Raise)
            and any(_asks_for_others(part, node) for part in ast.walk(statement.test))
        ):
            return True
    return False


def _asks_for_others(test: ast.AST, node: ast.expr) -> bool:
    """Return whether `test` is true of origins that are not on a list, or refused by a function."""
    origin = ast.unparse(node)
    if isinstance(test, ast.Compare) and len(test.ops) == 1 and ast.unparse(test.left) == origin:
        listed = isinstance(test.ops[0], ast.NotIn | ast.NotEq)
        return listed and not isinstance(test.comparators[0], ast.Constant)
    if not isinstance(test, ast.UnaryOp) or not isinstance(test.op, ast.Not):
        return False
    called = test.operand
    return isinstance(called, ast.Call) and any(ast.unparse(arg) == origin for arg in called.args)
