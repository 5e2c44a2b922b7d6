"""Views in which somebody changes what an account is entered with: password, e-mail, second factor.

A change is told by what is written (``user.password_hash = ...``, ``user.set_password(...)``), and
whose account it is by where the user comes from. New accounts and those that an administrator
edits are left out.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from typing import TYPE_CHECKING, Literal

from checks.facts.lines import text_of
from checks.facts.python import Scope, last_name
from checks.lazy import lazy
from checks.project.account_writes import What, Write, account_writes, held
from checks.project.first_passwords import sets_first
from checks.project.logins import is_current_user
from checks.project.routes import View
from checks.project.words import is_foreign_password_name
from checks.records import NamedTuple

if TYPE_CHECKING:
    from checks.project import Project

Whose = Literal["own", "token"]

_ELSEWHERE = lazy(r"saml|oauth|oidc|authori[sz]ed|callback|sso|ldap|log_?in|sign_?in", re.I)
_EDITORS = lazy(r"admin|manage|moderat|staff|superuser|invite|import|role|permission", re.I)
_MAKES = lazy(r"register|sign_?up|create|new_user|add_user|invite|setup|install|init", re.I)
_MAILED = lazy(r"\b(?:password_)?(?:reset|recover\w*|forgot\w*)_\w+", re.I)
_ASKED_FOR = lazy(r"request\.(?:args|form|values|json)\[[\"'](?:\w+_)?(?:token|code)[\"']\]")
_RESETS = lazy(r"reset|restore|forgot|recover|lost|token", re.I)
# Somebody who is not logged in yet.
_NOT_YET = lazy(r"reset|recover|forgot|token|pending|verif|2fa|mfa", re.I)
# A link that was mailed, and is opened by somebody who is not logged in.
_LINK = lazy(r"request\.args(?:\[|\.get\()[\"'](?:\w+_)?token[\"']")
# Only whose account it is knows the password that it had.
_ASKS_OLD = lazy(
    r"[\"'](?:current|old|existing|previous)_?(?:password|passwd|pwd|pass|pw)?[\"']|"
    r"\b(?:form|data|args|json|body)\.(?:current|old|existing|previous)_?pass",
    re.I,
)
_NOTES = lazy(r"_by(_id)?$|^by$|^(actor|editor|author|operator)(_id)?$", re.I)
_WHO = lazy(r"^(for_)?(user|account|member)?_?(name|id|pk|mail|email|login)?$", re.I)
_PICKS = lazy(r"request\.(?:form|args|values|json)(?:\.get\(|\[)[\"'](?:\w+_)?(?:pk|id)[\"']")
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


def find_changes(project: Project) -> tuple[Change, ...]:
    """Return the changes that views make, the first of each kind for each view, in order."""
    writes: dict[Scope, list[Write]] = {}
    changes: list[Change] = []
    for view in project.views:
        if view.module.source.context != "tests" and view.methods - {"GET"}:
            for scope in project.reach.of(view.function):
                if scope not in writes:
                    writes[scope] = list(account_writes(scope, project))
            changes += _of_view(view, writes, project)
    return tuple(changes)


def _of_view(view: View, writes: dict[Scope, list[Write]], project: Project) -> Iterator[Change]:
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


def _whose(write: Write, view: View, project: Project) -> Whose | None:
    """Return whose account is changed, or None for a new one or somebody else's."""
    owner, scope = write.owner, write.scope
    words = _words(view)
    if _MAKES.search(view.function.name) or _ELSEWHERE.search(words):
        return None
    if is_foreign_password_name(last_name(owner)):
        return None  # ``server.password = ...`` is what the app enters another service with
    arguments = [arg.arg for arg in view.function.parameters() if arg.arg not in ("self", "cls")]
    by_token = any(_TOKEN.search(name) for name in arguments) or _unpacks_token(view)
    needs_login = any("login_required" in (d.name or "") for d in view.decorators)
    by_link = _LINK.search(text_of(view.function)) is not None and not needs_login
    if not by_link and _is_own(owner, scope, project):
        return None if by_token and write.what == "e-mail address" else "own"
    belongings = isinstance(owner, ast.Attribute) and _is_asked(owner, scope, project)
    if belongings or _makes_new(owner, scope, project):
        return None
    if write.what == "password" and _told_who(write, view, project):
        return "own"
    resets = _RESETS.search(words) or (by_token and _is_found_by_reset(owner, scope, project))
    if not needs_login and resets and (by_token or "pass" in words.lower()):
        by_others = not by_token and bool(arguments) and bool(project.guards.of(view))
        return "token" if write.what == "password" and not by_others else None
    if write.what == "password" and not by_token and _ASKS_OLD.search(text_of(view.function)):
        return "own"
    if _EDITORS.search(words) or arguments or by_token or _is_picked(owner, scope, project):
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
    # An address is also a customer's, a supplier's, or a mailer's: who is logged in must be named.
    here = write.what != "e-mail address" and scope is view.function and (needs_login or by_session)
    return "own" if (given or here) and _OWN.search(words) else None


def _told_who(write: Write, view: View, project: Project) -> bool:
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
    if isinstance(owner, ast.Call) and last_name(owner.func) != "_get_current_object":
        # An update, with its condition: ``users.update_one({"_id": current_user.id}, ...)``
        changed = owner.func.value if isinstance(owner.func, ast.Attribute) else None
        alone = isinstance(changed, ast.Name) and not owner.args
        if alone and changed is not None and _is_own(changed, scope, project):
            return True  # ``user.update(email=new)``
        asked = [owner, *(held(arg, scope) for arg in owner.args)]
        inside = (held(v, scope) for a in asked if isinstance(a, ast.Dict) for v in a.values if v)
        return any(_is_asked(part, scope, project) for part in (*asked, *inside))
    if isinstance(owner, ast.Subscript):
        return _is_asked(owner, scope, project)
    if isinstance(owner, ast.Name):
        return is_current_user(owner, scope, project.names) or any(
            "session" in ast.unparse(value) and _is_asked(value, scope, project)
            for binding in project.names.bindings(owner.id, scope)
            if binding.kind == "value" and binding.value is not None
            for value in (binding.value, *_named(binding.value, scope))
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


def _named(node: ast.expr, scope: Scope) -> Iterator[ast.expr]:
    """Yield what the names in `node` are bound to, once each: ``filter(User.id == user_id)``."""
    for part in ast.walk(node):
        bound = scope.bindings.get(part.id, ()) if isinstance(part, ast.Name) else ()
        value = bound[0].value if len(bound) == 1 and bound[0].kind == "value" else None
        if value is not None and not _NOT_YET.search(ast.unparse(value)):
            yield value


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
            if last_name(part) == "current_user":
                return True
            if isinstance(part, ast.Name) and (
                project.names.qualified(part, scope) == "flask.session"
            ):
                return True
    return False


def _is_picked(owner: ast.expr, scope: Scope, project: Project) -> bool:
    """Return whether the client says by a number whose it is: ``get(int(request.form["pk"]))``."""
    return isinstance(owner, ast.Name) and any(
        binding.kind == "value"
        and isinstance(binding.value, ast.Call)
        and _PICKS.search(ast.unparse(binding.value))
        for binding in project.names.bindings(owner.id, scope)
    )


def _is_found_by_reset(owner: ast.expr, scope: Scope, project: Project) -> bool:
    """Return whether the user is looked up by what a mail holds: ``filter_by(reset_code=code)``."""
    return isinstance(owner, ast.Name) and any(
        isinstance(binding.value, ast.Call) and _MAILED.search(ast.unparse(binding.value))
        for binding in project.names.bindings(owner.id, scope)
        if binding.kind == "value"
    )


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
    ) or bool(_ASKED_FOR.search(text_of(view.function)))
