"""The site's own hosts, and where a URL made in code leads."""

from __future__ import annotations

import ast
import re
from typing import TYPE_CHECKING

from checks.facts.python import last_name
from checks.lazy import lazy

if TYPE_CHECKING:
    from checks.project import Project

_MAX_DEPTH = 60  # texts joined one after the other; a URL has a handful
_OWN = ("host", "host_url", "url_root", "SERVER_NAME", "server_name")
_NAME = lazy(r"[a-z0-9-]+(?:\.[a-z0-9-]+)+", re.IGNORECASE)


def own_hosts(project: Project) -> frozenset[str]:
    """Return the hosts that SERVER_NAME, TRUSTED_HOSTS and nginx name, in lower case."""
    found: set[str] = set()
    for setting in project.settings("SERVER_NAME", "TRUSTED_HOSTS"):
        value = setting.value.value
        for text in value if isinstance(value, tuple | list) else (value,):
            if isinstance(text, str) and text:
                found.add(text.lower().lstrip("."))
    for deployment in project.deployments:
        for directive in deployment.directives:
            if directive.name == "server_name":
                found.update(arg.lower() for arg in directive.args if _NAME.fullmatch(arg))
    return frozenset(found)


def plain_http_host(node: ast.expr) -> str:
    """Return the host of a URL that begins with ``http://``.

    Returns:
        ``request`` where the request or the app's own setting gives it, ``""`` where `node` is
        no such URL or leads to what is not known.
    """
    parts = _parts(node)
    if not parts or not isinstance(parts[0], str) or not parts[0].startswith("http://"):
        return ""
    rest = parts[0].removeprefix("http://")
    if rest:
        if rest[0] in "{%" and len(parts) > 1:
            return _host_of(parts[1])
        return re.split(r"[/?#]", rest)[0].lower()
    return _host_of(parts[1]) if len(parts) > 1 else ""


def _host_of(part: str | ast.expr) -> str:
    if isinstance(part, str):
        return re.split(r"[/?#]", part)[0].lower()
    for inner in ast.walk(part):
        if last_name(inner) in _OWN:
            return "request"
        if isinstance(inner, ast.Constant) and inner.value in ("Host", "HTTP_HOST", "SERVER_NAME"):
            return "request"
    return ""


def _parts(node: ast.expr, depth: int = 0) -> list[str | ast.expr]:
    """Return what a text is put together from, in order."""
    if depth > _MAX_DEPTH:
        return []
    if isinstance(node, ast.Constant):
        return [node.value] if isinstance(node.value, str) else []
    if isinstance(node, ast.JoinedStr):
        return [
            value.value
            if isinstance(value, ast.FormattedValue)
            else str(getattr(value, "value", ""))
            for value in node.values
        ]
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Add):
        return [*_parts(node.left, depth + 1), *(_parts(node.right, depth + 1) or [node.right])]
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Mod):
        right = node.right.elts if isinstance(node.right, ast.Tuple) else [node.right]
        return [*_parts(node.left, depth + 1), *right]
    func = node.func if isinstance(node, ast.Call) else None
    if isinstance(node, ast.Call) and isinstance(func, ast.Attribute) and func.attr == "format":
        return [
            *_parts(func.value, depth + 1),
            *node.args,
            *(keyword.value for keyword in node.keywords),
        ]
    return []
