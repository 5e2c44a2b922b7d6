"""The login says whether the user exists.

What it does
------------
Works out what the login answers when there is no such user and when the password is wrong:
flashed messages, form errors, returned text and JSON, status, exceptions. It reports a login
whose two answers differ, also where they are given by a helper or a form's validator, and a login
that takes the password of whoever it found, without asking whether it found anybody: for an unknown
user it fails with a server error. The login
page of Flask-Security answers differently unless `SECURITY_RETURN_GENERIC_RESPONSES` is on or its
two messages are replaced.

Why it is bad
-------------
An attacker learns from the login which addresses have accounts here, and then guesses passwords
or writes phishing mail for exactly those.

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
    if not user:
        flash("That email does not exist.")
        return redirect("/login")
    if not check_password_hash(user.password_hash, request.form["password"]):
        flash("Password incorrect.")
        return redirect("/login")
    login_user(user)
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
Answer both cases with the same words, the same status and the same page. The time the answer
takes tells it too: check some hash when there is no user, as `harden(app)` does.

References
----------
- https://cwe.mitre.org/data/definitions/204.html
- https://cheatsheetseries.owasp.org/cheatsheets/Authentication_Cheat_Sheet.html
- OWASP ASVS 5.0, requirement 6.3.8
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterable, Iterator

from checks.facts.lines import text_of
from checks.facts.python import Scope
from checks.finding import Finding
from checks.found import found
from checks.lazy import lazy
from checks.project import Project, Site
from checks.project.answers import Answer, answers, subjects_of
from checks.project.bundled_logins import library_login
from checks.project.logins import is_current_user
from checks.project.password_checks import PasswordCheck, password_checks
from checks.project.told_by_exceptions import told_apart
from checks.project.unasked import used_unasked
from checks.rule import Meta

RULE = Meta(
    severity="medium",
    confidence="high",
    cwe=204,
    asvs=("6.3.8",),
    summary="the login tells which users exist",
    why="An attacker learns which accounts exist and tries only those.",
    fix="Give one answer for an unknown user and for a wrong password.",
    bandit="B823",
)

_LOOKS_UP = lazy(
    r"\bquery\b|filter_by|\.scalar|\.(find|get|first|one|exists|lookup|search)\w*\(|objects\b|"
    r"\b(get|find|load|fetch)_?(user|account|member)|user_exists",
    re.IGNORECASE,
)


_GENERIC = "SECURITY_RETURN_GENERIC_RESPONSES"
_CHOICES = ("return_generic_responses", "passwordless", "unified_signin")
_OWN_WORDS = lazy(
    r"MSG_(?:USER_DOES_NOT_EXIST|INVALID_PASSWORD)|[\"']msg_(?:user_does_not_exist|invalid_password)"
)


def check(project: Project) -> Iterator[Finding]:
    """Yield one finding for each function of a login that answers differently."""
    seen: set[Scope] = set()
    for login in project.logins:
        if login.kind != "login" or login.view.module.source.context == "tests":
            continue
        for scope in project.reach.of(login.view.function):
            if scope not in seen:
                seen.add(scope)
                is_view = scope is login.view.function
                finding = _by_failure(scope, project) if is_view else None
                finding = finding or _judge(scope, project, is_view=is_view)
                others = project.reach.of(login.view.function)
                if scope.enclosing_class is not None and scope.name.startswith("validate_"):
                    finding = finding or _by_validator(scope, others)
                if finding is None and is_view:
                    finding = _by_exception(scope, project)
                if finding is not None:
                    yield finding
        validators = [*_validators(login.view.function, project)]
        for scope in validators:
            if scope not in seen and (finding := _by_validator(scope, validators)) is not None:
                seen.add(scope)
                yield finding
    for site in project.app_sites:
        yield from _of_library(site, project)


def _of_library(site: Site, project: Project) -> Iterator[Finding]:
    """Yield the login page of Flask-Security, unless it is told to answer the same."""
    login = library_login(project, site)
    if login is None or login[0] != "Flask-Security":
        return
    _, call, scope = login
    configuration = project.configuration(site)
    told = configuration.of(_GENERIC)
    if any(not setting.value.is_literal(False) for setting in told):
        return
    if any(s.value.is_literal(True) for s in configuration.of("SECURITY_PASSWORDLESS")):
        return
    if any(keyword.arg in _CHOICES for keyword in call.keywords):
        return
    if _judges_itself(call, scope, project) or _says_its_own(site, bool(told)):
        return
    spot = next((s.spot for s in told if s.reaches_production), scope.spot(call))
    yield found(
        RULE,
        "Flask-Security's login tells an unknown user from a wrong password unless "
        f"{_GENERIC} is on.",
        spot,
        severity="low",
        confidence="medium",
    )


def _says_its_own(site: Site, told: bool) -> bool:
    """Return whether the app has texts of its own for it, or the setting where nobody sees it."""
    texts = [module.source.text for module in site.modules]
    return any("MSG_" in text and _OWN_WORDS.search(text) for text in texts) or (
        not told and any(_GENERIC in text for text in texts)
    )


def _judges_itself(call: ast.Call, scope: Scope, project: Project) -> bool:
    """Return whether a form in the place of the library's may answer as it likes."""
    for keyword in call.keywords:
        if keyword.arg != "login_form":
            continue
        form = project.names.scope_of(project.names.qualified(keyword.value, scope))
        own = [child for child in form.children if child.name == "validate"] if form else []
        return form is None or any("super(" not in text_of(child) for child in own)
    return False


def _checks(scope: Scope, project: Project) -> list[PasswordCheck]:
    """Return the password checks of `scope`, without those of the user who is logged in."""
    return [
        check
        for check in password_checks(scope, project.names)
        if not is_current_user(check.stored, scope, project.names)
    ]


def _by_failure(view: Scope, project: Project) -> Finding | None:
    """Return the finding for a view that takes the password of nobody."""
    checks = _checks(view, project)
    nobody = used_unasked(view, checks)
    if nobody is None or _looks_nobody_up(view, checks):
        return None
    if any(
        scope.enclosing_class is not None and scope.name.startswith("validate_")
        for scope in project.reach.of(view)
    ):
        return None  # the form may have asked
    return found(
        RULE,
        "The login fails with a server error for an unknown user: nothing asks whether anybody "
        "was found.",
        view.spot(nobody),
    )


def _judge(scope: Scope, project: Project, *, is_view: bool) -> Finding | None:
    checks = _checks(scope, project)
    if not checks or _looks_nobody_up(scope, checks):
        return None
    missing = answers(scope.node, checks, "missing")
    wrong = answers(scope.node, checks, "wrong")
    if not missing or not wrong or {a.key for a in missing} & {a.key for a in wrong}:
        return None
    told = any(answer.texts for answer in missing + wrong)
    if not is_view and not (all(a.texts for a in missing) and all(a.texts for a in wrong)):
        return None  # what a helper returns may never be shown
    one, other = _first(missing), _first(wrong)
    return found(
        RULE,
        "The answer for an unknown user is another than the one for a wrong password.",
        scope.spot(one.node),
        confidence="high" if told and is_view else "medium",
        related=[(scope.spot(other.node), "the answer for a wrong password")],
    )


def _by_exception(view: Scope, project: Project) -> Finding | None:
    """Return the finding for a view that tells what a helper raised."""
    told = told_apart(view, project)
    if told is None:
        return None
    return found(
        RULE,
        "The answer for an unknown user is another than the one for a wrong password.",
        view.spot(told.missing),
        confidence="medium",
        related=[(view.spot(told.wrong), "the answer for a wrong password")],
    )


def _validators(view: Scope, project: Project) -> Iterator[Scope]:
    """Yield what runs for the fields of a login form: ``[DataRequired(), KnownUser()]``."""
    names = project.names
    for call in view.calls:
        form = names.scope_of(names.called(call, view))
        for field in form.calls if form is not None and form.kind == "class" else ():
            validator = names.scope_of(names.called(field, form)) if form is not None else None
            if validator is not None and validator.kind == "class":
                yield from (one for one in validator.children if one.name == "__call__")


def _by_validator(scope: Scope, others: Iterable[Scope]) -> Finding | None:
    """Return the finding for ``validate_email`` of a login form that says there is no user."""
    for node in ast.walk(scope.node):
        if not isinstance(node, ast.If) or not node.body or not _finds_nobody(node.test, scope):
            continue
        refusal = node.body[-1]
        if not isinstance(refusal, ast.Raise) or refusal.exc is None:
            continue
        said = [
            value.value
            for part in ast.walk(refusal.exc)
            for value in _values(part, scope)
            if isinstance(value, ast.Constant)
        ]
        texts = [text for text in said if isinstance(text, str)]
        if texts and not any(_says(other, texts[0]) for other in others if other is not scope):
            return found(
                RULE,
                "The login form says that there is no such user before any password is checked.",
                scope.spot(refusal),
            )
    return None


def _values(node: ast.AST, scope: Scope) -> list[ast.AST | None]:
    """Return `node`, or what a variable is bound to: ``msg = "No such user"``."""
    bound = scope.bindings.get(node.id, ()) if isinstance(node, ast.Name) else ()
    return [one.value for one in bound if one.kind == "value"] or [node]


def _finds_nobody(test: ast.expr, scope: Scope) -> bool:
    """Return whether `test` is true if a look-up finds no user."""
    if isinstance(test, ast.UnaryOp) and isinstance(test.op, ast.Not):
        node = test.operand
    elif isinstance(test, ast.Compare) and isinstance(test.ops[0], ast.Is | ast.Eq):
        compared = test.comparators[0]
        if not isinstance(compared, ast.Constant) or compared.value is not None:
            return False
        node = test.left
    else:
        return False
    if isinstance(node, ast.Name):
        bound = [b.value for b in scope.bindings.get(node.id, ()) if b.kind == "value"]
        node = bound[0] if len(bound) == 1 and bound[0] is not None else node
    return isinstance(node, ast.Call) and bool(_LOOKS_UP.search(ast.unparse(node)))


def _says(scope: Scope, text: str) -> bool:
    """Return whether `scope` says the same sentence, for a wrong password too."""
    return any(
        isinstance(node, ast.Constant) and node.value == text for node in ast.walk(scope.node)
    )


def _looks_nobody_up(scope: Scope, checks: list[PasswordCheck]) -> bool:
    """Return whether there is one account for everybody: ``admin = Admin.query.first()``.

    That it is missing says something about the installation, not about a name that was typed.
    """
    subjects = subjects_of(scope.node, checks)
    found = [a.value for a in scope.assignments if ast.unparse(a.target) in subjects]
    return bool(found) and all(
        isinstance(value, ast.Call)
        and not any(
            isinstance(part, ast.Compare) or (isinstance(part, ast.Call) and _given(part))
            for part in ast.walk(value)
        )
        for value in found
    )


def _given(call: ast.Call) -> list[ast.AST]:
    """Return what may say who is looked for; the model is not: ``session.query(Admin)``."""
    args = [arg for arg in call.args if not (isinstance(arg, ast.Name) and arg.id[:1].isupper())]
    return [*args, *call.keywords]


def _first(given: list[Answer]) -> Answer:
    """Return the answer that a reader should look at: one with words, the earliest."""
    return min(given, key=lambda answer: (not answer.texts, getattr(answer.node, "lineno", 0)))
