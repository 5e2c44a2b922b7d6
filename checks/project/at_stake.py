"""What somebody between the app and another server would get, or could put into the app's mind.

A request whose other side nobody has verified gives him what it carries, and believes what he
answers. Where it carries no credential, and goes to whatever address it was handed, as scanners
and watchers of foreign pages do, that is little.
"""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from checks.facts.lines import text_of
from checks.facts.python import Scope, last_name
from checks.lazy import lazy
from checks.project.unverified import VERBS

if TYPE_CHECKING:
    from checks.project import Project

_CARRIES = frozenset({"auth", "cert", "cookies", "username", "password", "token", "api_key"})
_WORTH = lazy(
    r"(?i:authorization|bearer|api[-_]?key|passw(?:or)?d|passphrase|secret|credential|_?token\b|"
    r"\btoken_?|\bcookies?\b|log_?in\(|\.auth\b|auth ?=|session_?id|e_?firma|sign_?in)|"
    # what comes back says who somebody is, or is run
    r"(?i:user_?info|openid|oauth|jwks|saml|ticket)|"
    r"\b(?:exec|eval)\(|pickle\.|\bmarshal\.|subprocess|os\.system|yaml\.(?:unsafe_)?load\("
)
# Addresses that whoever wrote or runs the app has chosen: a service that the app relies upon.
_CHOSEN = lazy(r"\bconfig(?:uration)?\b|\bos\.environ\b|\b(?:os\.)?getenv\(|\benv\(")
_FIXED = lazy(r"https://[\w-]+(?:\.[\w-]+)*\.?[\w:]*(?=[/?#]|$)")
_MAKERS = frozenset({"Session", "session", "Client", "AsyncClient", "TCPConnector"})
_DEEP = 4  # names that stand for names


def is_a_request(call: ast.Call) -> bool:
    """Return whether `call` sends a request, or makes what sends them, by its name."""
    return last_name(call.func) in VERBS | _MAKERS


def is_at_stake(node: ast.expr, scope: Scope, project: Project) -> bool:
    """Return whether a request, or a session of requests, carries or brings what is worth it.

    Args:
        node: the call that is told to verify nothing, or the attribute of its session.
        scope: where it stands.
        project: for what its names are.

    Returns:
        Whether a credential goes along, the address is one that was chosen for the app, or what
        comes back is believed; by the text of the function, and of its class for a session that
        the class keeps.
    """
    if isinstance(node, ast.Call):
        if any(keyword.arg in _CARRIES for keyword in node.keywords):
            return True
        address = _address(node)
        if address is not None and _is_chosen(address, scope, project):
            return True
    said = text_of(scope)
    if scope.enclosing_class is not None and "self." in ast.unparse(node):
        said = text_of(scope.enclosing_class)
    return _WORTH.search(said) is not None


def _address(call: ast.Call) -> ast.expr | None:
    for keyword in call.keywords:
        if keyword.arg in ("url", "base_url"):
            return keyword.value
    if last_name(call.func) == "request":
        return call.args[1] if len(call.args) > 1 else None
    return call.args[0] if call.args else None


def _is_chosen(node: ast.expr, scope: Scope, project: Project, depth: int = 0) -> bool:
    """Return whether an address begins with a host that the code or a setting names."""
    if isinstance(node, ast.Constant):
        return isinstance(node.value, str) and _FIXED.match(node.value) is not None
    if isinstance(node, ast.JoinedStr):
        first = node.values[0] if node.values else None
        if isinstance(first, ast.FormattedValue):
            return _is_chosen(first.value, scope, project, depth)
        return first is not None and _is_chosen(first, scope, project, depth)
    if isinstance(node, ast.BinOp):
        return _is_chosen(node.left, scope, project, depth)
    if isinstance(node, ast.Call):
        if _CHOSEN.search(ast.unparse(node)):
            return True
        owner = node.func.value if isinstance(node.func, ast.Attribute) else None
        if last_name(node.func) == "format" and owner is not None:
            return _is_chosen(owner, scope, project, depth)
        return bool(node.args) and _is_chosen(node.args[0], scope, project, depth)
    if last_name(node).isupper() or _CHOSEN.search(ast.unparse(node)):
        return True
    if isinstance(node, ast.Name) and depth < _DEEP:
        values = [b.value for b in project.names.bindings(node.id, scope) if b.value is not None]
        return any(_is_chosen(value, scope, project, depth + 1) for value in values)
    return False
