"""Names and attributes of the session and the remember cookie, decided together.

The app keeps the names that it configured. On the way in a prefixed name becomes the app's; on
the way out the app's becomes prefixed, with Secure, HttpOnly and SameSite. The ``__Host-``
prefix (RFC 6265bis) makes a browser refuse a cookie that a sibling subdomain or plain http
planted; ``__Secure-`` is what is left where the app set a domain or a path. Deletions get the
same attributes, since browsers ignore an insecure deletion of a prefixed cookie.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from flask import Response

PREFIXES = ("__Host-", "__Secure-")
Value = Callable[[str], str]


def read_names(environ: dict[str, Any], names: tuple[str, ...]) -> None:
    """Give the cookies of a request the names that the app knows.

    A cookie under the app's plain name is dropped where a prefixed one came along: only an
    attacker, or a browser that has not forgotten yet, sends both.

    Args:
        environ: the WSGI environment; its ``HTTP_COOKIE`` is replaced where needed.
        names: the app's own names of our cookies.
    """
    header = environ.get("HTTP_COOKIE")
    if not header or not any(prefix in header for prefix in PREFIXES):
        return
    pairs = [pair.strip() for pair in header.split(";")]
    ours = {prefix + name: name for name in names for prefix in PREFIXES}
    prefixed = {ours[name] for pair in pairs if (name := pair.partition("=")[0]) in ours}
    kept = []
    for pair in pairs:
        name, separator, value = pair.partition("=")
        if name in ours:
            kept.append(f"{ours[name]}{separator}{value}")
        elif name not in prefixed:
            kept.append(pair)
    environ["HTTP_COOKIE"] = "; ".join(kept)


def write(response: Response, name: str, *, secured: bool, value: Value | None = None) -> list[str]:
    """Rewrite every ``Set-Cookie`` of `name` in a response.

    Args:
        response: the response, changed in place.
        name: the app's own name of the cookie.
        secured: whether our name and attributes hold for this request.
        value: makes the value to send of the app's own; not asked for a deletion.

    Returns:
        What the app had chosen and we replaced because it was unsafe, for an event.
    """
    replaced: list[str] = []
    headers = response.headers.getlist("Set-Cookie")
    if not any(header.startswith(f"{name}=") for header in headers):
        return replaced
    rewritten = [
        _rewritten(header, name, secured, value, replaced)
        if header.startswith(f"{name}=")
        else header
        for header in headers
    ]
    response.headers.setlist("Set-Cookie", rewritten)
    return replaced


def _rewritten(
    header: str, name: str, secured: bool, value: Value | None, replaced: list[str]
) -> str:
    pair, *attributes = header.split("; ")
    content = pair.partition("=")[2]
    if value is not None and content:
        content = value(content)
    if not secured:
        return "; ".join([f"{name}={content}", *attributes])
    known = {attribute.partition("=")[0].lower() for attribute in attributes}
    path = next((a.partition("=")[2] for a in attributes if a.lower().startswith("path=")), None)
    host_only = "domain" not in known and path == "/"
    if "secure" not in known:
        attributes.append("Secure")
    if "httponly" not in known:
        attributes.append("HttpOnly")
        if content:  # not a deletion: Flask-Login's lacks it
            replaced.append("HttpOnly")
    if "samesite" not in known:
        attributes.append("SameSite=Lax")
    prefix = PREFIXES[0] if host_only else PREFIXES[1]
    return "; ".join([f"{prefix}{name}={content}", *attributes])
