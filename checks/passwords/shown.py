"""Accounts that describe themselves with their password: dictionaries, schemas, admin lists."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator

from checks.facts.lines import own_text
from checks.facts.python import Scope
from checks.lazy import lazy
from checks.passwords.accounts import Accounts
from checks.passwords.columns import is_stored
from checks.passwords.shapes import argument, constant, dict_items, last_name
from checks.passwords.study import Study, Use

_DESCRIBES = lazy(
    r"^_*((to|as|get|make)_?)?(dict|json|dictionary|serialize|serialized|serializable|data|public)"
    r"(_format|_data)?$|^(serialize|serialise|jsonify|__json__|asdict|toJSON|toDict|dump)\w*$",
    re.IGNORECASE,
)
_LISTS = frozenset(
    ["column_list", "column_details_list", "column_export_list", "list_columns", "show_columns",
     "column_searchable_list", "search_columns"]
)  # fmt: skip
_ADMIN = "flask_admin.contrib.sqla.ModelView"


def find(study: Study) -> Iterator[Use]:
    """Yield each description of an account that has its password in it."""
    accounts = Accounts(study)
    for module in study.project.modules:
        if module.source.context == "tests":
            continue
        for cls in module.classes():
            if accounts.is_account(cls.full_name):
                for method in cls.children:
                    yield from _method(method, cls, study)
            yield from _lists(cls, accounts, study)
        for call, scope in module.calls("ModelView", "add_view"):
            yield from _admin(call, scope, accounts, study)


def _method(method: Scope, cls: Scope, study: Study) -> Iterator[Use]:
    if method.name in ("__repr__", "__str__", "__unicode__"):
        for answer in method.returns:
            shown = next(filter(_is_own, ast.walk(answer)), None)
            if shown is not None:
                what = f"{method.name} shows the stored password wherever it is printed."
                yield Use(method, shown, what)
        return
    if not _DESCRIBES.match(method.name):
        return
    displays: list[ast.expr | None] = [answer.value for answer in method.returns]
    displays += [a.value for a in method.assignments if isinstance(a.value, ast.Dict | ast.Call)]
    for display in displays:
        for _, _, value in dict_items(display):
            if _is_own(value):
                yield Use(method, value, f"{method.name} gives the stored password out.")
    model = study.project.identity.model(cls.full_name)
    columns = [c.name for c in model.columns] if model is not None else []
    if any(map(is_stored, columns)) and not _excludes(method):
        for answer in method.returns:
            for node in ast.walk(answer):
                if isinstance(node, ast.DictComp) and _all_columns(node):
                    what = f"{method.name} gives all columns out, the stored password too."
                    yield Use(method, node, what)


def _is_own(node: ast.AST) -> bool:
    return (
        isinstance(node, ast.Attribute)
        and isinstance(node.value, ast.Name)
        and node.value.id == "self"
        and is_stored(node.attr)
    )


def _all_columns(node: ast.DictComp) -> bool:
    text = ast.unparse(node.generators[0].iter)
    return not node.generators[0].ifs and bool(
        re.search(r"__table__\.c(olumns)?\b|\.mapper\.|\.attrs|\.column_attrs", text)
    )


def _excludes(method: Scope) -> bool:
    words = r"pass|pop\(|del |exclude|hidden|secret"
    return re.search(words, own_text(method), re.IGNORECASE) is not None


def _lists(cls: Scope, accounts: Accounts, study: Study) -> Iterator[Use]:
    """``column_list`` of an admin view, and ``fields`` of a schema's ``Meta``."""
    for assignment in cls.assignments:
        target, value = assignment.target, assignment.value
        if not isinstance(target, ast.Name) or not isinstance(value, ast.List | ast.Tuple):
            continue
        schema = target.id == "fields" and cls.name == "Meta" and not _only_loads(cls)
        if target.id not in _LISTS and not schema:
            continue
        if not schema and not _is_view(cls, study):
            continue
        for element in value.elts:
            name = constant(element) or last_name(element)
            if isinstance(name, str) and is_stored(name):
                yield Use(cls, element, f"{target.id} shows the stored password.")


def _is_view(cls: Scope, study: Study) -> bool:
    return any("View" in base.rpartition(".")[2] for base in study.names.bases(cls.full_name))


def _only_loads(meta: Scope) -> bool:
    """Whether the schema around `meta` takes the password in and never gives it out."""
    outer = meta.parent
    scopes = [meta] if outer is None else [meta, outer]
    for scope in scopes:
        for assignment in scope.assignments:
            text = ast.unparse(assignment.value)
            name = getattr(assignment.target, "id", "")
            if name in ("load_only", "write_only") or "load_only=True" in text:
                return True
    form = outer is not None and re.search(r"form|input|load|create|regist|login", outer.name, re.I)
    return bool(form)


def _admin(call: ast.Call, scope: Scope, accounts: Accounts, study: Study) -> Iterator[Use]:
    """Flask-Admin's plain view of an account lists every column."""
    if last_name(call.func) != "ModelView" or study.names.called(call, scope) != _ADMIN:
        return
    model = argument(call, 0, "model")
    cls = study.names.qualified(model, scope) if model is not None else None
    known = study.project.identity.model(cls)
    if cls is None or known is None or not accounts.is_account(cls):
        return
    if any(is_stored(column.name) for column in known.columns):
        what = "Flask-Admin's plain view lists every column, the stored password too."
        yield Use(scope, call, what)
