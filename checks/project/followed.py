"""Whether a function only works something out, by calls that can all be followed."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from checks.facts.python import Scope, last_name

if TYPE_CHECKING:
    from checks.project import Project

# They answer, read what was sent, or make one value of another.
_HARMLESS = (
    "flask.jsonify", "flask.abort", "flask.make_response", "flask.Response", "flask.redirect",
    "flask.url_for", "flask.render_template", "flask.request.", "json.", "base64.", "html.",
    "markdown.", "markupsafe.", "bleach.", "datetime.",
)  # fmt: skip
_BUILTINS = frozenset(
    ["str", "int", "float", "bool", "len", "list", "dict", "set", "tuple", "sorted", "min", "max",
     "sum", "round", "range", "zip", "enumerate", "any", "all", "isinstance", "bytes", "abs"]
)  # fmt: skip
_OF_VALUES = frozenset(
    ["get", "decode", "encode", "strip", "lower", "upper", "split", "join", "replace", "startswith",
     "endswith", "format", "items", "keys", "values", "get_json", "get_data", "getlist", "title"]
)  # fmt: skip


def works_out(function: Scope, project: Project) -> bool:
    """Return whether all that `function` calls is of the project, or harmless.

    What functions of the project change is seen by following them; this is about the rest.
    """
    return bool(function.calls) and all(
        _is_known(call, function, project) for call in function.calls
    )


def _is_known(call: ast.Call, scope: Scope, project: Project) -> bool:
    callee = project.names.callee(call, scope)
    if callee is not None and callee.kind == "function":
        return True
    if isinstance(call.func, ast.Attribute) and call.func.attr in _OF_VALUES:
        return True
    if isinstance(call.func, ast.Name) and call.func.id in _BUILTINS:
        return True
    return (project.names.called(call, scope) or last_name(call.func)).startswith(_HARMLESS)
