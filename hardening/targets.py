"""Every place of a response that makes a browser go somewhere, and how to put another there."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from flask import Response

# What scripts look for in the answer to a login that they sent.
JSON_NAMES = ("next", "next_url", "redirect", "redirect_to", "redirect_url", "url", "location")
AMBIGUOUS = frozenset({"url", "location"})  # may be somebody's home page, or where they live
JSON_MOST = 64 * 1024  # bytes: an answer that only says where to go is far shorter

_HEADERS = frozenset({"location", "refresh", "hx-redirect", "hx-location"})
# HTML Standard, "shared declarative refresh steps".
_REFRESH = re.compile(r"""(\s*[0-9.]*\s*[;,\s]\s*)(?:url\s*=\s*)?(["']?)(.*)""", re.I | re.S)


@dataclass(frozen=True, slots=True)
class Target:
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
        match = _REFRESH.fullmatch(headers["Refresh"])
        if match is not None and match.group(3):
            quote = match.group(2)
            url = match.group(3).partition(quote)[0] if quote else match.group(3)
            yield Target("Refresh", url, _header(response, "Refresh", match.group(1) + "url="))
    if "HX-Redirect" in headers:
        yield Target("HX-Redirect", headers["HX-Redirect"], _header(response, "HX-Redirect"))
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
    if not isinstance(content, dict):
        return
    for name in JSON_NAMES:
        if isinstance(content.get(name), str):
            replace = _member(response, content, name)
            yield Target(f"json {name}", content[name], replace, name in AMBIGUOUS)


def _member(response: Response, content: dict[str, Any], name: str) -> Callable[[str], None]:
    def replace(path: str) -> None:
        content[name] = path
        response.set_data(json.dumps(content).encode())

    return replace


def _parsed(text: str | bytes) -> Any:
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return None
