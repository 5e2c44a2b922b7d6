"""A word found anywhere in the path or endpoint frees a request from the login.

What it does
------------
Reports functions that ask for a login before requests, as hooks or decorators, and that let a
request pass because a word is contained in `request.path`, `request.endpoint`, `request.url` or
the like: `"login" in request.path`, `request.path.find("static")`, `re.search("public",
request.path)`, `request.url.endswith(".css")`. A comparison with the whole endpoint, with a
tuple of endpoints and with the beginning of the path is not reported.

Why it is bad
-------------
The client writes the path, and the URL with its query. `/admin/users?x=static` or
`/download/login` contain the word as well, and so do views that are named later.

Bad
---
```python
from flask import Flask, redirect, request, session

app = Flask(__name__)

@app.before_request
def require_login():
    if "login" not in request.path and "user_id" not in session:
        return redirect("/login")
```

Good
----
```python
from flask import Flask, redirect, request, session

app = Flask(__name__)
OPEN = frozenset({"login", "static"})

@app.before_request
def require_login():
    if request.endpoint not in OPEN and "user_id" not in session:
        return redirect("/login")
```

How to fix
----------
Compare `request.endpoint` with the whole names of the endpoints that are open, or mark open
views with a decorator and ask for the mark.

References
----------
- https://cwe.mitre.org/data/definitions/863.html
- https://flask.palletsprojects.com/en/stable/api/#flask.Request.endpoint
- OWASP ASVS 5.0, requirements 8.2.1 and 8.3.1
"""

from __future__ import annotations

import ast
from collections.abc import Iterator

from checks.facts.python import Scope, last_name
from checks.finding import Finding
from checks.found import found
from checks.lazy import lazy
from checks.project import Project
from checks.rule import Meta

RULE = Meta(
    severity="high",
    confidence="high",
    cwe=863,
    asvs=("8.2.1", "8.3.1"),
    summary="login decided by a word within the path",
    why="Whoever puts the word into a path or query gets in without logging in.",
    fix="Compare request.endpoint with the whole names of the endpoints that are open.",
)

_PARTS = ("path", "endpoint", "url", "full_path", "base_url", "url_rule", "blueprint",
          "query_string", "referrer")  # fmt: skip
_SAYS_PART = lazy(rf"request\.({'|'.join(_PARTS)})\b")
_LEAVES = lazy(r"redirect|abort|unauthori[sz]ed|forbidden|deny|denied|error")
_SEARCHES = frozenset({"re.search", "re.findall", "re.finditer"})
_FINDS = frozenset(["find", "count", "index", "rfind", "__contains__", "endswith"])


def check(project: Project) -> Iterator[Finding]:
    """Yield one finding for each such test."""
    for module in project.modules:
        if module.source.context == "tests" or "request." not in module.source.text:
            continue
        for function in module.saying(_SAYS_PART):
            if function.kind != "function":
                continue
            tests = list(_tests(function, project))
            if tests and _decides(function, project):
                for node, part in tests:
                    outside = part in ("url", "full_path", "query_string", "referrer")
                    text = "the client may write into the query" if outside else "others contain"
                    yield found(
                        RULE,
                        f"A word within request.{part} frees from the login; {text}"
                        + (" it." if not outside else "."),
                        function.spot(node),
                        confidence=None if project.guards.is_hook(function) else "medium",
                    )


def _decides(function: Scope, project: Project) -> bool:
    """Return whether `function` is asked before views who may pass."""
    guards = project.guards
    if guards.is_hook(function):
        return guards.stops_strangers(function)
    outer = function.parent
    if outer is None or outer.kind != "function" or not function.decorators:
        return False
    # ``def login_required(view): @wraps(view) def inner(...)``, which ends with ``return inner``
    handed = any(
        isinstance(node, ast.Name) and node.id == function.name
        for given in outer.returns
        if given.value is not None
        for node in ast.walk(given.value)
    )
    return handed and guards.stops_strangers(function) and len(outer.parameters()) >= 1


def _tests(function: Scope, project: Project) -> Iterator[tuple[ast.expr, str]]:
    """Yield (test, part of the request) for tests of what is within a text of the request."""
    held = _held(function, project)
    for compare in function.comparisons:
        part = _contained(compare, function, held, project)
        if part and not _only_asks_more(compare, function):
            yield compare, part
    for call in function.calls:
        name = last_name(call.func)
        if name in _FINDS and isinstance(call.func, ast.Attribute):
            part = _part(call.func.value, function, held, project)
        elif name in ("search", "findall", "finditer") and len(call.args) > 1:
            if project.names.called(call, function) not in _SEARCHES or _anchored(call.args[0]):
                continue
            part = _part(call.args[1], function, held, project)
        else:
            continue
        if part and not (name == "endswith" and part == "endpoint"):
            yield call, part


def _only_asks_more(compare: ast.Compare, function: Scope) -> bool:
    """Return whether what follows from the word turns some away and lets nobody in.

    ``if "draft" in request.endpoint: if not invited(): return redirect("/")``
    """
    if not isinstance(compare.ops[0], ast.In):
        return False
    inner: ast.AST = compare
    for above in function.module.ancestors(compare):
        if isinstance(above, ast.If):
            return inner is above.test and not above.orelse and not _lets_in(above.body)
        if not isinstance(above, ast.BoolOp) or not isinstance(above.op, ast.And):
            return False
        inner = above
    return False


def _lets_in(body: list[ast.stmt]) -> bool:
    """Return whether statements may go on to the view, or note that somebody may."""
    for statement in body:
        for node in ast.walk(statement):
            if isinstance(node, ast.Pass | ast.Continue | ast.Break):
                return True
            if isinstance(node, ast.Assign) and isinstance(node.value, ast.Constant):
                return True
            if isinstance(node, ast.Return) and not (
                isinstance(node.value, ast.Call) and _LEAVES.search(last_name(node.value.func))
            ):
                return True
    return not any(isinstance(node, ast.Return | ast.Raise) or _aborts(node)
                   for statement in body for node in ast.walk(statement))  # fmt: skip


def _aborts(node: ast.AST) -> bool:
    return isinstance(node, ast.Call) and last_name(node.func) == "abort"


def _contained(
    compare: ast.Compare, function: Scope, held: dict[str, str], project: Project
) -> str:
    if len(compare.ops) != 1 or not isinstance(compare.ops[0], ast.In | ast.NotIn):
        return ""
    left, right = compare.left, compare.comparators[0]
    part = _part(right, function, held, project)
    if part:
        return "" if part == "url_rule" else part
    # ``request.endpoint in ("login")``: without a comma this is a text
    inner = _part(left, function, held, project)
    if inner and isinstance(project.evaluate(right, function).value, str):
        return inner
    return ""


def _part(node: ast.expr, function: Scope, held: dict[str, str], project: Project) -> str:
    """Return which part of the request `node` is, such as ``path``, or ``""``."""
    if isinstance(node, ast.Name):
        return held.get(node.id, "")
    if isinstance(node, ast.BoolOp):  # (request.endpoint or "")
        return _part(node.values[0], function, held, project)
    if isinstance(node, ast.Call):  # request.path.lower(), str(request.url_rule)
        if isinstance(node.func, ast.Attribute) and node.func.attr in ("lower", "upper", "strip"):
            return _part(node.func.value, function, held, project)
        if last_name(node.func) == "str" and node.args:
            return "path" if _part(node.args[0], function, held, project) else ""
        return ""
    if isinstance(node, ast.Attribute) and node.attr in _PARTS:
        owner = project.names.qualified(node.value, function)
        return node.attr if owner == "flask.request" else ""
    return ""


def _held(function: Scope, project: Project) -> dict[str, str]:
    """Return the local names that hold such a part."""
    found_names: dict[str, str] = {}
    for assignment in function.assignments:
        if isinstance(assignment.target, ast.Name):
            part = _part(assignment.value, function, found_names, project)
            if part:
                found_names[assignment.target.id] = part
    return found_names


def _anchored(node: ast.expr) -> bool:
    """Return whether a pattern begins at the start."""
    return isinstance(node, ast.Constant) and str(node.value).startswith(("^", "\\A"))
