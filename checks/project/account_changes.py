"""Views in which somebody changes what an account is entered with: password, e-mail, second factor.

A change is told by what is written (``user.password_hash = ...``, ``user.set_password(...)``), and
whose account it is by where the user comes from. New accounts and those that an administrator
edits are left out.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from typing import TYPE_CHECKING, Literal, NamedTuple

from checks.facts.python import Scope
from checks.lazy import lazy
from checks.project.first_passwords import sets_first
from checks.project.logins import is_current_user
from checks.project.routes import View
from checks.project.words import is_foreign_password_name, is_password_name

if TYPE_CHECKING:
    from checks.project import Project

What = Literal["password", "e-mail address", "second factor"]
Whose = Literal["own", "token"]

_SETS_PASSWORD = lazy(
    r"^_*(set|change|update|reset|modify|replace|save)_*(the_|user_?s?_?|new_|my_|own_)?"
    r"(password|passwd|pass|pwd|pw)(_hash|_for_user|_with_token|_by_token)?$|"
    r"^(set|change|update|reset)(User)?Password$"
)
_SETS_EMAIL = lazy(r"^_*(set|change|update)_*(user_|new_)?e?_?mail(_address)?$")
_FACTOR = lazy(r"(^|_)(otp|totp|mfa|2fa|tfa|two_?factor|second_factor)(_|$)")
_FACTOR_NOTES = lazy(r"last|used|attempt|fail|counter|count|time|sent|token|code|verified")
_CHANGES_USER = lazy(r"^_*(change|update|edit|save)_(the_|my_|own_)?(user|account|profile|me)\w*$")
_SQL = lazy(r"\bUPDATE\s+[\w.\"`\[\]]+\s+SET\s+(?P<set>.*?)(\bWHERE\b|$)", re.S)
_SET = lazy(r"(\w+)[\"`\]]?\s*=")
_ELSEWHERE = lazy(r"saml|oauth|oidc|authori[sz]ed|callback|sso|ldap|log_?in|sign_?in", re.I)
_EDITORS = lazy(r"admin|manage|moderat|staff|superuser|invite|import|role|permission", re.I)
_MAKES = lazy(r"register|sign_?up|create|new_user|add_user|invite|setup|install|init", re.I)
_RESETS = lazy(r"reset|forgot|recover|lost|token", re.I)
_NOTES = lazy(r"_by(_id)?$|^by$|^(actor|editor|author|operator)(_id)?$", re.I)
_WHO = lazy(r"^(for_)?(user|account|member)?_?(name|id|pk|mail|email|login)?$", re.I)
_TOKEN = lazy(r"^(\w+_)?(token|code|key|hash|signature|payload)$|uuid", re.I)
_OWN = lazy(
    r"change|update|edit|profile|settings?|account|preferences|password|e?mail|my_|me$|mfa|otp|2fa",
    re.I,
)


class Change(NamedTuple):
    """One write to what an account is entered with."""

    view: View
    what: What
    whose: Whose
    """``own``: of whoever is logged in; ``token``: of whoever has a mailed token."""
    scope: Scope
    node: ast.AST


class _Write(NamedTuple):
    what: What
    owner: ast.expr
    scope: Scope
    node: ast.AST


def find_changes(project: Project) -> tuple[Change, ...]:
    """Return the changes that views make, the first of each kind for each view, in order."""
    writes: dict[Scope, list[_Write]] = {}
    changes: list[Change] = []
    for view in project.views:
        if view.module.source.context != "tests" and view.methods - {"GET"}:
            for scope in project.reach.of(view.function):
                if scope not in writes:
                    writes[scope] = list(_writes(scope, project))
            changes += _of_view(view, writes, project)
    return tuple(changes)


def _writes(scope: Scope, project: Project) -> Iterator[_Write]:
    for assignment in scope.assignments:
        target = assignment.target
        name = _written(target)
        if name and isinstance(target, ast.Attribute | ast.Subscript) and not assignment.augmented:
            what = _what(name)
            # A literal hides a password from who sees the record, or takes it away.
            hides = what == "password" and isinstance(assignment.value, ast.Constant)
            if what is not None and not hides and not _is_self(target.value):
                yield _Write(what, target.value, scope, assignment.node)
    for call in scope.calls:
        func = call.func
        for what in _in_data(call, scope):
            yield _Write(what, call, scope, call)
        if isinstance(func, ast.Attribute):
            if func.attr == "hash_password":
                if isinstance(scope.module.parent(call), ast.Expr) and len(call.args) == 1:
                    yield _Write("password", func.value, scope, call)
            elif _last(func.value) == "keyring":
                continue  # the key ring of the operating system
            elif _SETS_PASSWORD.match(func.attr) and call.args + call.keywords:
                yield _Write("password", _owner(func, call), scope, call)
            elif _SETS_EMAIL.match(func.attr) and call.args:
                yield _Write("e-mail address", _owner(func, call), scope, call)
            elif func.attr == "populate_obj" and call.args:
                for what in _fields(func.value, scope, project):
                    yield _Write(what, call.args[0], scope, call)
        elif isinstance(func, ast.Name) and _SETS_PASSWORD.match(func.id) and len(call.args) > 1:
            yield _Write("password", call.args[0], scope, call)
        elif isinstance(func, ast.Name) and func.id == "setattr" and len(call.args) == 3:
            given = call.args[1]
            what = _what(given.value) if isinstance(given, ast.Constant) else None
            if what is not None:
                yield _Write(what, call.args[0], scope, call)


def _written(target: ast.expr) -> str:
    """Return ``b`` of ``a.b`` and, for a stored user, of ``users[name]["b"]``."""
    if isinstance(target, ast.Attribute):
        return target.attr
    if isinstance(target, ast.Subscript) and isinstance(target.slice, ast.Constant):
        owner = ast.unparse(target.value)
        stored = re.search(r"user|account|member", owner, re.I) and "session" not in owner[:8]
        return str(target.slice.value) if stored else ""
    return ""


def _in_data(call: ast.Call, scope: Scope) -> Iterator[What]:
    """Yield what SQL, an update of documents, or a helper's keywords change."""
    name = call.func.attr if isinstance(call.func, ast.Attribute) else getattr(call.func, "id", "")
    words: list[str] = []
    if name.startswith("execute") and call.args:
        for part in ast.walk(call.args[0]):
            if isinstance(part, ast.Constant) and isinstance(part.value, str):
                match = _SQL.search(part.value)
                words += _SET.findall(match["set"]) if match else ()
    elif name in ("update", "update_one", "find_one_and_update", "values"):
        owner = ast.unparse(call.func)
        if name != "update" or re.search(r"query|user|account|session\.|db\.", owner, re.I):
            words += [key for arg in call.args for key in _keys(_held(arg, scope))]
            words += [
                keyword.arg or ""
                for keyword in call.keywords
                if not _writes_back(keyword.arg, keyword.value)
            ]
        if name == "values" and not owner.lower().startswith(("update", "db.update", "sa.update")):
            words = []
    elif _CHANGES_USER.match(name):
        words += [keyword.arg or "" for keyword in call.keywords]
    seen: set[What] = set()
    for word in words:
        what = _what(word)
        if what is not None and what not in seen:
            seen.add(what)
            yield what


def _held(node: ast.expr, scope: Scope) -> ast.expr:
    """Return what a variable of the function is bound to, if it is bound once."""
    bound = scope.bindings.get(node.id, []) if isinstance(node, ast.Name) else []
    value = bound[0].value if len(bound) == 1 and bound[0].kind == "value" else None
    return value if value is not None else node


def _keys(node: ast.expr) -> Iterator[str]:
    """Yield the keys of a literal dictionary, those of ``{"$set": {...}}`` within."""
    if isinstance(node, ast.Dict):
        for key, value in zip(node.keys, node.values, strict=True):
            if isinstance(key, ast.Constant) and str(key.value).startswith("$"):
                yield from _keys(value)
            elif isinstance(key, ast.Constant):
                if not _writes_back(key.value, value):
                    yield str(key.value)
            elif isinstance(key, ast.Attribute):
                yield key.attr


def _writes_back(key: object, value: ast.expr) -> bool:
    """Return whether a record writes back what it has: ``{"password": self.password}``."""
    return (
        isinstance(value, ast.Attribute)
        and isinstance(value.value, ast.Name)
        and value.value.id == "self"
        and value.attr.strip("_") == key
    )


def _owner(func: ast.Attribute, call: ast.Call) -> ast.expr:
    """Return whose password ``x.set_password(...)`` sets: ``service.set_password(user, new)``."""
    if len(call.args) > 1 and isinstance(call.args[0], ast.Name | ast.Attribute):
        return call.args[0]
    return func.value


def _is_self(node: ast.expr) -> bool:
    return isinstance(node, ast.Name) and node.id in ("self", "cls", "form")


def _what(name: object) -> What | None:
    if not isinstance(name, str):
        return None
    word = name.lower().strip("_")
    if is_password_name(word) and not is_foreign_password_name(word):
        return "password"
    if word in ("email", "e_mail", "mail", "email_address"):
        return "e-mail address"
    if _FACTOR.search(word) and not _FACTOR_NOTES.search(word):
        return "second factor"
    return None


def _fields(form: ast.expr, scope: Scope, project: Project) -> Iterator[What]:
    """Yield what the fields of a form change that ``populate_obj`` writes to the user."""
    seen: set[What] = set()
    for base in project.names.bases(project.names.type_of(form, scope)):
        cls = project.names.scope_of(base)
        for name in cls.bindings if cls is not None and cls.kind == "class" else ():
            what = _what(name)
            if what is not None and what not in seen:
                seen.add(what)
                yield what


def _of_view(view: View, writes: dict[Scope, list[_Write]], project: Project) -> Iterator[Change]:
    seen: set[What] = set()
    for scope in project.reach.of(view.function):
        for write in writes.get(scope, ()):
            if write.what in seen:
                continue
            whose = _whose(write, view, project)
            if whose is not None and not (write.what == "password" and sets_first(view, project)):
                seen.add(write.what)
                yield Change(view, write.what, whose, write.scope, write.node)


def _words(view: View) -> str:
    cls = view.cls.name if view.cls is not None else ""
    return " ".join([view.function.name, view.endpoint, cls, *(rule or "" for rule in view.rules)])


def _whose(write: _Write, view: View, project: Project) -> Whose | None:
    """Return whose account is changed, or None for a new one or somebody else's."""
    owner, scope = write.owner, write.scope
    words = _words(view)
    if _MAKES.search(view.function.name) or _ELSEWHERE.search(words):
        return None
    if is_foreign_password_name(_last(owner)):
        return None  # ``server.password = ...`` is what the app enters another service with
    arguments = [arg.arg for arg in view.function.parameters() if arg.arg not in ("self", "cls")]
    by_token = any(_TOKEN.search(name) for name in arguments) or _unpacks_token(view)
    if _is_own(owner, scope, project):
        return None if by_token and write.what == "e-mail address" else "own"
    belongings = isinstance(owner, ast.Attribute) and _is_asked(owner, scope, project)
    if belongings or _makes_new(owner, scope, project):
        return None
    if write.what == "password" and _told_who(write, view, project):
        return "own"
    needs_login = any("login_required" in (d.name or "") for d in view.decorators)
    if not needs_login and _RESETS.search(words) and (by_token or "pass" in words.lower()):
        by_others = not by_token and bool(arguments) and bool(project.guards.of(view))
        return "token" if write.what == "password" and not by_others else None
    if _EDITORS.search(words) or arguments or by_token:
        return None
    given = scope is not view.function and any(
        is_current_user(arg, view.function, project.names)
        for call in view.function.calls
        for arg in call.args
    )
    by_session = any(
        isinstance(call.func, ast.Attribute)
        and project.names.qualified(call.func.value, view.function) == "flask.session"
        for call in view.function.calls
    )
    here = scope is view.function and (needs_login or by_session)
    return "own" if (given or here) and _OWN.search(words) else None


def _told_who(write: _Write, view: View, project: Project) -> bool:
    """Return whether a helper is told whose it is: ``change_password(username=user.name)``."""
    return write.scope is not view.function and any(
        _WHO.match(keyword.arg or "")
        and is_current_user(keyword.value, view.function, project.names)
        and project.names.callee(call, view.function) is write.scope
        for call in view.function.calls
        for keyword in call.keywords
    )


def _is_own(owner: ast.expr, scope: Scope, project: Project) -> bool:
    """Return whether the user is who is logged in, or was looked up by what the session holds."""
    if isinstance(owner, ast.Call) and _last(owner.func) != "_get_current_object":
        # An update, with its condition: ``users.update_one({"_id": current_user.id}, ...)``
        asked = [owner, *(_held(arg, scope) for arg in owner.args)]
        inside = (_held(v, scope) for a in asked if isinstance(a, ast.Dict) for v in a.values if v)
        return any(_is_asked(part, scope, project) for part in (*asked, *inside))
    if isinstance(owner, ast.Subscript):
        return _is_asked(owner, scope, project)
    if isinstance(owner, ast.Name):
        return is_current_user(owner, scope, project.names) or any(
            "session" in ast.unparse(binding.value) and _is_asked(binding.value, scope, project)
            for binding in project.names.bindings(owner.id, scope)
            if binding.kind == "value" and binding.value is not None
        )
    while isinstance(owner, ast.Call | ast.Attribute):
        if isinstance(owner, ast.Attribute):
            if owner.attr == "current_user":
                return True
            if owner.attr not in ("_get_current_object", "user"):
                return False  # something that belongs to the user
            owner = owner.value
        else:
            owner = owner.func
    return is_current_user(owner, scope, project.names)


def _is_asked(node: ast.expr, scope: Scope, project: Project) -> bool:
    """Return whether the session, or who is logged in, stands in `node`.

    Not where a call only notes who did it: ``user.update(email=new, updated_by=current_user.id)``.
    """
    notes = [
        keyword.value
        for keyword in (node.keywords if isinstance(node, ast.Call) else ())
        if _NOTES.search(keyword.arg or "")
    ]
    noted = {part for value in notes for part in ast.walk(value)}
    for part in ast.walk(node):
        if part in noted:
            continue
        if isinstance(part, ast.Name | ast.Attribute):
            if _last(part) == "current_user":
                return True
            if isinstance(part, ast.Name) and (
                project.names.qualified(part, scope) == "flask.session"
            ):
                return True
    return False


def _last(node: ast.expr) -> str:
    return node.attr if isinstance(node, ast.Attribute) else getattr(node, "id", "")


def _makes_new(owner: ast.expr, scope: Scope, project: Project) -> bool:
    """Return whether the user is a new object: ``user = User(...)``."""
    if not isinstance(owner, ast.Name):
        return False
    for binding in project.names.bindings(owner.id, scope):
        if binding.kind != "value" or not isinstance(binding.value, ast.Call):
            continue
        func = binding.value.func
        made = project.names.scope_of(project.names.qualified(func, scope))
        last = func.attr if isinstance(func, ast.Attribute) else getattr(func, "id", "")
        if (made is not None and made.kind == "class") or re.match(
            r"^(create|new|make|add|register|build)_?|^[A-Z][a-z]", last
        ):
            return True
    return False


def _unpacks_token(view: View) -> bool:
    """Return whether the view asks for a token that was mailed."""
    return any(
        isinstance(arg, ast.Constant) and _TOKEN.search(str(arg.value))
        for call in view.function.calls
        for arg in call.args[:1]
    )
