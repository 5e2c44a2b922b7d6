"""What a function writes that accounts are entered with: passwords, addresses, second factors."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from typing import TYPE_CHECKING, Literal

from checks.facts.python import Scope, last_name
from checks.lazy import lazy
from checks.project.words import is_foreign_password_name, is_password_name
from checks.records import NamedTuple

if TYPE_CHECKING:
    from checks.project import Project

What = Literal["password", "e-mail address", "second factor"]

_SETS_PASSWORD = lazy(
    r"^_*(set|change|update|reset|modify|replace|save)_*(the_|user_?s?_?|new_|my_|own_)?"
    r"(password|passwd|pass|pwd|pw)(_hash|_for_user|_with_token|_by_token)?$|"
    r"^(set|change|update|reset)(User)?Password$"
)
_SETS_EMAIL = lazy(r"^_*(set|change|update)_*(user_|new_)?e?_?mail(_address)?$")
_FACTOR = lazy(r"(^|_)(otp|totp|mfa|2fa|tfa|two_?factor|second_factor)(_|$)")
_FACTOR_NOTES = lazy(r"last|used|attempt|fail|counter|count|time|sent|token|code|verified")
_CHANGES_USER = lazy(r"^_*(change|update|edit|save)_(the_|my_|own_)?(user|account|profile|me)\w*$")
# ``UPDATE mail_settings SET email`` changes nobody's account.
_NO_PEOPLE = lazy(r"mail|smtp|setting|config|option|campaign|newsletter", re.IGNORECASE)
_SQL = lazy(r"\bUPDATE\s+(?P<table>[\w.\"`\[\]]+)\s+SET\s+(?P<set>.*?)(\bWHERE\b|$)", re.S)
_SET = lazy(r"(\w+)[\"`\]]?\s*=")


class Write(NamedTuple):
    """One place where a function writes such a thing."""

    what: What
    owner: ast.expr
    """The account that it is written to, or the call that is told whose it is."""
    scope: Scope
    node: ast.AST


def account_writes(scope: Scope, project: Project) -> Iterator[Write]:
    """Yield what `scope` writes into accounts, each place once for each kind of thing."""
    for assignment in scope.assignments:
        target = assignment.target
        name = _written(target)
        if name and isinstance(target, ast.Attribute | ast.Subscript) and not assignment.augmented:
            what = _what(name)
            # A literal hides a password from who sees the record, or takes it away.
            hides = what == "password" and isinstance(assignment.value, ast.Constant)
            if what is not None and not hides and not _is_self(target.value):
                yield Write(what, target.value, scope, assignment.node)
    for call in scope.calls:
        func = call.func
        for what in _in_data(call, scope):
            yield Write(what, call, scope, call)
        if isinstance(func, ast.Attribute):
            if func.attr == "hash_password":
                if isinstance(scope.module.parent(call), ast.Expr) and len(call.args) == 1:
                    yield Write("password", func.value, scope, call)
            elif last_name(func.value) == "keyring":
                continue  # the key ring of the operating system
            elif _SETS_PASSWORD.match(func.attr) and call.args + call.keywords:
                yield Write("password", _owner(func, call), scope, call)
            elif _SETS_EMAIL.match(func.attr) and call.args:
                yield Write("e-mail address", _owner(func, call), scope, call)
            elif func.attr == "populate_obj" and call.args:
                for what in _fields(func.value, scope, project):
                    yield Write(what, call.args[0], scope, call)
        elif isinstance(func, ast.Name) and _SETS_PASSWORD.match(func.id) and len(call.args) > 1:
            yield Write("password", call.args[0], scope, call)
        elif isinstance(func, ast.Name) and func.id == "setattr" and len(call.args) == 3:
            given = call.args[1]
            what = _what(given.value) if isinstance(given, ast.Constant) else None
            if what is not None:
                yield Write(what, call.args[0], scope, call)


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
                if match is not None and not _NO_PEOPLE.search(match["table"]):
                    words += _SET.findall(match["set"])
    elif name in ("update", "update_one", "find_one_and_update", "values"):
        owner = ast.unparse(call.func)
        if name != "update" or re.search(r"query|user|account|session\.|db\.", owner, re.I):
            words += [key for arg in call.args for key in _keys(held(arg, scope))]
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


def held(node: ast.expr, scope: Scope) -> ast.expr:
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
