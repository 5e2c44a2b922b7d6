"""Requests for a host that is none of the app's: links in mails would lead there.

Only where the owner named the hosts, by ``Policy.trusted_hosts``; Flask's own ``TRUSTED_HOSTS``
is held to where Flask does not, which is before 3.1. Fails open: a request that cannot be judged
goes on to the app.
Whom this trusts: a private peer that asks for a private address or a name without a dot, which is
how a proxy that does not pass the Host header on, or a health check, calls the app.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from flask import Flask

from hardening.client import Client, is_private
from hardening.decision import Refusal
from hardening.hosts import Host, matches, read_host

if TYPE_CHECKING:
    from hardening.context import Context

_FLASK_CHECKS = "TRUSTED_HOSTS" in Flask.default_config
_SHOWN = 100  # characters of a host, which an attacker chooses, in an event


def strange_host(environ: Mapping[str, Any], client: Client, context: Context) -> Refusal | None:
    """Return the refusal of a request whose Host header names no host of the app.

    Args:
        environ: the WSGI environment, as the app sees it.
        client: who asks.
        context: of the wrapped app.
    """
    trusted = context.policy.trusted_hosts
    listed = None if _FLASK_CHECKS else context.app.config.get("TRUSTED_HOSTS")
    if not trusted and not listed:
        return None
    asked = environ.get("HTTP_HOST")
    if not asked:
        return None  # then links name the server's own address
    host = read_host(str(asked))
    entries = [*trusted, *([listed] if isinstance(listed, str) else listed or ())]
    if host is not None and (
        matches(host, (str(entry).lower() for entry in entries))
        or (is_private(client.peer) and _is_inner(host))
    ):
        return None
    return Refusal(
        guard="transport",
        status=400,
        event="host_refused",
        reason="This site is not served under that host name.",
        headers=(("Cache-Control", "no-store"),),
        details={"host": str(asked)[:_SHOWN], "setting": "trusted_hosts"},
    )


def _is_inner(host: Host) -> bool:
    """Return whether no page of somebody else can be under it."""
    if host.local:
        return True
    try:
        return ipaddress.ip_address(host.name.strip("[]")).is_private
    except ValueError:
        return "." not in host.name
