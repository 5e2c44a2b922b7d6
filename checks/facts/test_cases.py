"""Whether a file outside every folder of tests holds tests: cases, and no app."""

from __future__ import annotations

import ast

from checks.facts.python import Module, last_name
from checks.lazy import lazy

__all__ = ["holds_tests"]

_APP = lazy(r"\bFlask\(|\.route\(|add_url_rule\(|\bas_view\(|\bBlueprint\(")


def holds_tests(module: Module) -> bool:
    """Return whether `module` has a class such as ``class BaseCase(TestCase)``, and no view."""
    cases = any(
        isinstance(node, ast.ClassDef)
        and any(last_name(base).endswith("TestCase") for base in node.bases)
        for node in getattr(module.top.node, "body", ())
    )
    return cases and not _APP.search(module.source.text)
