"""The password, e-mail address or second factor is changed without asking who is there.

What it does
------------
Reports views in which a user who is logged in changes the own password, e-mail address or second
factor, where neither a fresh login nor the current password is asked for: no
`fresh_login_required`, no look at `login_fresh()`, no check of a password or code in the view,
its form or its decorators. A view that sends away who has a password already has none to ask for.
A second factor that is set by somebody who is not logged in yet is reported in strict audits only.

Why it is bad
-------------
A borrowed browser, a copied session or a remember cookie is enough to take the account over for
good: with a new password, or by a reset that is mailed to the new address.

Bad
---
```python
from flask import Flask, redirect, request
from flask_login import LoginManager, current_user, login_required

app = Flask(__name__)
login_manager = LoginManager(app)

@app.post("/password")
@login_required
def change_password():
    current_user.set_password(request.form["password"])
    return redirect("/")
```

Good
----
```python
from flask import Flask, abort, redirect, request
from flask_login import LoginManager, current_user, login_required

app = Flask(__name__)
login_manager = LoginManager(app)

@app.post("/password")
@login_required
def change_password():
    if not current_user.check_password(request.form["current_password"]):
        abort(403)
    current_user.set_password(request.form["password"])
    return redirect("/")
```

How to fix
----------
Ask for the current password in the form and check it, or use `fresh_login_required` instead of
`login_required` together with a `refresh_view` that asks for the password.

References
----------
- https://cwe.mitre.org/data/definitions/306.html
- https://flask-login.readthedocs.io/en/latest/#fresh-logins
- OWASP ASVS 5.0, requirements 6.2.3 and 7.5.1
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator

from checks.facts.lines import text_of
from checks.facts.python import Scope
from checks.finding import Finding
from checks.found import found
from checks.lazy import lazy
from checks.project import Project, View
from checks.project.account_changes import Change
from checks.project.logins import SIGN_IN
from checks.project.password_checks import password_checks
from checks.project.siblings import is_protected
from checks.project.words import is_password_name
from checks.rule import Meta

RULE = Meta(
    severity="medium",
    confidence="medium",
    cwe=306,
    asvs=("6.2.3", "7.5.1"),
    summary="account changed without a fresh login",
    why="A borrowed browser or a copied session takes the account over for good.",
    fix="Ask for the current password and check it, or use fresh_login_required.",
)

_FRESH = lazy(
    r"fresh|sudo|re_?auth|confirm_?(password|identity|access|login)|re_?(login|enter)|recent_?"
    r"(login|auth)|step_?up|elevat|password_(required|confirm)|needs_password",
    re.IGNORECASE,
)
_CURRENT = lazy(
    r"(current|old|existing|previous|present|original|actual)_?(user_?)?"
    r"(password|passwd|pass|pwd|pw)|^(current|old|existing|previous)$",
    re.IGNORECASE,
)
_OLD = lazy(r"^(password|passwd|pass|pwd|pw)_?(old|current|existing|previous|now)$", re.IGNORECASE)
# What checks somebody, by its name; what judges a new password has other words in it.
_CHECKS = lazy(
    r"^(check|verify|confirm|authenticate|matches|compare)_?\w*(pass|pwd|credentials|totp|otp|"
    r"code|auth)|^authenticate$|^bind$|^reauth",
    re.IGNORECASE,
)
_JUDGES = lazy(
    r"policy|strength|strong|complex|length|match|breach|pwn|valid|new|email|leak|rules",
    re.IGNORECASE,
)
_KEYS = lazy(r"\bsession(\.get\(|\.pop\(|\[)[\"'](\w+)[\"']")
_PUTS = lazy(r"\bsession\[[\"'](\w+)[\"']\] = ")
_HAS_ONE = lazy(r"current_user\.(?:has_)?(?:usable_)?pass\w*(?:\(\)| is not None)?$")
_NEW = lazy(r"^new_?(?:password|passwd|pass|pwd|pw)$", re.IGNORECASE)
_PLAIN = lazy(r"^(?:password|passwd|pass|pwd|pw)$", re.IGNORECASE)
_CODE = lazy(r"^(verify|verify_(otp|totp|code|token)|check_(otp|totp|code))$")


def check(project: Project) -> Iterator[Finding]:
    """Yield one finding for each view that changes an account without asking again."""
    seen: dict[View, list[Change]] = {}
    for change in project.account_changes:
        if change.whose == "own":
            seen.setdefault(change.view, []).append(change)
    speaking = project.vocabulary.files("assword", "passwd")
    asked = any(project.vocabulary.holds(module, "flask") for module in speaking)
    asked = asked or not project.vocabulary.files("oauth", "OAuth", "oidc", "saml", "openid")
    for view, changes in seen.items():
        if not asked and all(change.what == "e-mail address" for change in changes):
            continue  # who logs in elsewhere has no password here, which a mail could reset
        if all(c.what == "second factor" for c in changes) and _logs_in(view, project):
            continue  # the last step of a login, whose password was just asked for
        if all(change.what == "password" for change in changes) and _has_none_yet(view):
            continue
        if not _is_fresh(view, project) and not _asks(view, changes, project):
            first = changes[0]
            what = " and ".join(sorted({f"the {change.what}" for change in changes}))
            yield found(
                RULE,
                f"{view.function.name}() changes {what} without a fresh login or the current "
                "password.",
                view.spot,
                audience="strict" if _is_step(view, changes, project) else None,
                related=[(first.scope.spot(first.node), "it is written here")],
            )


def _has_none_yet(view: View) -> bool:
    """Return whether a view sends away who has a password already: there is none to ask for."""
    return any(
        isinstance(statement, ast.If)
        and _HAS_ONE.match(ast.unparse(statement.test)) is not None
        and isinstance(statement.body[-1], ast.Return | ast.Raise)
        for statement in view.function.body
    )


def _is_step(view: View, changes: list[Change], project: Project) -> bool:
    """Return whether a second factor is set on the way into the account."""
    kinds = {change.what for change in changes}
    return kinds == {"second factor"} and not is_protected(view, project)


def _logs_in(view: View, project: Project) -> bool:
    """Return whether `view` is for somebody who is not logged in yet, and logs in."""
    if any("login_required" in (decorator.name or "") for decorator in view.decorators):
        return False
    return any(
        project.names.called(call, scope) in SIGN_IN
        for call, scope in project.reach.calls(view.function)
    ) and not _comes_from_inside(view, project)


def _comes_from_inside(view: View, project: Project) -> bool:
    """Return whether a view for who is logged in puts into the session what `view` goes by."""
    keys = {key for _, key in _KEYS.findall(text_of(view.function))}
    return bool(keys) and any(
        key in keys
        for other in project.views
        if any("login_required" in (decorator.name or "") for decorator in other.decorators)
        for key in _PUTS.findall(text_of(other.function))
    )


def _is_fresh(view: View, project: Project) -> bool:
    """Return whether a decorator, a hook or the view itself asks for a fresh login."""
    for decorator in view.decorators:
        if decorator.is_route:
            continue
        if _FRESH.search(decorator.name or ast.unparse(decorator.node)):
            return True
        function = project.names.scope_of(decorator.name)
        if function is not None and any(
            _FRESH.search(_last(call.func))
            for scope in project.reach.of(function)
            for call in scope.calls
        ):
            return True
    names = [
        _last(node)
        for scope in project.reach.of(view.function)
        for node in (
            *(call.func for call in scope.calls),
            *(part for test in scope.comparisons for part in (test.left, *test.comparators)),
        )
    ]
    return any(_FRESH.search(name) for name in names) or any(
        _FRESH.search(text) for text in _session_reads(view, project)
    )


def _session_reads(view: View, project: Project) -> Iterator[str]:
    for scope in project.reach.of(view.function):
        for call in scope.calls:
            if (
                call.args
                and isinstance(call.args[0], ast.Constant)
                and "session" in (ast.unparse(call.func))
            ):
                yield str(call.args[0].value)


def _asks(view: View, changes: list[Change], project: Project) -> bool:
    """Return whether the current password, or a code, is asked for on the way."""
    if _form_is_unknown(view, changes, project) or _form_asks(changes, project):
        return True
    for scope in project.reach.of(view.function):
        for check in password_checks(scope, project.names):
            if not _compares_typed(check.node):
                return True
        for call in scope.calls:
            name = _last(call.func)
            if _CHECKS.search(name) and not _JUDGES.search(name):
                return True
            if _CODE.match(name) and any(change.what == "second factor" for change in changes):
                return True
            given = [_told(arg) for arg in (*call.args, *(k.value for k in call.keywords))]
            if any(map(_NEW.match, given)) and any(map(_PLAIN.match, given)):
                return True  # ``change(user, password, new_password)``
            for arg in (*call.args, *(keyword.value for keyword in call.keywords)):
                if _CURRENT.search(_told(arg)):
                    return True
    return False


def _form_is_unknown(view: View, changes: list[Change], project: Project) -> bool:
    """Return whether a form that we cannot find has a field for the new password.

    One that is called new has a current one beside it, which the form asks for.
    """
    scope = changes[0].scope
    for call in scope.calls:
        func = call.func
        if isinstance(func, ast.Attribute) and func.attr in ("validate", "validate_on_submit"):
            made_by = project.names.type_of(func.value, scope)
            known = project.names.scope_of(made_by)
            if known is None or known.kind != "class":
                return re.search(r"\.new_?pass", ast.unparse(scope.node)) is not None
    return False


def _form_asks(changes: list[Change], project: Project) -> bool:
    """Return whether the form has a field for the current password, and judges it itself."""
    scope = changes[0].scope
    for call in scope.calls:
        func = call.func
        if not isinstance(func, ast.Attribute) or not func.attr.startswith("validate"):
            continue
        form = project.names.scope_of(project.names.type_of(func.value, scope))
        if form is None or form.kind != "class":
            continue
        fields = [name for name in form.bindings if _CURRENT.search(name) or _OLD.search(name)]
        judges = [child for child in form.children if child.name.startswith("validate")]
        if any(field in ast.unparse(child.node) for child in judges for field in fields):
            return True
        if any(
            _is_checked(value.value, form, project) for f in fields for value in form.bindings[f]
        ):
            return True
    return False


def _is_checked(field: ast.expr | None, form: Scope, project: Project) -> bool:
    """Return whether a validator of the project checks what is typed into a field of a form."""
    for part in ast.walk(field) if field is not None else ():
        if not isinstance(part, ast.Call) or part is field:
            continue
        validator = project.names.scope_of(project.names.called(part, form))
        if validator is not None and any(
            _CHECKS.search(_last(call.func))
            for scope in (validator, *validator.children)
            for call in scope.calls
        ):
            return True
    return False


def _compares_typed(node: ast.AST) -> bool:
    """Return whether two fields of one form are compared: the password and its repetition."""
    if not isinstance(node, ast.Compare):
        return False
    sides = [_told(node.left), _told(node.comparators[0])]
    return all(
        is_password_name(side) or "confirm" in side or "repeat" in side for side in sides
    ) and (
        not any(_CURRENT.search(side) for side in sides)
        and not any(
            "current_user" in ast.unparse(part) or "user." in ast.unparse(part)
            for part in (node.left, node.comparators[0])
        )
    )


def _told(node: ast.expr) -> str:
    """Return the telling word of an argument: a name, a field of a form, a literal key."""
    if isinstance(node, ast.Constant):
        return str(node.value) if isinstance(node.value, str) else ""
    if isinstance(node, ast.Subscript):
        return _told(node.slice)
    if isinstance(node, ast.Attribute):
        return _told(node.value) if node.attr == "data" else node.attr
    if isinstance(node, ast.Call):
        return _told(node.args[0]) if node.args else ""
    return node.id if isinstance(node, ast.Name) else ""


def _last(node: ast.expr) -> str:
    return node.attr if isinstance(node, ast.Attribute) else getattr(node, "id", "")
