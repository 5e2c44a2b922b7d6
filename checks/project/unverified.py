"""What a function does over a connection whose other side nobody has verified."""

from __future__ import annotations

import ast
import re

from checks.facts.python import Scope, last_name
from checks.lazy import lazy

VERBS = frozenset({"get", "post", "put", "patch", "delete", "head", "options", "request", "send"})
"""Methods of clients that send a request."""
_PEER = frozenset({"getpeercert", "get_peer_certificate", "get_peer_cert_chain"})
_TALKS = frozenset(
    {"sendall", "sendto", "recv", "read", "write", "makefile", "urlopen", "starttls"}
)
_UP = lazy(r"/(?:health|healthz|health_?check|ping|alive|livez?|readyz?|up)/?['\"]", re.IGNORECASE)
_BROUGHT = frozenset({"auth", "headers", "cookies", "params", "json", "data", "cert"})


def only_looks(scope: Scope) -> bool:
    """Return whether a function connects to see the certificate itself, and sends nothing."""
    called = {last_name(call.func) for call in scope.calls if not _looks_up(call)}
    return bool(called & _PEER) and not called & _TALKS and not called & VERBS


def _looks_up(call: ast.Call) -> bool:
    """Return whether ``result.get("description")`` reads a dictionary, and no address."""
    first = call.args[0] if call.args else None
    text = first.value if isinstance(first, ast.Constant) else None
    return last_name(call.func) == "get" and isinstance(text, str) and "/" not in text


def only_asks_whether_up(call: ast.Call) -> bool:
    """Return whether a request asks another program for its health, and brings nothing along."""
    brings = {keyword.arg for keyword in call.keywords} & _BROUGHT
    if not call.args or brings or last_name(call.func) not in ("get", "head"):
        return False
    return _UP.search(ast.unparse(call.args[0])) is not None


def is_told(target: ast.Attribute, scope: Scope) -> bool:
    """Return whether the function says of the same context that it verifies nothing at all."""
    context = ast.unparse(target.value)
    return target.attr == "check_hostname" and any(
        isinstance(other.target, ast.Attribute)
        and other.target.attr == "verify_mode"
        and last_name(other.value) == "CERT_NONE"
        and ast.unparse(other.target.value) == context
        for other in scope.assignments
    )
