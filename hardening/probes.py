"""Whether a request over http is a health check of the platform, which knows nothing of https.

Kubernetes, AWS and Google Cloud ask an instance directly, by its address, and take a redirect for
a failure; the instance then gets no traffic at all. Such a request reads a page as nobody: it has
no cookie and no credentials, so nothing is given away by answering it. A person's browser is
told apart, and redirected.
"""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Mapping
from typing import Any

from hardening.client import Client, is_private

# Google Cloud's load balancers check from these public networks (its documentation, "Health
# checks overview"). Nobody else can: the connection's own address is not a header.
_GOOGLE = (ipaddress.ip_network("35.191.0.0/16"), ipaddress.ip_network("130.211.0.0/22"))
# Compiled by `re` at its first use, as most processes start without one.
_HOST = r"(?:\[([0-9A-Fa-f:.]+)\]|([0-9.]+))(?::[0-9]{1,5})?"


def is_probe(environ: Mapping[str, Any], client: Client) -> bool:
    """Return whether `environ` is a health check.

    Args:
        environ: the WSGI environment.
        client: who sent it. One behind a proxy, declared or not, is none.
    """
    if environ.get("REQUEST_METHOD") not in ("GET", "HEAD") or client.proxy != "none":
        return False
    if environ.get("HTTP_COOKIE") or environ.get("HTTP_AUTHORIZATION"):
        return False
    # Every browser's name begins so, and no probe's does.
    if str(environ.get("HTTP_USER_AGENT") or "").startswith("Mozilla/"):
        return False
    return _names_an_address(str(environ.get("HTTP_HOST") or "")) and _may_probe(client.peer)


def _names_an_address(host: str) -> bool:
    match = re.fullmatch(_HOST, host)
    return match is not None and _address(match.group(1) or match.group(2)) is not None


def _may_probe(peer: str) -> bool:
    if is_private(peer):
        return True
    address = _address(peer)
    return address is not None and any(address in network for network in _GOOGLE)


def _address(text: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
    try:
        return ipaddress.ip_address(text)
    except ValueError:
        return None
