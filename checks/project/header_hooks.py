"""Blueprints whose hook takes the user of every request from a header, which no form sends."""

from __future__ import annotations

import ast

from checks.facts.lines import text_of
from checks.facts.python import last_name
from checks.lazy import lazy
from checks.project.routes import View

_BEARER = lazy(r"request\.headers(?:\.get\(|\[)\s*[\"']Authorization[\"']")
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
