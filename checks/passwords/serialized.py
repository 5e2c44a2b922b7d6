"""Accounts that a serializer turns into answers with their password: all columns, or named ones."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from itertools import islice

from checks.facts.python import Module, Scope
from checks.lazy import lazy
from checks.passwords.accounts import Accounts
from checks.passwords.columns import is_stored
from checks.passwords.shapes import last_name
from checks.passwords.study import Study, Use

_MIXIN = "sqlalchemy_serializer.SerializerMixin"
_RULES = ("serialize_rules", "serialize_only")
_SCHEMAS = ("SQLAlchemyAutoSchema", "ModelSchema", "AutoSchema")
_CHOOSES = ("fields", "exclude", "load_only")
_INWARD = lazy(r"form|input|load|create|regist|login|sign|request", re.IGNORECASE)


def find(study: Study) -> Iterator[Use]:
    """Yield each place that serializes an account with its password."""
    accounts = Accounts(study)
    for module in study.project.modules:
        if module.source.context != "tests":
            calls = module.calls("to_dict")
            uses = (use for call, at in calls for use in _to_dict(call, at, accounts, study))
            yield from islice(uses, 1)  # the same in each view of a file
            yield from _schemas(module, accounts, study)


def _to_dict(call: ast.Call, scope: Scope, accounts: Accounts, study: Study) -> Iterator[Use]:
    """SQLAlchemy-serializer: ``user.to_dict(only=(...))``, and all columns without a choice."""
    given = {keyword.arg: keyword.value for keyword in call.keywords}
    only = study.project.evaluate(given["only"], scope).value if "only" in given else None
    if isinstance(only, tuple):
        shown = next((name for name in only if isinstance(name, str) and _says_stored(name)), None)
        if shown is not None:
            yield Use(scope, call, "The stored password of an account is in the answer.")
        return
    if given or call.args or not isinstance(call.func, ast.Attribute):
        return
    cls = accounts.class_of(call.func.value, scope)
    if cls is None or _MIXIN not in study.names.bases(cls) or not _has_stored(cls, study):
        return
    known = study.names.scope_of(cls)
    if known is not None and not any(name in known.bindings for name in _RULES):
        yield Use(scope, call, "All columns of an account are in the answer, its password's too.")


def _says_stored(name: str) -> bool:
    """Return whether a dotted name ends with that of a stored password: ``user.password_hash``."""
    return is_stored(name.rpartition(".")[2])


def _has_stored(cls: str, study: Study) -> bool:
    model = study.project.identity.model(cls)
    return model is not None and any(is_stored(column.name) for column in model.columns)


def _schemas(module: Module, accounts: Accounts, study: Study) -> Iterator[Use]:
    """Schemas of marshmallow that are made from the columns of an account."""
    if not any(name in module.source.text for name in _SCHEMAS):
        return
    for meta in module.classes():
        outer = meta.parent
        if meta.name != "Meta" or outer is None or outer.kind != "class":
            continue
        bases = [last_name(base) for base in getattr(outer.node, "bases", ())]
        if not any(name in bases for name in _SCHEMAS) or _INWARD.search(outer.name):
            continue
        written = {a.target.id: a for a in meta.assignments if isinstance(a.target, ast.Name)}
        model = written.get("model")
        if model is None or any(name in written for name in _CHOOSES) or _is_kept_in(outer):
            continue
        cls = study.names.qualified(model.value, meta)
        if cls is not None and accounts.is_account(cls) and _has_stored(cls, study):
            what = f"{outer.name} gives all columns out, the stored password too."
            yield Use(meta, model.value, what)


def _is_kept_in(schema: Scope) -> bool:
    """Return whether a schema says of the password's own field that it is only taken in."""
    return any(
        is_stored(last_name(assignment.target)) and "load_only" in ast.unparse(assignment.value)
        for assignment in schema.assignments
    )
