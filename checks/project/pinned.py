"""Versions of packages that the app runs with, from all files that tell any."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from typing import TYPE_CHECKING

from checks.facts.pins import Pin, requirement
from checks.facts.python import Module
from checks.lazy import lazy

if TYPE_CHECKING:
    from checks.project import Project

_PIP = lazy(r"\b(?:pip3?|uv)(?:\d[\d.]*)? (?:pip )?(?:install|add)\b(?P<rest>[^&|;]*)")


def pinned(project: Project) -> Iterator[Pin]:
    """Yield what requirement files, locks, setup.py and ``pip install`` in Dockerfiles say."""
    yield from project.pins
    for module in project.modules:
        if module.path.rsplit("/", 1)[-1] == "setup.py":
            yield from _setup(module)
    for deployment in project.deployments:
        for command in deployment.commands:
            for match in _PIP.finditer(command.text):
                for word in match["rest"].split():
                    found = requirement(word.strip("\"'"))
                    if found is not None:
                        yield Pin(*found, command.spot)


def _setup(module: Module) -> Iterator[Pin]:
    for call, scope in module.calls("setup"):
        for keyword in call.keywords:
            if keyword.arg not in ("install_requires", "requires"):
                continue
            node: ast.expr | None = keyword.value
            if isinstance(node, ast.Name):
                bound = scope.bindings.get(node.id, [])
                node = bound[0].value if len(bound) == 1 else None
            for part in node.elts if isinstance(node, ast.List | ast.Tuple) else ():
                if isinstance(part, ast.Constant) and isinstance(part.value, str):
                    found = requirement(part.value)
                    if found is not None:
                        yield Pin(*found, scope.spot(part))
