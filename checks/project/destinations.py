"""Hostile destinations, where a browser goes with them, and the pure functions tried on them."""

from __future__ import annotations

import posixpath
import re
import urllib.parse
from collections.abc import Callable
from typing import Any

HOST = "evil.example"

# Tried in this order. Each leaves the site in a browser, or, the two last, in the header that
# Werkzeug writes for it. Most come from published advisories about guards that let them pass.
HOSTILE = (
    f"https://{HOST}/",
    f"//{HOST}/",
    f"////{HOST}/",
    f"\\\\{HOST}/",
    f"/\\{HOST}/",
    f"http:///{HOST}/",
    f"https:{HOST}",
    f"/\t/{HOST}/",
)
ONLY_WITH_TAB = HOSTILE[-1]

# What the app's own address is taken for.
OWN: dict[str, object] = {
    "flask.request.host_url": "https://app.test/",
    "flask.request.url_root": "https://app.test/",
    "flask.request.root_url": "https://app.test/",
    "flask.request.base_url": "https://app.test/login",
    "flask.request.url": "https://app.test/login",
    "flask.request.host": "app.test",
    "flask.request.scheme": "https",
    "flask.request.path": "/login",
    "flask.request.full_path": "/login?",
    "flask.request.script_root": "",
}
# What ``url_for`` is taken to return: some page of the app, which no hostile address equals.
PAGE = "/page-of-the-app"

FUNCTIONS: dict[str, Callable[..., Any]] = {
    "urllib.parse.urlparse": urllib.parse.urlparse,
    "urllib.parse.urlsplit": urllib.parse.urlsplit,
    "urllib.parse.urljoin": urllib.parse.urljoin,
    "urllib.parse.urlunparse": urllib.parse.urlunparse,
    "urllib.parse.urlunsplit": urllib.parse.urlunsplit,
    "urllib.parse.quote": urllib.parse.quote,
    "urllib.parse.unquote": urllib.parse.unquote,
    "urllib.parse.unquote_plus": urllib.parse.unquote_plus,
    "urllib.unquote": urllib.parse.unquote,  # of Python 2, as the next two
    "urllib.unquote_plus": urllib.parse.unquote_plus,
    "urllib2.unquote": urllib.parse.unquote,
    "urllib.parse.parse_qsl": urllib.parse.parse_qsl,
    "urllib.parse.parse_qs": urllib.parse.parse_qs,
    "urllib.parse.urlencode": urllib.parse.urlencode,
    "urllib.parse.ParseResult": urllib.parse.ParseResult,
    "urllib.parse.SplitResult": urllib.parse.SplitResult,
    "werkzeug.urls.url_parse": urllib.parse.urlsplit,
    "werkzeug.urls.url_join": urllib.parse.urljoin,
    "werkzeug.urls.url_unparse": urllib.parse.urlunsplit,
    "posixpath.normpath": posixpath.normpath,
    "os.path.normpath": posixpath.normpath,
    "builtins.str": str,
    "builtins.len": len,
    "builtins.bool": bool,
    "builtins.list": list,
    "builtins.tuple": tuple,
    "flask.escape": str,
    "typing.cast": lambda kind, value: value,
}
METHODS = frozenset(
    [
        "startswith", "endswith", "strip", "lstrip", "rstrip", "lower", "upper", "replace",
        "split", "rsplit", "partition", "rpartition", "find", "rfind", "index", "count", "join",
        "removeprefix", "removesuffix", "casefold", "geturl", "_replace", "encode", "decode",
        "isalnum", "isidentifier", "isupper", "islower", "isdigit", "isnumeric", "isspace",
        "isascii", "format", "to_url", "get",
    ]
)  # fmt: skip
ATTRIBUTES = frozenset(
    {"scheme", "netloc", "path", "query", "params", "fragment", "hostname", "port", "username"}
)

_CONTROL = "".join(map(chr, range(33)))


def leaves(destination: str) -> bool:
    """Return whether a browser that is sent to `destination` ends on `HOST`.

    Follows the URL standard: outer control characters, tabs and line ends go, a backslash is a
    slash, and any number of slashes begins an authority. ``https:host`` leaves a site that
    itself is on http, ``http:host`` one on https.
    """
    text = re.sub(r"[\t\r\n]", "", destination.strip(_CONTROL)).replace("\\", "/").lower()
    match = re.match(r"(?:https?:/*|//+)", text)
    if match is None:
        return False
    authority = re.split(r"[/?#]", text[match.end() :], maxsplit=1)[0]
    return authority.rpartition("@")[2].split(":")[0] == HOST
