"""Models of the database: which project classes are, and what owns their rows."""

from __future__ import annotations

import ast
import re

from checks.facts.python import Scope, last_name
from checks.lazy import lazy
from checks.project.names import Names

_BASES = frozenset(
    [
        "Model", "Base", "Document", "DynamicDocument", "DeclarativeBase", "Entity", "BaseModel",
        "ModelBase", "SQLModel", "UserMixin",
    ]
)  # fmt: skip
_COLUMNS = frozenset(
    [
        "Column", "mapped_column", "relationship", "StringField", "CharField", "IntegerField",
        "ForeignKeyField", "ReferenceField", "BooleanField", "TextField",
    ]
)  # fmt: skip
_OWNER = lazy(
    r"^(user|owner|author|creator|created_by|account|customer|member|seller|sender|patient|"
    r"uploaded_by|posted_by|person|profile)(_?id|_fk)?$",
    re.IGNORECASE,
)
_FORMS = frozenset(["FlaskForm", "Form", "ModelForm", "Schema", "Resource"])


def model_of(qualified: str | None, names: Names) -> Scope | None:
    """Return the project class `qualified` if its objects are rows or documents, else None."""
    scope = names.scope_of(qualified)
    if scope is None or scope.kind != "class":
        return None
    bases = list(names.bases(qualified))
    lasts = {base.rpartition(".")[2] for base in bases[1:]}
    if lasts & _FORMS or any(
        base.startswith(("pydantic", "marshmallow", "wtforms")) for base in bases
    ):
        return None
    declared = getattr(scope.node, "bases", ())
    if lasts & (_BASES - {"BaseModel"}) or {last_name(b) for b in declared} & (
        _BASES - {"BaseModel"}
    ):
        return scope
    return scope if any(_has_columns(names.scope_of(base)) for base in bases) else None


def owner_column(model: Scope, names: Names) -> str:
    """Return the column or relationship that says whose a row of `model` is, or ``""``."""
    for base in names.bases(model.full_name):
        scope = names.scope_of(base)
        for assignment in scope.assignments if scope is not None else ():
            name = last_name(assignment.target)
            value = assignment.value
            if isinstance(value, ast.Call) and _OWNER.match(name) and _is_column(value):
                text = ast.unparse(value)
                if name.endswith(("id", "fk", "by")) or re.search(
                    "Reference|relation|Foreign", text
                ):
                    return name
    return ""


def _has_columns(scope: Scope | None) -> bool:
    return scope is not None and any(
        last_name(assignment.target) == "__tablename__" or _is_column(assignment.value)
        for assignment in scope.assignments
        if isinstance(assignment.target, ast.Name)
    )


def _is_column(value: ast.expr) -> bool:
    return isinstance(value, ast.Call) and last_name(value.func) in _COLUMNS
