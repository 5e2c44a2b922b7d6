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
_READS_JSON = lazy(r"request\.(?:is_json|json|get_json)\b")
_KWARG = lazy(r"kwargs(?:\.get\(|\[)\s*[\"'](\w+)[\"']")
_READS_FORM = lazy(r"request\.(?:form|values|files|data|get_data)\b|force *= *True")
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


def wrapped_in_json(view: View, project: Project) -> bool:
    """Return whether a decorator of the project's own hands `view` what JSON says, and no form."""
    if not view.function.parameters():
        return False
    for decorator in view.decorators:
        function = project.names.scope_of(decorator.name)
        if function is not None and function.kind == "function":
            texts = [text_of(scope) for scope in function.within()]
            asked = {name for text in texts for name in _KWARG.findall(text)}
            if any(f"{name}>" in (rule or "") for name in asked for rule in view.rules):
                continue  # it asks for what the address says first: ``kwargs.get("username")``
            if any(map(_READS_JSON.search, texts)) and not any(map(_READS_FORM.search, texts)):
                return True
    return False
