"""Who asks: the address through proxies, whether the way was encrypted, and how far to trust it.

Whom this trusts: the peer of the connection always; forwarded headers only from proxies that
the policy declares or that the app's own ``ProxyFix`` already applied. A private or loopback
peer that nobody declared and that sends forwarded headers is taken for a proxy in front of the
app: nothing is refused on its account, and `proxy` says ``"undeclared"`` so that an event can
name the setting.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Literal

Proxy = Literal["none", "declared", "undeclared"]
Address = ipaddress.IPv4Address | ipaddress.IPv6Address
Network = ipaddress.IPv4Network | ipaddress.IPv6Network

LONGEST_ADDRESS = 100  # characters: 45 for IPv6 with IPv4 at its end, and the zone's name
IPV6_PREFIX = 64  # bits: what one customer holds at least, so rotating inside it gains nothing

# RFC 1918, RFC 6598, RFC 3927 and RFC 4193. `is_private` would not do: it counts the
# documentation ranges, which nobody's proxy lives in.
_PRIVATE = tuple(
    ipaddress.ip_network(text)
    for text in (
        "127.0.0.0/8",
        "10.0.0.0/8",
        "172.16.0.0/12",
        "192.168.0.0/16",
        "100.64.0.0/10",
        "169.254.0.0/16",
        "::1/128",
        "fc00::/7",
        "fe80::/10",
    )
)

# Any of these means that something stands between the client and us.
_FORWARDED = (
    "HTTP_X_FORWARDED_FOR",
    "HTTP_X_FORWARDED_PROTO",
    "HTTP_X_FORWARDED_HOST",
    "HTTP_FORWARDED",
    "HTTP_X_REAL_IP",
    "HTTP_VIA",
)


@dataclass(frozen=True, slots=True)
class Client:
    """What is known of the other end of a request."""

    peer: str
    """The address that the connection came from, empty for a Unix socket."""
    address: str | None
    """The client's own address; None where a proxy hides it."""
    network: str | None
    """`address`, or its /64 network for IPv6: what limits count."""
    https: bool | None
    """Whether the client's own connection is encrypted; None where a proxy hides it."""
    local: bool
    """Whether the client runs on this machine, as a developer's browser does."""
    proxy: Proxy
    """``undeclared`` where the peer looks like a proxy that no setting names."""


class ClientReader:
    """Reads a `Client` from a WSGI environment, for one app's `trusted_proxies`.

    Args:
        trusted_proxies: how many proxies stand in front, their networks, or None.
    """

    def __init__(self, trusted_proxies: int | tuple[str, ...] | None) -> None:
        self._count = trusted_proxies if isinstance(trusted_proxies, int) else None
        self._networks: tuple[Network, ...] = (
            tuple(ipaddress.ip_network(text) for text in trusted_proxies)
            if isinstance(trusted_proxies, tuple)
            else ()
        )

    def read(self, environ: Mapping[str, Any]) -> Client:
        """Return who sent the request described by `environ`."""
        scheme_https = environ.get("wsgi.url_scheme") == "https"
        fixed = environ.get("werkzeug.proxy_fix.orig")
        if fixed is not None:
            peer = str(fixed.get("REMOTE_ADDR") or "")
            remote = str(environ.get("REMOTE_ADDR") or "")
            return _client(peer, remote or None, scheme_https, is_loopback(remote), "declared")
        peer = str(environ.get("REMOTE_ADDR") or "")
        if self._declared(peer):
            address = self._forwarded_for(environ, peer)
            https = scheme_https or self._forwarded_https(environ)
            return _client(peer, address, https, is_loopback(address), "declared")
        if is_private(peer) and _looks_forwarded(environ):
            https_known = scheme_https or _last(environ, "HTTP_X_FORWARDED_PROTO") == "https"
            address = _rightmost_public(environ)
            return _client(peer, address, True if https_known else None, False, "undeclared")
        # Without any peer there is no server either: Flask's `test_request_context`.
        local = is_loopback(peer) or "REMOTE_ADDR" not in environ
        return _client(peer, peer or None, scheme_https, local, "none")

    def _declared(self, peer: str) -> bool:
        if self._count is not None:
            return self._count > 0
        return bool(self._networks) and (not peer or _within(peer, self._networks))

    def _forwarded_for(self, environ: Mapping[str, Any], peer: str) -> str | None:
        hops = [clean(part) for part in _parts(environ, "HTTP_X_FORWARDED_FOR")]
        if self._count is not None:
            # The last proxy's own peer is the right-most entry, and so on to the left.
            return hops[-self._count] if len(hops) >= self._count else (peer or None)
        for hop in reversed(hops):
            if hop is None or not _within(hop, self._networks):
                return hop
        return hops[0] if hops else (peer or None)

    def _forwarded_https(self, environ: Mapping[str, Any]) -> bool:
        values = _parts(environ, "HTTP_X_FORWARDED_PROTO")
        if not values:
            return False
        depth = min(self._count or 1, len(values))
        return values[-depth].lower() == "https"


# What follows is asked about the same few addresses again and again; each cache is bounded,
# because a client may choose what it claims.


@lru_cache(maxsize=4096)
def is_loopback(address: str | None) -> bool:
    """Return whether `address` is this machine's own."""
    parsed = _parse(address or "")
    return parsed is not None and parsed.is_loopback


@lru_cache(maxsize=4096)
def is_private(address: str) -> bool:
    """Return whether `address` can be a proxy's of the same site; a Unix socket counts."""
    return not address or _within(address, _PRIVATE)


def network_of(address: str) -> str:
    """Return what limits count for `address`: itself, or its /64 for IPv6."""
    parsed = _parse(address)
    if parsed is None:
        return address
    if parsed.version == 6:
        return str(ipaddress.ip_network((parsed, IPV6_PREFIX), strict=False))
    return str(parsed)


def prefix_of(network: str | None) -> str | None:
    """Return `network`, as `network_of` made it, without its end: an IPv4 /24 or an IPv6 /64."""
    if network is None:
        return None
    if ":" in network:
        return f"{network.partition('/')[0].rstrip(':')}::x"
    start, dot, _ = network.rpartition(".")
    return f"{start}.x" if dot else None


def clean(text: str) -> str | None:
    """Return the address in one element of a forwarded header, without port and brackets."""
    text = text.strip().strip('"')
    if text.startswith("["):
        text = text[1:].partition("]")[0]
    elif text.count(":") == 1:
        text = text.partition(":")[0]
    if len(text) > LONGEST_ADDRESS:
        return None
    parsed = _parse(text)
    return None if parsed is None else str(parsed)


@lru_cache(maxsize=4096)
def _client(
    peer: str, address: str | None, https: bool | None, local: bool, proxy: Proxy
) -> Client:
    network = None if address is None else network_of(address)
    return Client(peer, address, network, https, local, proxy)


def _looks_forwarded(environ: Mapping[str, Any]) -> bool:
    if any(name in environ for name in _FORWARDED):
        return True
    # No browser has spoken HTTP/1.0 for decades; nginx does to its upstreams by default.
    return environ.get("SERVER_PROTOCOL") == "HTTP/1.0" and "HTTP_HOST" in environ


def _rightmost_public(environ: Mapping[str, Any]) -> str | None:
    for part in reversed(_parts(environ, "HTTP_X_FORWARDED_FOR")):
        address = clean(part)
        if address is not None and not is_private(address):
            return address
    return None


def _last(environ: Mapping[str, Any], name: str) -> str:
    values = _parts(environ, name)
    return values[-1].lower() if values else ""


def _parts(environ: Mapping[str, Any], name: str) -> list[str]:
    value = environ.get(name)
    return [part.strip() for part in value.split(",") if part.strip()] if value else []


def _within(address: str, networks: tuple[Network, ...]) -> bool:
    parsed = _parse(address)
    return parsed is not None and any(parsed in network for network in networks)


@lru_cache(maxsize=4096)
def _parse(text: str) -> Address | None:
    try:
        parsed = ipaddress.ip_address(text)
    except ValueError:
        return None
    if isinstance(parsed, ipaddress.IPv6Address) and parsed.ipv4_mapped is not None:
        return parsed.ipv4_mapped
    return parsed
