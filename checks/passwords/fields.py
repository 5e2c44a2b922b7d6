"""Form fields of a project's own classes, which bring validators along."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from checks.facts.python import Scope
from checks.project.names import Names


def declared(call: ast.Call, scope: Scope, names: Names) -> Iterator[tuple[ast.expr, Scope]]:
    """Yield what the class of a field, if it is the project's own, says of validators.

    Args:
        call: what makes the field, ``PasswordField()``.
        scope: the form's class.
        names: the project's names.
    """
    for base in names.bases(names.called(call, scope)):
        cls = names.scope_of(base)
        if cls is None or cls.kind != "class":
            continue
        for assignment in cls.assignments:
            target = assignment.target
            if isinstance(target, ast.Name) and target.id in ("validators", "default_validators"):
                yield assignment.value, cls
        for method in cls.children:
            if method.name == "__init__":
                yield from ((inner, method) for inner in method.calls)
