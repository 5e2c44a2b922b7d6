"""Every place of a response that makes a browser go somewhere, and how to put another there."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from flask import Response

# What scripts look for in the answer to a login that they sent, without `_`, `-` and capitals.
JSON_NAMES = frozenset(
    {
        *("next", "nexturl", "nextpage", "goto", "continue", "continueurl", "destination"),
        *("redirect", "redirectto", "redirecturl", "redirecturi", "redirectpath"),
        *("return", "returnto", "returnurl", "forward", "forwardurl", "successurl"),
        *("url", "location", "target", "href"),
    }
)
# May be somebody's home page, or where they live.
AMBIGUOUS = frozenset({"url", "location", "target", "href"})
JSON_DEPTH = 3  # levels: APIs put what they answer into an envelope
JSON_MOST = 64 * 1024  # bytes: an answer that only says where to go is far shorter

_HEADERS = frozenset({"location", "refresh", "hx-redirect", "hx-location", "x-inertia-location"})
# HTML Standard, "shared declarative refresh steps".
# Compiled by `re` at its first use, as most processes start without one.
_REFRESH = r"""(\s*[0-9.]*\s*[;,\s]\s*)(?:url\s*=\s*)?(["']?)(.*)"""
_SEPARATORS = re.compile(r"[_\-]")


class Target(NamedTuple):
    """One destination in a response."""

    where: str
    """The header's name, or ``json`` with the member's."""
    text: str
    """The destination as the app wrote it."""
    replace: Callable[[str], None]
    """Puts another destination in its place."""
    ambiguous: bool = False
    """Whether it may as well be no destination at all."""


def has_targets(response: Response) -> bool:
    """Return whether it is worth looking for destinations in `response`."""
    for name, value in response.headers.to_wsgi_list():  # one pass: this runs on every response
        lowered = name.lower()
        if lowered in _HEADERS or (lowered == "content-type" and "json" in value):
            return True
    return False


def targets_of(response: Response) -> Iterator[Target]:
    """Yield every destination in `response`; the response may be changed meanwhile."""
    headers = response.headers
    if "Location" in headers:
        yield Target("Location", headers["Location"], _location(response))
    if "Refresh" in headers:
        match = re.fullmatch(_REFRESH, headers["Refresh"], re.I | re.S)
        if match is not None and match.group(3):
            quote = match.group(2)
            url = match.group(3).partition(quote)[0] if quote else match.group(3)
            yield Target("Refresh", url, _header(response, "Refresh", match.group(1) + "url="))
    for name in ("HX-Redirect", "X-Inertia-Location"):
        if name in headers:
            yield Target(name, headers[name], _header(response, name))
    if "HX-Location" in headers:
        yield _hx_location(response)
    if response.mimetype == "application/json":
        yield from _in_json(response)


def _header(response: Response, name: str, before: str = "") -> Callable[[str], None]:
    def replace(path: str) -> None:
        response.headers[name] = before + path

    return replace


def _location(response: Response) -> Callable[[str], None]:
    def replace(path: str) -> None:
        response.headers["Location"] = path
        if 300 <= response.status_code < 400 and not response.is_streamed:
            response.set_data(b"")  # Werkzeug's page repeats the destination as a link

    return replace


def _hx_location(response: Response) -> Target:
    """Read htmx's header: a path, or a JSON object whose ``path`` it is."""
    text = response.headers["HX-Location"]
    content = _parsed(text) if text.lstrip().startswith("{") else None
    if isinstance(content, dict) and isinstance(content.get("path"), str):

        def replace(path: str) -> None:
            response.headers["HX-Location"] = json.dumps({**content, "path": path})

        return Target("HX-Location", content["path"], replace)
    return Target("HX-Location", text, _header(response, "HX-Location"))


def _in_json(response: Response) -> Iterator[Target]:
    if response.is_streamed or response.direct_passthrough:
        return
    body = response.get_data()
    content = _parsed(body) if len(body) <= JSON_MOST else None
    yield from _members(response, content, content, JSON_DEPTH)


def _members(response: Response, content: Any, part: Any, depth: int) -> Iterator[Target]:
    if not isinstance(part, dict) or not depth:
        return
    for name, value in list(part.items()):
        plain = _SEPARATORS.sub("", name).lower()
        if isinstance(value, str) and plain in JSON_NAMES:
            replace = _member(response, content, part, name)
            yield Target(f"json {name}", value, replace, plain in AMBIGUOUS)
        else:
            yield from _members(response, content, value, depth - 1)


def _member(
    response: Response, content: Any, part: dict[str, Any], name: str
) -> Callable[[str], None]:
    def replace(path: str) -> None:
        part[name] = path
        response.set_data(json.dumps(content).encode())

    return replace


def _parsed(text: str | bytes) -> Any:
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return None
