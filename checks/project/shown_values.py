"""Where a value that a template prints comes from: what its view hands to it."""

from __future__ import annotations

import ast
import re
from typing import TYPE_CHECKING

from checks.facts.python import Scope
from checks.facts.templates import Template
from checks.lazy import lazy
from checks.project.untrusted import Untrusted

if TYPE_CHECKING:
    from checks.project import Project

_KEEPING_FILTERS = frozenset(
    ["trim", "replace", "lower", "upper", "title", "default", "d", "truncate", "join", "indent",
     "wordwrap", "capitalize", "string", "safe", "first", "last", "center", "format", "nl2br"]
)  # fmt: skip
_REQUEST = lazy(r"^request\.(args|form|values|cookies|headers|json|referrer|url|path|full_path)\b")
_BASE = lazy(r"^(\w+)((?:\.\w+|\[[^\]]*\]|\.get\([^)]*\))*)")
_MAX_HOPS = 4  # loops and {% set %} followed for one value


class ShownValues:
    """Tells what the expressions of templates are worth to an attacker."""

    def __init__(self, project: Project) -> None:
        """Take the project whose views and templates they are."""
        self.project = project
        self.untrusted = Untrusted(project)

    def source(self, expression: str, template: Template) -> str:
        """Return ``request``, ``database`` or ``""`` for what `expression` prints.

        Args:
            expression: as it stands between the braces, filters included.
            template: where it stands.
        """
        self.untrusted.by_body = False
        plain, *filters = _split(expression)
        names = [re.split(r"\W", name.strip(), maxsplit=1)[0] for name in filters]
        if any(name not in _KEEPING_FILTERS for name in names[: _first_safe(names)]):
            return ""  # a filter of the project's own, or one that cleans
        if _REQUEST.match(plain):
            return "request"
        base = _BASE.fullmatch(plain.strip())
        return self._named(base[1], base[2], template) if base is not None else ""

    def _named(self, name: str, path: str, template: Template) -> str:
        for _ in range(_MAX_HOPS):
            above = template.variables.get(name)
            match = _BASE.match(above.strip()) if above is not None else None
            if match is None or match[1] == name:
                break
            if _REQUEST.match(above or ""):
                return "request"
            name, path = match[1], match[2] + (path or "[0]")
        worst = ""
        for rendering in self.project.pages.shown_by(template):
            value = rendering.given.get(name)
            if value is None:
                continue
            kind = self._given(value, path, rendering.scope)
            if kind == "request" and not self.untrusted.by_body:
                return kind
            worst = kind if kind == "request" else worst or kind
        self.untrusted.by_body = worst == "request"
        return worst

    def _given(self, value: ast.expr, path: str, scope: Scope) -> str:
        attributes = re.findall(r"\.(\w+)", path)
        if not path:
            return self.untrusted.source(value, scope)
        if attributes and self.untrusted.is_clean(attributes[-1]):
            return ""
        if attributes and self.untrusted.comes_from_database(value, scope):
            return "database"
        self.untrusted.by_body = False
        return "request" if self._is_sent(value, scope) else ""

    def _is_sent(self, value: ast.expr, scope: Scope) -> bool:
        """Return whether `value` is a mapping of all that the client sent."""
        return any(
            origin.kind == "request" and not origin.key
            for origin in self.project.flow(scope).at(value)
        )


def _split(expression: str) -> list[str]:
    """Return the parts of an expression between its filter bars, texts in quotes left whole."""
    parts, depth, quote = [""], 0, ""
    for character in expression:
        if quote:
            quote = "" if character == quote else quote
        elif character in "\"'":
            quote = character
        elif character in "([{":
            depth += 1
        elif character in ")]}":
            depth -= 1
        elif character == "|" and depth == 0:
            parts.append("")
            continue
        parts[-1] += character
    return [part.strip() for part in parts]


def _first_safe(names: list[str]) -> int:
    return names.index("safe") if "safe" in names else len(names)
