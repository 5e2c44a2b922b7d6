"""What a page loads: the sources in its tags, found without parsing the page.

A pattern and not a parser, since this runs inside a request: linear in the page's length, also
for a page made to be hard. A tag it misses is only not proposed.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator

from hardening.csp.sources import SELF, source_of
from hardening.hosts import Host

# No "<" inside a tag: without that, "<img<img<img" would be looked through once for each.
_TAG = re.compile(
    r"<(script|link|img|source|video|audio|track|embed|object|iframe|frame|form|button|input)"
    r"(?=[\s/])([^<>]{1,4096})>",
    re.IGNORECASE,
)
_ATTRIBUTE = re.compile(
    r"(?<![\w-])(src|href|action|formaction|poster|data|srcset|rel)\s{0,8}=\s{0,8}"
    r"(?:\"([^\"]*)\"|'([^']*)'|([^\s\"'>]+))",
    re.IGNORECASE,
)
_SCHEME = re.compile(r"[a-z][a-z0-9+.-]{0,20}:", re.IGNORECASE)

_KINDS = {
    ("script", "src"): "script",
    ("img", "src"): "image",
    ("img", "srcset"): "image",
    ("source", "srcset"): "image",
    ("source", "src"): "media",
    ("video", "src"): "media",
    ("video", "poster"): "image",
    ("audio", "src"): "media",
    ("track", "src"): "media",
    ("embed", "src"): "object",
    ("object", "data"): "object",
    ("iframe", "src"): "frame",
    ("frame", "src"): "frame",
    ("form", "action"): "form",
    ("button", "formaction"): "form",
    ("input", "formaction"): "form",
    ("input", "src"): "image",
}
_RELATIONS = {
    "stylesheet": "style",
    "icon": "image",
    "apple-touch-icon": "image",
    "manifest": "manifest",
    "preconnect": "connection",
    "dns-prefetch": "connection",
    "modulepreload": "script",
}


def loads(text: str, scheme: str, own: Collection[Host]) -> Iterator[tuple[str, str]]:
    """Yield (kind, source) for what the page `text` loads or sends forms to.

    Args:
        text: HTML.
        scheme: of the page itself, for addresses that begin with ``//``.
        own: the app's hosts.
    """
    for tag in _TAG.finditer(text):
        name = tag.group(1).lower()
        found = [
            (match.group(1).lower(), next(filter(None, match.groups()[1:]), ""))
            for match in _ATTRIBUTE.finditer(tag.group(2))
        ]
        kind_of_link = None
        if name == "link":
            relations = next((value for key, value in found if key == "rel"), "").lower().split()
            kind_of_link = next((_RELATIONS[one] for one in relations if one in _RELATIONS), None)
        for key, value in found:
            kind = kind_of_link if name == "link" and key == "href" else _KINDS.get((name, key))
            if kind is not None:
                for address in value.split(",") if key == "srcset" else (value,):
                    source = _source(address, scheme, own)
                    if source is not None:
                        yield kind, source


def _source(address: str, scheme: str, own: Collection[Host]) -> str | None:
    from html import unescape  # its table of entities is large, and few processes need it

    text = unescape(address.strip())
    text = text.split(maxsplit=1)[0] if text else ""  # srcset: the width comes after a space
    if text.startswith("//"):
        text = f"{scheme}:{text}"
    return source_of(text, own) if _SCHEME.match(text) else SELF
