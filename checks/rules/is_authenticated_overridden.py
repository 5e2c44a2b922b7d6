"""A user class answers `is_authenticated` by itself.

What it does
------------
Reports classes of users that define `is_authenticated` as something else than a property that
returns True: a database column, an attribute that logins set, or a plain method. For anonymous
users (`AnonymousUserMixin`, or what `login_manager.anonymous_user` is set to), whatever does not
return False.

Why it is bad
-------------
Flask-Login asks the object, not the session. A value that is kept with the user is shared by all
sessions: it logs a device out that did nothing, or leaves one in. A plain method is always true,
whatever it would return.

Bad
---
```python
from flask_login import UserMixin


class User(UserMixin):
    authenticated = False

    @property
    def is_authenticated(self):
        return self.authenticated
```

Good
----
```python
from flask_login import UserMixin


class User(UserMixin):
    def get_id(self):
        return self.key
```

How to fix
----------
Derive from `UserMixin` and leave `is_authenticated` alone. Whether an account may be used is what
`is_active` is for.

References
----------
- https://cwe.mitre.org/data/definitions/287.html
- https://flask-login.readthedocs.io/en/latest/#your-user-class
- OWASP ASVS 5.0, requirement 7.2.1
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator

from checks.facts.python import Scope, last_name
from checks.finding import Finding
from checks.found import found
from checks.lazy import lazy
from checks.project import Project
from checks.project.pinned import pinned
from checks.rule import Meta
from checks.versions import newest

RULE = Meta(
    severity="medium",
    confidence="high",
    cwe=287,
    asvs=("7.2.1",),
    summary="is_authenticated answered by the user class",
    why="Who counts as logged in is then decided by the account, not by the session.",
    fix="Derive from UserMixin and leave is_authenticated alone.",
    bandit="B815",
)

_NAME = "is_authenticated"
_AS_THE_MIXIN = ("is_active",)  # what `UserMixin` returns since Flask-Login 0.6
_OF_SESSION = lazy(r"(?<![.\w])session(\.get\(|\.pop\(|\[)|in session\b")
_PROPERTIES_SINCE = ((0, 3), 0)  # before it, Flask-Login called is_authenticated()
_PROPERTIES = ("property", "cached_property", "hybrid_property", "classproperty")


def check(project: Project) -> Iterator[Finding]:
    """Yield each override that does not say what the mixin says."""
    for module in project.modules:
        if _NAME not in module.source.text or module.source.context == "tests":
            continue
        for cls in module.classes():
            if _NAME in cls.bindings and _is_user(cls, project):
                yield from _judge(cls, project, anonymous=_is_anonymous(cls, project))


def _is_user(cls: Scope, project: Project) -> bool:
    bases = set(project.names.bases(cls.full_name))
    known = {"flask_login.UserMixin", "flask_login.AnonymousUserMixin"}
    if bases & known or project.identity.model(cls.full_name) is not None:
        return True
    return "get_id" in cls.bindings  # Flask-Login's interface, written out


def _is_anonymous(cls: Scope, project: Project) -> bool:
    if not _says_anonymous(cls, project):
        return False
    # Flask-Login makes its anonymous user without arguments: what wants some is a guest of its own.
    made = project.names.method_of(cls.full_name, "__init__")
    if made is not None and _wants_arguments(made):
        return False
    return not _is_made_here(cls, project)


def _is_made_here(cls: Scope, project: Project) -> bool:
    """Return whether the app makes such users itself, and Flask-Login is not told to."""
    files = project.vocabulary.files(cls.name)
    told = re.compile(rf"anonymous_user\s*=\s*(?:\w+\.)*{re.escape(cls.name)}\b")
    if any(told.search(module.source.text) for module in files):
        return False
    return any(
        scope.enclosing_class is not cls
        and module.source.context != "tests"
        and project.names.called(call, scope) == cls.full_name
        for module in files
        for call, scope in module.calls(cls.name)
    )


def _says_anonymous(cls: Scope, project: Project) -> bool:
    bases = project.names.bases(cls.full_name)
    return "anonymous" in cls.name.lower() or "flask_login.AnonymousUserMixin" in bases


def _wants_arguments(made: Scope) -> bool:
    if not isinstance(made.node, ast.FunctionDef):
        return False
    given = made.node.args
    positional = [*given.posonlyargs, *given.args]
    return len(positional) - len(given.defaults) > 1 or None in given.kw_defaults


def _judge(cls: Scope, project: Project, *, anonymous: bool) -> Iterator[Finding]:
    right = not anonymous
    for child in cls.children:
        if child.name == _NAME and child.kind == "function" and not _answers_nothing(child):
            plain = not any(last_name(d) in _PROPERTIES for d in child.decorators)
            plain = plain and not _are_methods(project)
            says = bool(child.returns) and all(
                _is(each.value, child, project, right=right)
                or (_says_anonymous(cls, project) and _is(each.value, child, project, right=False))
                or (not anonymous and last_name(each.value) in _AS_THE_MIXIN)
                or (not anonymous and (_is_as_active(each, cls) or _is_looked_up(each)))
                for each in child.returns
            )
            if not plain and not anonymous and _asks_the_session(child, project):
                continue
            if not says or (plain and anonymous):
                yield found(RULE, _message(plain=plain, anonymous=anonymous), child.spot())
    for assignment in cls.assignments:
        target = assignment.target
        if not isinstance(target, ast.Name) or target.id != _NAME:
            continue
        if not project.evaluate(assignment.value, cls).is_literal(right):
            message = _message(plain=False, anonymous=anonymous)
            yield found(RULE, message, cls.spot(assignment.value))


def _is_as_active(answer: ast.Return, cls: Scope) -> bool:
    """Return whether ``is_active`` of the same class answers alike, as that of the mixin does."""
    told = ast.unparse(answer)
    return any(
        child.name == "is_active" and [ast.unparse(each) for each in child.returns] == [told]
        for child in cls.children
    )


def _is_looked_up(answer: ast.Return) -> bool:
    """Return whether its own row is looked up, and is there: ``self.row() is not None``."""
    test = answer.value
    return (
        isinstance(test, ast.Compare)
        and isinstance(test.left, ast.Call)
        and not test.left.args
        and ast.unparse(test.left).startswith("self.")
        and isinstance(test.ops[0], ast.IsNot)
        and isinstance(other := test.comparators[0], ast.Constant)
        and other.value is None
    )


def _answers_nothing(function: Scope) -> bool:
    """Return whether a setter is all it is, or it only tells the class of users from anonymous."""
    if any(last_name(decorator) in ("setter", "deleter") for decorator in function.decorators):
        return True
    tests = [node.test for line in function.body for node in ast.walk(line)
             if isinstance(node, ast.If | ast.IfExp)]  # fmt: skip
    return bool(tests) and all(map(_asks_class, tests)) and all(
        isinstance(each.value, ast.Constant) for each in function.returns
    )  # fmt: skip


def _asks_class(test: ast.expr) -> bool:
    """Return whether a condition is ``isinstance(self, AnonymousUserMixin)``."""
    asked = ast.unparse(test).removeprefix("not ")
    return asked.startswith("isinstance(self, ") and "nonymous" in asked


def _are_methods(project: Project) -> bool:
    """Return whether the project asks for a Flask-Login that calls them: one before 0.3."""
    told = [newest(pin.spec) for pin in pinned(project) if pin.name == "flask-login"]
    return any(
        each is not None
        and (
            each.version < _PROPERTIES_SINCE
            or (each.kind == "below" and each.version == _PROPERTIES_SINCE)
        )
        for each in told
    )


def _asks_the_session(function: Scope, project: Project) -> bool:
    """Return whether the answer is about this session, as with an id that the account keeps."""
    return any(
        scope.kind == "function" and _OF_SESSION.search(ast.unparse(scope.node))
        for scope in project.reach.of(function)
    )


def _is(node: ast.expr | None, scope: Scope, project: Project, *, right: bool) -> bool:
    """Return whether `node` is `right`; wrapped in an object made of a function for it, too."""
    if isinstance(node, ast.Call):
        return any(
            isinstance(arg, ast.Lambda) and project.evaluate(arg.body, scope).is_literal(right)
            for arg in node.args
        )
    return project.evaluate(node, scope).is_literal(right)


def _message(*, plain: bool, anonymous: bool) -> str:
    if plain:
        who = "anonymous users count as logged in" if anonymous else "every user counts as such"
        return f"is_authenticated is a plain method, which is always true: {who}."
    if anonymous:
        return "Anonymous users may count as logged in."
    return "Whether somebody is logged in is kept with the account, for all sessions at once."
