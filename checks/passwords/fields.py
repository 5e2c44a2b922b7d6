"""Form fields of a project's own classes, which bring validators along."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator

from checks.facts.python import Scope, last_name
from checks.lazy import lazy
from checks.passwords.lengths import is_typed_name
from checks.passwords.shapes import argument, constant
from checks.project.names import Names

OTHER_FIELD = lazy(
    r"(^|_)(old|current|existing|confirm|confirmation|repeat|repeated|again|verify|retype|re|"
    r"check|repassword|original|2)(_|$|pass)|(confirm|repeat|again|retype|2)$",
    re.IGNORECASE,
)
"""Fields for another password than the new one, and for its repetition."""
_OLD_LABEL = lazy(r"^(?:your )?(?:old|current|present|previous)\b", re.IGNORECASE)


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


def is_old(call: ast.Call, cls: Scope) -> bool:
    """Whether a field's label says that it is the old password, beside one for the new."""
    label = constant(argument(call, 0, "label"))
    return (
        isinstance(label, str)
        and _OLD_LABEL.search(label) is not None
        and any(name.startswith("new") for name in cls.bindings)
    )


def repeats(call: ast.Call, cls: Scope) -> bool:
    """Whether the field must equal another one of the form, which is judged itself."""
    for node in ast.walk(call):
        if isinstance(node, ast.Call) and last_name(node.func) in ("EqualTo", "equal_to"):
            other = constant(argument(node, 0, "fieldname"))
            if (
                isinstance(other, str)
                and other in cls.bindings
                and is_typed_name(ast.Name(other, ast.Load()))
                and not OTHER_FIELD.search(other)
            ):
                return True
    return False
