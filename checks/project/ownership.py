"""Look-ups by an id of the address that nothing ties to the current user."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from typing import TYPE_CHECKING

from checks.facts.lines import own_text
from checks.facts.python import Scope, last_name
from checks.lazy import lazy
from checks.project.effects import changed_by
from checks.project.lookups import model_of, owner_column
from checks.project.routes import View
from checks.records import NamedTuple

if TYPE_CHECKING:
    from checks.project import Project

_GETTERS = frozenset(
    ["get", "get_or_404", "get_or_none", "get_by_id", "filter_by", "filter", "filter_by_id",
     "find_by_id", "where", "get_or_abort", "one_or_404", "objects", "first_or_404", "by_id"]
)  # fmt: skip
_ROLES = lazy(
    r"admin|role|permission|staff|moderat|manager|superuser|owner|access|privileg|allowed|can_|"
    r"requires?$|operator|editor|scope|member|team|policy|acl",
    re.IGNORECASE,
)
# What users do to the objects of others: that is what these views are for.
_FOR_OTHERS = lazy(
    r"report|flag|like|vote|follow|comment|collect|rate|rating|bookmark|favou?rite|subscri|join|"
    r"reply|share|star|mention|message|invite|block|mute|review|answer|buy|order|book|claim",
    re.IGNORECASE,
)
# Plain words first: looking for one takes a thirtieth of the time of a pattern.
_ASKING_WORDS = (
    "current_user", "permission", "owner", "get_jwt", "identity", "has_role", "has_access",
    "allowed", "authoris", "authoriz", "is_admin", "require", "abort(403", "Forbidden",
    "logged_in",
)  # fmt: skip
_ASKS_WHOSE = lazy(
    r"\bg\.\w|(?<!\.)\bsession(\[|\.get\()|\bcan_?\w*\(|check_\w+\(|verify_\w+\(|\bby_user\b|"
    r"user\.id\b"
)


class Lookup(NamedTuple):
    """A row that is loaded by an id alone."""

    view: View
    node: ast.Call
    scope: Scope
    model: Scope
    owner: str
    """The column that says whose it is; ``""`` for the user model itself."""


def unscoped(project: Project) -> Iterator[Lookup]:
    """Yield the first such look-up of each view that changes what it loads."""
    asking: dict[Scope, bool] = {}  # helpers that many views call are read once

    def asks_whose(scope: Scope) -> bool:
        if scope not in asking:
            asking[scope] = _asks_whose(scope)
        return asking[scope]

    for view in project.views:
        if view.module.source.context == "tests" or not _by_login_only(view, project):
            continue
        ids = _ids(view)
        if _FOR_OTHERS.match(re.sub(r"^un|^dis", "", view.function.name)):
            continue
        if not ids or any(asks_whose(scope) for scope in project.reach.of(view.function)[:12]):
            continue
        lookup = _lookup(view, ids, project)
        if lookup is not None and changed_by(view.function, project.reach) is not None:
            yield lookup


def _by_login_only(view: View, project: Project) -> bool:
    """Return whether any user may open `view`, whatever the role."""
    guard = project.guards.of(view)
    if not guard or guard == "its own condition" or _ROLES.search(guard):
        return False
    words = [last_name(getattr(d.node, "func", d.node)) for d in view.decorators if not d.is_route]
    words += [*(rule or "" for rule in view.rules), view.router or "", view.module.name]
    return not any(_ROLES.search(word) for word in words)


def _ids(view: View) -> set[str]:
    """Return the parameters of the rules that name an object."""
    rules = " ".join(rule or "" for rule in view.rules)
    names = set(re.findall(r"<(?:[^<>:]+:)?(\w+)>", rules))
    given = {arg.arg for arg in view.function.parameters()}
    return {name for name in names & given if not re.search(r"token|key|secret|uuid|hash", name)}


def _asks_whose(scope: Scope) -> bool:
    text = own_text(scope)
    return any(word in text for word in _ASKING_WORDS) or bool(_ASKS_WHOSE.search(text))


def _lookup(view: View, ids: set[str], project: Project) -> Lookup | None:
    users = {model.scope for model in project.identity.models if _logs_in(model.scope, project)}
    for call in view.function.calls:
        if last_name(call.func) not in _GETTERS or not _uses(call, ids):
            continue
        model = _model(call, view.function, project)
        if model is None:
            continue
        owner = owner_column(model, project.names)
        if owner or model in users:
            return Lookup(view, call, view.function, model, "" if model in users else owner)
    return None


def _logs_in(model: Scope, project: Project) -> bool:
    return "flask_login.UserMixin" in project.names.bases(model.full_name)


def _uses(call: ast.Call, ids: set[str]) -> bool:
    """Return whether an id of the address is handed to `call`."""
    values = [*call.args, *(keyword.value for keyword in call.keywords)]
    return any(
        isinstance(node, ast.Name) and node.id in ids
        for value in values
        for node in ast.walk(value)
    )


def _model(call: ast.Call, scope: Scope, project: Project) -> Scope | None:
    """Return the model whose rows `call` looks through."""
    names = project.names
    node: ast.expr | None = call.func
    while node is not None:
        model = model_of(names.qualified(node, scope), names)
        if model is not None:
            return model
        if isinstance(node, ast.Call):  # db.session.query(Note), select(Note)
            for arg in node.args[:1]:
                model = model_of(names.qualified(arg, scope), names)
                if model is not None:
                    return model
            node = node.func
        elif isinstance(node, ast.Attribute):
            node = node.value
        else:
            node = None
    # db.session.get(Note, note_id)
    return model_of(names.qualified(call.args[0], scope), names) if call.args else None
