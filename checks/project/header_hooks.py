"""Blueprints whose hook takes the user of every request from a header, which no form sends."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from checks.facts.lines import text_of
from checks.facts.python import last_name
from checks.lazy import lazy
from checks.project.class_routes import object_name
from checks.project.routes import View

if TYPE_CHECKING:
    from checks.project import Project, Site

_BEARER = lazy(r"request\.headers(?:\.get\(|\[)\s*[\"']Authorization[\"']")
# Name and password beside every request, as protocols of other programs send them.
_SENT = lazy(
    r"request\.authorization\b|"
    r"request\.(?:values|args)(?:\.get\(|\[)\s*[\"'](?:p|passw\w*|\w*token|api_?key|apikey)[\"']"
)
_KEPT = lazy(r"current_user|(?<![.\w])session(?:\[|\.get\()|cookies")


def asks_by_header(view: View) -> bool:
    """Return whether a hook of the view's own blueprint asks for a header and for no cookie."""
    if "before_request" not in view.module.source.text:
        return False
    own = {
        last_name(route.value)
        for decorator in view.function.decorators
        if isinstance(route := getattr(decorator, "func", decorator), ast.Attribute)
    }
    for function in view.module.functions():
        for decorator in function.decorators:
            if not isinstance(decorator, ast.Attribute) or decorator.attr != "before_request":
                continue
            text = text_of(function) if last_name(decorator.value) in own else ""
            if _BEARER.search(text) is not None and _KEPT.search(text) is None:
                return True
    return False


def groups_with_credentials(project: Project, site: Site) -> frozenset[str]:
    """Return the blueprints whose hook wants name and password, or a key, in every request."""
    found: set[str] = set()
    for module in site.modules:
        if not project.vocabulary.holds(module, "before_request"):
            continue
        for function in module.functions():
            for decorator in function.decorators:
                if not isinstance(decorator, ast.Attribute) or decorator.attr != "before_request":
                    continue
                text = text_of(function)
                if _SENT.search(text) is not None and _KEPT.search(text) is None:
                    outer = function.parent or function
                    found.add(object_name(decorator.value, outer, project.names) or "")
    return frozenset(found - {""})
