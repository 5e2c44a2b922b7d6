"""Markdown whose markup nobody cleans: ``Markup(markdown(text))`` lets ``<script>`` through."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from checks.facts.lines import text_of
from checks.facts.python import Scope, last_name
from checks.lazy import lazy
from checks.project.untrusted import CLEANS

if TYPE_CHECKING:
    from checks.project import Project

# They leave markup as it is unless they are told not to; mistune escapes it by itself.
_LIBRARIES = ("markdown.", "markdown2.", "misaka.", "commonmark.", "cmarkgfm.", "markdown_it.")
_METHODS = frozenset({"convert", "render", "markdown"})
_STRICT = lazy(
    r"safe_mode|js-default|[\"']html[\"']\s*:\s*False|html\s*=\s*False|HTML_ESCAPE|HTML_SKIP"
)


def lets_markup_through(call: ast.Call, scope: Scope, project: Project) -> bool:
    """Return whether `call`, of ``Markup``, is given what Markdown makes of somebody's text.

    That is a parameter of a function, such as a filter's, or an attribute of a record's own.
    """
    made = call.args[0] if call.args else None
    if not isinstance(made, ast.Call) or not _is_markdown(made, scope, project):
        return False
    values = [*made.args, *(keyword.value for keyword in made.keywords)]
    given = values[0] if values else None
    if not _is_somebodys(given, scope) or _STRICT.search(scope.module.source.text):
        return False
    said = text_of(scope).replace("Markup", "")
    return not CLEANS.search(said.replace("markupsafe", ""))


def _is_markdown(made: ast.Call, scope: Scope, project: Project) -> bool:
    called = project.names.called(made, scope) or ""
    if called.startswith(_LIBRARIES):
        return True
    if not isinstance(made.func, ast.Attribute) or made.func.attr not in _METHODS:
        return False
    return (project.names.type_of(made.func.value, scope) or "").startswith(_LIBRARIES)


def _is_somebodys(given: ast.expr | None, scope: Scope) -> bool:
    if isinstance(given, ast.Name):
        return given.id in {arg.arg for arg in scope.parameters()}
    own = isinstance(given, ast.Attribute) and last_name(given.value) == "self"
    return own and scope.enclosing_class is not None
