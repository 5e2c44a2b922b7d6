"""The user loader raises instead of returning None.

What it does
------------
Looks at the functions that `@login_manager.user_loader` registers and reports what raises for
an id that names no user: `int(user_id)` without a guard, look-ups that raise (`.one()`,
`get_or_404`, `users[user_id]`, `Model.objects.get(...)`), a row that is used without asking
whether one was found (`row[0]` after `fetchone()`), and a `raise` of its own; also in a function
of the project that a loader only hands the id on to. Reports, too, a loader that makes a user of
the id where its look-up found none, so that deleted accounts stay logged in. A `try` whose handler
returns, a test such as `user_id.isdigit()` before it, and look-ups that return None are right.

Why it is bad
-------------
Flask-Login expects None for an unknown user and then treats the visitor as logged out. With an
exception every page answers 500 (or 404) to whoever still has a cookie of a deleted user or an
old form of id, also the login and logout pages, until the cookie expires.

Bad
---
```python
from flask_login import LoginManager

login_manager = LoginManager()

@login_manager.user_loader
def load_user(user_id):
    return User.query.filter_by(id=user_id).one()
```

Good
----
```python
from flask_login import LoginManager

login_manager = LoginManager()

@login_manager.user_loader
def load_user(user_id):
    return User.query.filter_by(id=user_id).one_or_none()
```

How to fix
----------
Return None for every id that names no user: use `db.session.get(User, user_id)`, `.first()` or
`.get(user_id)`, and put `int(user_id)` into a `try` that returns None on ValueError.

References
----------
- https://cwe.mitre.org/data/definitions/755.html
- https://flask-login.readthedocs.io/en/latest/#how-it-works
- OWASP ASVS 5.0, requirement 16.5.3
"""

from __future__ import annotations

import ast
from collections.abc import Iterator

from checks.facts.python import Scope
from checks.finding import Confidence, Finding, Severity
from checks.found import found
from checks.project import Project
from checks.project.made_of_any import made_of_any
from checks.project.unasked import may_be_none
from checks.rule import Meta

RULE = Meta(
    severity="low",
    confidence="high",
    cwe=755,
    asvs=("16.5.3",),
    summary="the user loader raises for an unknown user",
    why="Every page fails for a visitor whose cookie names a deleted user or an old id.",
    fix="Return None for every id that names no user.",
    bandit="B814",
)

_CONVERTERS = frozenset({"int", "UUID", "ObjectId"})
_RAISING = frozenset({"one", "get_or_404", "first_or_404", "one_or_404", "scalar_one", "get_one"})
_STEPS = 3  # the loader, and two functions that it may leave the work to
_GUARDS = frozenset({"isdigit", "isdecimal", "isnumeric", "is_valid", "match"})


def check(project: Project) -> Iterator[Finding]:
    """Yield one finding for each thing in a user loader that raises."""
    told: set[Scope] = set()  # several loaders may leave the work to one function
    for loader in project.identity.loaders:
        function = loader.function
        if loader.kind != "user" or function.module.source.context == "tests":
            continue
        parameters = _parameters(function)
        if parameters:
            for part in _followed(_Loader(function, parameters[0], project)):
                if part.function not in told:
                    told.add(part.function)
                    yield from part.findings()


def _followed(loader: _Loader) -> Iterator[_Loader]:
    """Yield the loader, and the project functions that it leaves all the work to."""
    for _ in range(_STEPS):
        yield loader
        further = loader.further()
        if further is None:
            return
        loader = further


def _parameters(function: Scope) -> list[str]:
    return [arg.arg for arg in function.parameters() if arg.arg not in ("self", "cls")]


class _Loader:
    """Looks at one loader."""

    def __init__(self, function: Scope, user_id: str, project: Project) -> None:
        self.function = function
        self.user_id = user_id
        self.project = project

    def findings(self) -> Iterator[Finding]:
        for call in self.function.calls:
            message, severity, confidence = self._call(call)
            if message and not self._guarded(call):
                yield found(
                    RULE,
                    message,
                    self.function.spot(call),
                    severity=severity,
                    confidence=confidence,
                )
        for node in self._subscripts():
            if not self._guarded(node):
                message = "The look-up by index raises KeyError for an id that is not there."
                yield found(RULE, message, self.function.spot(node), severity="medium")
        used = next((node for node in self._uses_of_nothing() if not self._tried(node)), None)
        if used is not None:
            message = "What was looked up is used without asking whether anything was found."
            yield found(RULE, message, self.function.spot(used), severity="medium")
        made = made_of_any(self.function, self.user_id, self.project)
        if made is not None:
            message = "Who was deleted stays logged in: a user is made where none was found."
            yield found(RULE, message, self.function.spot(made), severity="medium")
        for statement in self.function.raises:
            if not self._guarded(statement):
                message = "The loader raises where it should return None."
                yield found(RULE, message, self.function.spot(statement), severity="medium")

    def further(self) -> _Loader | None:
        """Return the loader that this one hands the id on to: ``return users.load(user_id)``."""
        calls = [each.value for each in self.function.returns]
        if len(calls) != 1 or not isinstance(calls[0], ast.Call) or self._guarded(calls[0]):
            return None
        call = calls[0]
        callee = self.project.names.callee(call, self.function)
        index = next((i for i, arg in enumerate(call.args) if self._is_id(arg)), None)
        if callee is None or callee is self.function or index is None:
            return None
        names = _parameters(callee)
        return _Loader(callee, names[index], self.project) if index < len(names) else None

    def _call(self, call: ast.Call) -> tuple[str, Severity | None, Confidence | None]:
        name = call.func.attr if isinstance(call.func, ast.Attribute) else ""
        name = call.func.id if isinstance(call.func, ast.Name) else name
        if name in _CONVERTERS and len(call.args) == 1 and self._is_id(call.args[0]):
            called = self.project.names.called(call, self.function) or ""
            if name == "int" and called != "builtins.int":
                return "", None, None
            # With integer keys only a cookie of another app or an old form of id fails here.
            text = f"{name}({self.user_id}) raises for an id that is not of that form."
            return text, None, "medium"
        if not isinstance(call.func, ast.Attribute):
            return "", None, None
        if name in _RAISING and not _is_collection(call):
            # A deleted user is enough: no forged cookie is needed.
            return f".{name}() raises for a user who no longer exists.", "medium", None
        if name == "get" and _is_objects(call.func.value):
            return ".get() of a manager raises for a user who no longer exists.", "medium", None
        if name in ("get", "get_by_id") and self._is_peewee(call.func.value):
            return f".{name}() of Peewee raises for a user who no longer exists.", "medium", None
        return "", None, None

    def _is_peewee(self, owner: ast.expr) -> bool:
        made_by = self.project.names.qualified(owner, self.function)
        bases = set(self.project.names.bases(made_by))
        return any(base in ("peewee.Model", "flask_peewee.db.Database.Model") for base in bases)

    def _is_id(self, node: ast.expr) -> bool:
        return isinstance(node, ast.Name) and node.id == self.user_id

    def _subscripts(self) -> Iterator[ast.Subscript]:
        """Yield ``users[user_id]`` and the like that are read."""
        for statement in self.function.body:
            for node in ast.walk(statement):
                if isinstance(node, ast.Subscript) and isinstance(node.ctx, ast.Load):
                    index = node.slice
                    if isinstance(index, ast.Call) and len(index.args) == 1:
                        index = index.args[0]
                    if self._is_id(index):
                        yield node

    def _uses_of_nothing(self) -> Iterator[ast.expr]:
        """Yield ``row[0]``, ``row.name`` and ``User(*row)`` where ``row`` may be None."""
        looked_up = {
            name
            for name, bindings in self.function.bindings.items()
            if len(bindings) == 1 and bindings[0].kind == "value" and may_be_none(bindings[0].value)
        }
        for node in ast.walk(self.function.node):
            value: ast.expr | None = None
            if isinstance(node, ast.Subscript | ast.Attribute | ast.Starred):
                value = node.value if isinstance(node.ctx, ast.Load) else None
            elif isinstance(node, ast.keyword) and node.arg is None:
                value = node.value
            if isinstance(value, ast.Call) and isinstance(node, ast.Subscript):
                if may_be_none(value) and _last(value) == "fetchone":
                    yield value
            elif isinstance(value, ast.Name) and value.id in looked_up and not self._asks(value.id):
                yield value

    def _asks(self, name: str) -> bool:
        """Return whether a condition of the loader mentions what was looked up."""
        return any(
            isinstance(part, ast.Name) and part.id == name
            for node in ast.walk(self.function.node)
            if isinstance(node, ast.If | ast.IfExp | ast.While | ast.Assert | ast.BoolOp)
            for test in (node.values if isinstance(node, ast.BoolOp) else [node.test])
            for part in ast.walk(test)
        )

    def _guarded(self, node: ast.AST) -> bool:
        return self._tried(node) or self._tested(node)

    def _tried(self, node: ast.AST) -> bool:
        """Return whether a ``try`` around `node` turns what it raises into a result."""
        inner = node
        for above in self.function.module.ancestors(node):
            # A handler that only raises again, or raises something else, is no guard.
            if (
                isinstance(above, ast.Try)
                and inner in above.body
                and any(not isinstance(h.body[-1], ast.Raise) for h in above.handlers)
            ):
                return True
            if isinstance(above, ast.With) and _suppresses(above):
                return True
            if above is self.function.node:
                return False
            inner = above
        return False

    def _tested(self, node: ast.AST) -> bool:
        """Return whether a condition on the id stands around `node` or leaves before it."""
        inner = node
        for above in self.function.module.ancestors(node):
            if above is self.function.node:
                break
            if (
                isinstance(above, ast.If | ast.IfExp)
                and inner is not above.test
                and self._tests_id(above.test)
            ):
                return True
            if isinstance(above, ast.BoolOp) and any(
                self._tests_id(value) for value in above.values if value is not inner
            ):
                return True
            inner = above
        for statement in self.function.body:
            if getattr(statement, "lineno", 0) >= getattr(node, "lineno", 0):
                break
            if (
                isinstance(statement, ast.If)
                and isinstance(statement.body[-1], ast.Return)
                and self._tests_id(statement.test)
            ):
                return True
        return False

    def _tests_id(self, test: ast.expr) -> bool:
        """Return whether `test` says something about the id's form or whether it is known."""
        for part in ast.walk(test):
            if isinstance(part, ast.Call):
                name = part.func.attr if isinstance(part.func, ast.Attribute) else ""
                name = part.func.id if isinstance(part.func, ast.Name) else name
                if name in _GUARDS or name.startswith(("is_", "_is", "valid", "exists", "has_")):
                    return True
            if (
                isinstance(part, ast.Compare)
                and isinstance(part.ops[0], ast.In | ast.NotIn)
                and not isinstance(part.left, ast.Constant)  # ``"kind" in session``: not of the id
            ):
                return True
        return False


def _last(call: ast.Call) -> str:
    return call.func.attr if isinstance(call.func, ast.Attribute) else ""


def _is_objects(node: ast.expr) -> bool:
    """Return whether `node` ends in ``.objects``, as managers of MongoEngine and Django do."""
    if isinstance(node, ast.Call):
        node = node.func
    return isinstance(node, ast.Attribute) and node.attr == "objects"


def _is_collection(call: ast.Call) -> bool:
    return bool(call.args) and isinstance(call.func, ast.Attribute) and call.func.attr == "one"


def _suppresses(node: ast.With) -> bool:
    return any(
        isinstance(item.context_expr, ast.Call)
        and getattr(item.context_expr.func, "attr", getattr(item.context_expr.func, "id", ""))
        == "suppress"
        for item in node.items
    )
