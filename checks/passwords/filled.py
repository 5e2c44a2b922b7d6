"""Accounts that are filled in one go: ``setattr``, ``form.populate_obj`` and ``User(**data)``."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from typing import TYPE_CHECKING

from checks.facts.python import Assignment, Scope
from checks.passwords.accounts import hashes
from checks.passwords.documents import Kept
from checks.passwords.shapes import constant, last_name
from checks.project.origins import Origin
from checks.project.words import is_plain_password_name

if TYPE_CHECKING:
    from checks.passwords.stores import Stores


def assigned(call: ast.Call) -> Assignment | None:
    """Return ``user.password = value`` for ``setattr(user, "password", value)``, or None."""
    if not isinstance(call.func, ast.Name) or call.func.id != "setattr" or len(call.args) != 3:
        return None
    owner, name, value = call.args
    text = constant(name)
    if not isinstance(text, str):
        return None
    target = ast.copy_location(ast.Attribute(owner, text, ast.Store()), call)
    return Assignment(target, value, call)  # type: ignore[arg-type]  # only its place is asked


def filled(stores: Stores) -> Iterator[tuple[Scope, Kept]]:
    """Yield the passwords that are copied into an account with all other fields.

    The functions that do so need not say password anywhere.
    """
    project = stores.study.project
    models = {model.scope.name for model in project.identity.models if model.password_attributes}
    for module in project.modules:
        if module.source.context == "tests" or not models:
            continue
        for call, scope in module.calls("populate_obj", "setattr", *sorted(models)):
            for kept in _filled(call, scope, stores):
                yield scope, kept


def _filled(call: ast.Call, scope: Scope, stores: Stores) -> Iterator[Kept]:
    name = last_name(call.func)
    if name == "populate_obj" and call.args and isinstance(call.func, ast.Attribute):
        yield from _populated(call, call.func.value, scope, stores)
    elif name == "setattr":
        if len(call.args) == 3 and not isinstance(call.args[1], ast.Constant):
            cls = stores.accounts.class_of(call.args[0], scope)
            yield from _everything(call, cls, call.args[2], scope, stores)
    else:
        for keyword in call.keywords:
            if keyword.arg is None and (cls := stores.stores_keywords(call, scope)):
                yield from _everything(call, cls, keyword.value, scope, stores)


def _populated(call: ast.Call, form: ast.expr, scope: Scope, stores: Stores) -> Iterator[Kept]:
    target = call.args[0]
    cls = stores.accounts.class_of(target, scope)
    if cls is None:
        return
    flow = stores.study.project.flow(scope)
    for name in password_fields(form, scope, stores):
        attribute = ast.copy_location(ast.Attribute(target, name, ast.Store()), call)
        if (
            stores.is_kept(name, cls, "account", scope)
            and not stores.accounts.transforms(cls, name, scope)
            and not stores.hashed_later(attribute, call, scope, flow)
        ):
            what = f"populate_obj stores the typed password in {name} without a hash."
            yield Kept(call, what, [Origin("password", name, scope.spot(call))], name)


def password_fields(form: ast.expr, scope: Scope, stores: Stores) -> list[str]:
    """Return the password fields of the form class that made `form`, if nothing hashes them."""
    made_by = stores.names.type_of(form, scope)
    found = []
    for base in stores.names.bases(made_by):
        cls = stores.names.scope_of(base)
        if cls is None or cls.kind != "class" or any(hashes(c, stores.study) for c in cls.children):
            continue
        for assignment in cls.assignments:
            value = assignment.value
            if (
                isinstance(assignment.target, ast.Name)
                and isinstance(value, ast.Call)
                and last_name(value.func) == "PasswordField"
                and not any(keyword.arg == "filters" for keyword in value.keywords)
            ):
                found.append(assignment.target.id)
    return found


def _everything(
    call: ast.Call, cls: str | None, value: ast.expr, scope: Scope, stores: Stores
) -> Iterator[Kept]:
    """All that was sent, names included, goes into the account."""
    if cls is None or hashes(scope, stores.study):
        return
    flow = stores.study.project.flow(scope)
    sent = [o for o in flow.at(value) if o.kind == "request" and not o.key]
    model = stores.study.project.identity.model(cls)
    if not sent or model is None:
        return
    known = stores.study.hashed_attributes(scope)
    for column in model.columns:
        name = column.name
        if (
            is_plain_password_name(name)
            and name not in known
            and not stores.accounts.transforms(cls, name, scope)
        ):
            what = f"All that was sent goes into the account, {name} without a hash."
            yield Kept(call, what, [Origin("password", name, sent[0].spot)], name)
