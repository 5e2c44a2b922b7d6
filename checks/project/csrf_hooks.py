"""An app's own checks before each request against what other sites cause, and for which views."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from typing import TYPE_CHECKING

from checks.facts.lines import text_of
from checks.facts.python import Scope, last_name
from checks.lazy import lazy
from checks.project.class_routes import object_name
from checks.project.guard_hooks import BLUEPRINTS

if TYPE_CHECKING:
    from checks.project import Project, Site

# A header that only scripts of the own site can send counts where a view refuses without it.
OWN = lazy(
    r"csrf|xsrf|nonce|Sec-Fetch-Site|[\"']Origin[\"']|\.origin\b|"
    # Where somebody came from is looked at, and not only where the redirect goes.
    r"(?<!redirect\(request\.headers\.get\()(?<!redirect\(request\.headers\[)[\"']Referer[\"']|"
    r"(?:urlparse|urlsplit|origin\w*|host\w*|check\w*|verify\w*|valid\w*)\([^)\n]{0,80}\.referrer\b|"
    r"\.referrer(?:\.startswith|\.split|\s*(?:[!=]=|not in\b|in\b))|"
    # Every site has a page with ``"/a/path" in`` its address.
    r"(?:[!=]=|(?<![\"'] )\bin|[\"'][^\"'/\n][^\"'\n]*[\"'] in)\s+request\.referrer\b|"
    r"X-Requested-With[\"'](?:, *[^\n()]*)?[\])]\s*!=|[\"']X-Requested-With[\"'] not in request",
    re.I,
)
_REFUSES = lazy(r"\babort\(|\braise\b|\breturn\b[^\n]*(?:40[0-9]|redirect)|Forbidden|BadRequest")
_HOOKS = ("before_request", "before_app_request")


def csrf_hooks(project: Project, site: Site) -> Iterator[tuple[Scope, str | None]]:
    """Yield each hook that refuses such requests, with the blueprint that it is for, or None.

    Args:
        project: what is looked into.
        site: the app.
    """
    for module in site.modules:
        if not project.vocabulary.holds(module, *_HOOKS):
            continue
        hooks: list[tuple[Scope, ast.expr, Scope]] = []
        for function in module.functions():
            for decorator in function.decorators:
                node = decorator.func if isinstance(decorator, ast.Call) else decorator
                if last_name(node) in _HOOKS:
                    hooks.append((function, node, function.parent or module.top))
        for call, scope in module.calls(*_HOOKS):
            hook = project.names.scope_of(
                project.names.qualified(call.args[0] if call.args else None, scope)
            )
            if hook is not None and hook.kind == "function":
                hooks.append((hook, call.func, scope))
        for hook, node, scope in hooks:
            text = text_of(hook)
            if OWN.search(text) and (_refuses(hook, project) or re.search(r"protect\(", text)):
                yield hook, _group(node, scope, project)


def _group(node: ast.expr, scope: Scope, project: Project) -> str | None:
    """Return the blueprint for which ``@bp.before_request`` registers, None for a whole app."""
    if not isinstance(node, ast.Attribute) or node.attr != "before_request":
        return None
    if project.names.type_of(node.value, scope) not in BLUEPRINTS:
        return None
    return object_name(node.value, scope, project.names)


def _refuses(hook: Scope, project: Project) -> bool:
    """Return whether `hook`, or a helper of it that is about tokens, turns requests away."""
    texts = map(text_of, project.reach.of(hook)[:6])
    return any(OWN.search(text) and _REFUSES.search(text) for text in texts)
