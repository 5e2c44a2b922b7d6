"""What the call that makes an account gives to which attribute, by keyword, place or table."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from checks.facts.python import Scope, last_name
from checks.passwords.shapes import constant
from checks.project.names import Names
from checks.project.words import is_plain_password_name

_DATACLASSES = frozenset({"dataclass", "define", "frozen", "attrs", "s", "mutable"})
_BASES = ("sqlalchemy.orm.MappedAsDataclass", "pydantic.BaseModel")
_SAVES = frozenset({"add", "save", "insert", "put", "persist", "add_all", "merge"})


def attributes(
    call: ast.Call, cls: str, scope: Scope, names: Names
) -> Iterator[tuple[str, ast.expr, ast.AST]]:
    """Yield attribute, value and the node to underline for what `call` gives to an account.

    Args:
        call: makes it.
        cls: its class, ``""`` where that is not known.
        scope: where the call stands.
        names: of the project.
    """
    for keyword in call.keywords:
        if keyword.arg is not None:
            yield keyword.arg, keyword.value, keyword
        elif isinstance(keyword.value, ast.Dict):
            for key, value in zip(keyword.value.keys, keyword.value.values, strict=True):
                name = constant(key) if key is not None else None
                if isinstance(name, str):
                    yield name, value, value
    if not call.args:
        return
    if cls:
        if names.method_of(cls, "__init__") is None:
            for name, value in zip(_fields(cls, names), call.args, strict=False):
                yield name, value, value
    elif is_saved(call, scope):
        for value in call.args:
            name = last_name(value)
            if is_plain_password_name(name):
                yield name, value, value


def own_class(call: ast.Call, scope: Scope) -> str | None:
    """Return the class whose ``__init__`` hands on to its base's, as keywords, in `call`."""
    func = call.func
    handed = (
        isinstance(func, ast.Attribute)
        and func.attr == "__init__"
        and isinstance(func.value, ast.Call)
        and last_name(func.value.func) == "super"
    )
    cls = scope.enclosing_class
    return cls.full_name if handed and cls is not None and scope.name == "__init__" else None


def _fields(cls: str, names: Names) -> list[str]:
    """Return the parameters of the ``__init__`` that a decorator or base makes, in order."""
    found: list[str] = []
    made = False
    for base in reversed(list(names.bases(cls))):
        scope = names.scope_of(base)
        made = made or base in _BASES
        if scope is None or not isinstance(scope.node, ast.ClassDef):
            continue
        own = {last_name(d.func if isinstance(d, ast.Call) else d) for d in scope.decorators}
        made = made or bool(own & _DATACLASSES)
        for statement in scope.node.body:
            if isinstance(statement, ast.AnnAssign) and not _left_out(statement.value):
                name = last_name(statement.target)
                found += [name] if name not in found else []
    return found if made else []


def _left_out(value: ast.expr | None) -> bool:
    """Return whether a field says ``init=False``."""
    return isinstance(value, ast.Call) and any(
        keyword.arg == "init" and constant(keyword.value) is False for keyword in value.keywords
    )


def is_saved(call: ast.Call, scope: Scope) -> bool:
    """Return whether what `call` makes is saved in the same function."""
    parent = scope.module.parent(call)
    target = parent.targets[0] if isinstance(parent, ast.Assign) else None
    name = target.id if isinstance(target, ast.Name) else None
    for other in scope.calls:
        if last_name(other.func) not in _SAVES:
            continue
        held = [*other.args, getattr(other.func, "value", None)]
        if any(each is call or (name and getattr(each, "id", "") == name) for each in held):
            return True
    return False
