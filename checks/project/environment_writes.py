"""What an app writes into its own environment, for its configuration to read."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from typing import TYPE_CHECKING

from checks.facts.python import Assignment, Scope
from checks.lazy import lazy
from checks.records import NamedTuple

if TYPE_CHECKING:
    from checks.project import Project

_WRITTEN = lazy(r"environ\[.\w+.\]\s*=[^=]")


class Written(NamedTuple):
    """One ``os.environ["NAME"] = "literal"``."""

    statement: Assignment
    scope: Scope
    value: str


def environment_writes(project: Project, *names: str) -> Iterator[Written]:
    """Yield where a variable called one of `names` is given a text, tests left out."""
    for module in project.modules:
        text = module.source.text
        if module.source.context == "tests" or not any(name in text for name in names):
            continue
        for scope in module.saying(_WRITTEN):
            for statement in scope.assignments:
                target = statement.target
                if (
                    isinstance(target, ast.Subscript)
                    and isinstance(target.slice, ast.Constant)
                    and target.slice.value in names
                    and project.names.qualified(target.value, scope) == "os.environ"
                ):
                    value = project.evaluate(statement.value, scope)
                    if value.kind == "literal" and isinstance(value.value, str) and value.value:
                        yield Written(statement, scope, value.value)
