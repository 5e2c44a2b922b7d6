"""Which hosts are the app's own, and which one the client sees.

Whom this trusts: the configuration (``Policy.trusted_hosts``, ``TRUSTED_HOSTS``,
``SERVER_NAME``) always. The ``Host`` header is what the client asked for, not a proof of
anything. ``X-Forwarded-Host`` counts only from a declared proxy or a private peer.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from functools import lru_cache
from typing import Any, NamedTuple

from hardening.client import Client
from hardening.context import Context

# Compiled by `re` at its first use, as most processes start without one.
_HOST = r"(\[[0-9a-f:.]+\]|[a-z0-9._\-]+)(?::([0-9]{1,5}))?"
_DEFAULT_PORTS = (None, 80, 443)
_LOCAL_NAMES = ("localhost", "[::1]")


class Host(NamedTuple):
    """A host name and perhaps a port, free of characters that a URL would read otherwise."""

    name: str
    """Lower case; IPv6 in brackets."""
    port: int | None = None
    """None where it is 80, 443 or not given."""

    def __str__(self) -> str:
        return self.name if self.port is None else f"{self.name}:{self.port}"

    @property
    def local(self) -> bool:
        """Whether browsers reach it on their own machine."""
        return names_this_machine(self.name)


@lru_cache(maxsize=1024)  # bounded: an attacker chooses these
def read_host(text: str) -> Host | None:
    """Return the host in `text`, or None if it is no ``name`` or ``name:port``."""
    lowered = text.strip().lower()
    if not lowered.isascii():
        try:
            lowered = lowered.encode("idna").decode("ascii")
        except UnicodeError:
            return None
    match = re.fullmatch(_HOST, lowered)
    if match is None:
        return None
    port = int(match.group(2)) if match.group(2) else None
    return Host(match.group(1), None if port in _DEFAULT_PORTS else port)


@lru_cache(maxsize=1024)  # as above
def names_this_machine(text: str) -> bool:
    """Return whether browsers reach the host in `text` on their own machine."""
    host = read_host(text)
    return host is not None and (
        host.name in _LOCAL_NAMES
        or host.name.endswith(".localhost")
        or re.fullmatch(r"127(\.[0-9]+){3}", host.name) is not None
    )


class OwnHosts:
    """The hosts of one app. Reads the configuration at every use: it may still change."""

    def __init__(self, context: Context) -> None:
        self._context = context

    def configured(self) -> tuple[str, ...]:
        """Return what the owner wrote, in order; an entry may start with a dot."""
        config = self._context.app.config
        listed = config.get("TRUSTED_HOSTS")
        name = config.get("SERVER_NAME")
        found = (
            *self._context.policy.trusted_hosts,
            *([listed] if isinstance(listed, str) else listed or ()),
            *([name] if name else ()),
        )
        return tuple(dict.fromkeys(str(entry).lower() for entry in found))

    def seen(self, environ: Mapping[str, Any], client: Client) -> tuple[Host, ...]:
        """Return what the client may have asked for, most likely first; invalid ones left out."""
        texts = []
        forwarded = [
            part for part in str(environ.get("HTTP_X_FORWARDED_HOST") or "").split(",") if part
        ]
        if forwarded and client.proxy != "none":
            count = self._context.policy.trusted_proxies
            depth = count if isinstance(count, int) and 0 < count <= len(forwarded) else 1
            texts.append(forwarded[-depth])
        texts.append(_host_header(environ))
        hosts = (read_host(text) for text in texts)
        return tuple(dict.fromkeys(host for host in hosts if host is not None))


def matches(host: Host, entries: Iterable[str]) -> bool:
    """Return whether `host` is one of `entries`; ``.example.com`` means every subdomain too."""
    for entry in entries:
        listed = read_host(entry.removeprefix("."))
        if listed is None or listed.port not in (None, host.port):
            continue
        if host.name == listed.name:
            return True
        if entry.startswith(".") and host.name.endswith("." + listed.name):
            return True
    return False


def _host_header(environ: Mapping[str, Any]) -> str:
    given = environ.get("HTTP_HOST")
    if given:
        return str(given)
    return f"{environ.get('SERVER_NAME') or ''}:{environ.get('SERVER_PORT') or '80'}"
