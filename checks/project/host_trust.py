"""Whether an app answers, or makes links, for the hosts it knows only."""

from __future__ import annotations

import ast
import re
from typing import TYPE_CHECKING

from checks.facts.python import Scope, last_name
from checks.lazy import lazy
from checks.project.evaluated import Evaluated

if TYPE_CHECKING:
    from checks.project import Project, Site

_KEYS = ("SERVER_NAME", "TRUSTED_HOSTS", "HARDENING_TRUSTED_HOSTS")
_DECLARED = lazy(r"(?m)^ +SERVER_NAME: *str *(?:#.*)?$")
_SAID = lazy(r"trusted_hosts|host_is_trusted")
_ASKED = lazy(r"request\.host\b|HTTP_HOST|headers(?:\.get\(|\[)[\"']Host[\"']")
_OWN_NAME = lazy(r"\$server_name|[\w.-]+\.[a-z]+(?::\d+)?")
_REFUSES = ("abort", "redirect", "make_response", "BadRequest", "Forbidden", "NotFound")


def trusts_known_hosts(project: Project, site: Site) -> bool:
    """Return whether SERVER_NAME, TRUSTED_HOSTS or the app's own code settles the host."""
    if any(_says(setting.value) for setting in project.configuration(site).production(*_KEYS)):
        return True
    for module in site.modules:
        if project.vocabulary.holds(module, "SERVER_NAME") and _DECLARED.search(module.source.text):
            return True  # a class of settings does not load without it
    for deployment in project.deployments:
        for directive in deployment.directives:
            sets_host = directive.name == "proxy_set_header" and directive.args[:1] == ("Host",)
            if sets_host and _OWN_NAME.fullmatch(directive.args[-1]):
                return True
    for module in site.modules:
        if project.vocabulary.holds(module, "trusted") and any(
            not _only_comment(scope, _SAID) for scope in module.saying(_SAID)
        ):
            return True
        asks = project.vocabulary.holds(module, "request.host", "Host", "HTTP_HOST")
        if asks and any(_refuses(scope) for scope in module.saying(_ASKED)):
            return True
    return False


def _says(value: Evaluated) -> bool:
    """Return whether a host is named: not by ``None``, nor by what stands in for an empty one."""
    own = value.kind == "literal" or (value.kind == "fallback" and value.spot is not None)
    return not (own and value.variable is None) or bool(value.value)


def _only_comment(scope: Scope, pattern: re.Pattern[str]) -> bool:
    source = scope.module.source
    for match in pattern.finditer(source.text):
        line = source.lines[source.line_at(match.start()) - 1]
        if "#" not in line.split(match.group())[0]:
            return False
    return True


def _refuses(scope: Scope) -> bool:
    """Return whether a function compares the host with what it knows and refuses others."""
    names = {last_name(call.func) for call in scope.calls}
    if not names.intersection(_REFUSES) and not scope.raises:
        return False
    return any(
        _is_host(inner)
        for comparison in scope.comparisons
        if any(isinstance(op, ast.In | ast.NotIn | ast.Eq | ast.NotEq) for op in comparison.ops)
        for inner in ast.walk(comparison)
    )


def _is_host(node: ast.AST) -> bool:
    if isinstance(node, ast.Attribute):
        return node.attr == "host" and last_name(node.value) == "request"
    return isinstance(node, ast.Constant) and node.value in ("Host", "HTTP_HOST")
