"""Where something comes from, as a content policy writes it: an origin, a scheme, or a keyword."""

from __future__ import annotations

from collections.abc import Collection
from urllib.parse import urlsplit

from hardening.hosts import Host, read_host

SELF = "'self'"
_LONGEST = 2048  # characters of an address that are looked at
_NAMED = frozenset({"http", "https", "ws", "wss"})
_BARE = frozenset({"data", "blob", "filesystem", "mediastream"})


def source_of(address: str, own: Collection[Host]) -> str | None:
    """Return the source that would allow `address`; None where no policy is about it.

    Args:
        address: an absolute address, such as ``https://cdn.example/lib.js``.
        own: the hosts of the app; theirs is ``'self'``.
    """
    text = address.strip()[:_LONGEST]
    scheme = text.partition(":")[0].lower()
    if scheme in _BARE:
        return f"{scheme}:"
    if scheme not in _NAMED:  # an extension of the browser, about:, javascript:, nonsense
        return None
    try:
        host = read_host(urlsplit(text).netloc.rpartition("@")[2])
    except ValueError:
        return None
    if host is None:
        return None
    return SELF if host in own else f"{scheme}://{host}"
