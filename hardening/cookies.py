"""Names and attributes of the session and the remember cookie, decided together.

The app keeps the names that it configured. On the way in a prefixed name becomes the app's; on
the way out the app's becomes prefixed, with Secure, HttpOnly and SameSite. The ``__Host-``
prefix (RFC 6265bis) makes a browser refuse a cookie that a sibling subdomain or plain http
planted; ``__Secure-`` is what is left where the app set a domain or a path. Deletions get the
same attributes, since browsers ignore an insecure deletion of a prefixed cookie.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from flask import Response

PREFIXES = ("__Host-", "__Secure-")
# What may stand around a name (RFC 6265bis 5.6, and so does Werkzeug read it). `str.strip` would
# take more: browsers keep the byte 0xA0, and give what follows it no prefix's protection.
SPACE = " \t"
Value = Callable[[str], str]


def prefix_for(*, domain: object, path: str | None) -> str:
    """Return the prefix of a cookie with this domain (or none) and path."""
    return PREFIXES[0] if not domain and path == "/" else PREFIXES[1]


def read_names(header: str, names: Mapping[str, str]) -> tuple[str, frozenset[str]]:
    """Return a Cookie header with the names that the app knows, and which came with a prefix.

    A cookie under the app's plain name is dropped where a prefixed one came along: only an
    attacker, or a browser that has not forgotten yet, sends both. The other prefix is not read
    at all: a sibling subdomain can plant a ``__Secure-`` cookie, though no ``__Host-`` one.
    What nobody can plant comes first: two planted cookies with one quote each would make all that
    stands between them a value.

    Args:
        header: as the browser sent it.
        names: the app's own names of our cookies, and the prefix that each has in browsers.
    """
    ours = {prefix + name: name for name, prefix in names.items()}
    parts = _parts(header)
    prefixed = frozenset(ours[name] for name, _ in parts if name in ours)
    if not prefixed:
        return header, prefixed
    parts.sort(key=lambda part: not part[0].startswith(PREFIXES[0]) and part[0] not in ours)
    kept = [f"{ours.get(name, name)}{rest}" for name, rest in parts if name not in prefixed]
    return "; ".join(kept), prefixed


def _parts(header: str) -> list[tuple[str, str]]:
    """Return each cookie's name and what follows it, from the equals sign on."""
    split = (pair.strip(SPACE).partition("=") for pair in header.split(";"))
    return [(name.rstrip(SPACE), separator + value) for name, separator, value in split]


def drop_names(environ: dict[str, Any], names: Collection[str]) -> None:
    """Take the cookies called `names`, as the app knows them, out of a request."""
    parts = _parts(environ.get("HTTP_COOKIE", ""))
    environ["HTTP_COOKIE"] = "; ".join(f"{name}{rest}" for name, rest in parts if name not in names)


def withhold(response: Response, name: str) -> None:
    """Take every ``Set-Cookie`` of `name` out of a response, except deletions."""
    kept = [
        header
        for header in response.headers.getlist("Set-Cookie")
        if not header.startswith(f"{name}=") or header.startswith(f"{name}=;")
    ]
    response.headers.setlist("Set-Cookie", kept)


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


def deletes(response: Response, name: str) -> bool:
    """Return whether the last word of `response` on the cookie called `name` is to delete it."""
    found = [
        header for header in response.headers.getlist("Set-Cookie") if header.startswith(f"{name}=")
    ]
    return bool(found) and found[-1].startswith(f"{name}=;")


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
    if "secure" not in known:
        attributes.append("Secure")
    if "httponly" not in known:
        attributes.append("HttpOnly")
        if content:  # not a deletion: Flask-Login's lacks it
            replaced.append("HttpOnly")
    if "samesite" not in known:
        attributes.append("SameSite=Lax")
    prefix = prefix_for(domain="domain" in known, path=path)
    return "; ".join([f"{prefix}{name}={content}", *attributes])
