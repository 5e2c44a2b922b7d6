"""Values that are texts whatever they say: ``"False"`` of a file or the environment is true."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from checks.facts.python import Scope, last_name

if TYPE_CHECKING:
    from checks.project import Project

_PARSERS = frozenset(
    f"configparser.{name}" for name in ("ConfigParser", "RawConfigParser", "SafeConfigParser")
)


def is_always_text(node: ast.expr, scope: Scope, project: Project) -> bool:
    """Return whether `node` is a text that is not empty, and so true, whatever is set.

    ``os.environ.get("DEBUG", "False")`` is, and what a `ConfigParser` gives by ``get``; what
    ``getboolean`` gives, or a comparison, is not.
    """
    if isinstance(node, ast.Name):
        bindings = project.names.bindings(node.id, scope)
        if len(bindings) != 1 or bindings[0].kind != "value" or bindings[0].value is None:
            return False
        node = bindings[0].value
    if isinstance(node, ast.Call) and last_name(node.func) == "bool" and len(node.args) == 1:
        node = node.args[0]
    if not isinstance(node, ast.Call) or not isinstance(node.func, ast.Attribute | ast.Name):
        return False
    if last_name(node.func) not in ("get", "getenv"):
        return False
    if isinstance(node.func, ast.Attribute) and len(node.args) == 2:
        fallback = any(keyword.arg == "fallback" for keyword in node.keywords)
        if project.names.type_of(node.func.value, scope) in _PARSERS:
            return not fallback
    if project.names.called(node, scope) not in ("os.environ.get", "os.getenv"):
        return False  # what others read may be a truth already
    value = project.evaluate(node, scope)
    return value.kind == "fallback" and isinstance(value.value, str) and value.value != ""
