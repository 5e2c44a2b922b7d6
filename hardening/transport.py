"""HTTPS: a page asked for over http is redirected, a form sent over http is refused.

So is, over https, a request for a host that is none of the app's: see `hardening.strange_hosts`.

A password sent over http is on the wire already, so answering it with a redirect would only
hide that. Fails open: a request that cannot be judged goes on to the app.
Whom this trusts: `hardening.client` for whether the client's way was encrypted. Where a proxy
that nobody declared hides that, nothing is redirected or refused.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from hardening.client import Client
from hardening.decision import Refusal
from hardening.hosts import Host, OwnHosts, matches, read_host
from hardening.probes import is_probe
from hardening.strange_hosts import strange_host

if TYPE_CHECKING:
    from flask import Request

    from hardening.context import Context
    from hardening.state import State

REDIRECT = 308  # Permanent Redirect (RFC 9110): the only permanent one that keeps the method
REFUSED = "Send this over https: over http anybody on the way can read and change it."

# RFC 3986 pchar and "/"; "%" is not among them since WSGI has decoded the path.
_PATH_SAFE = "/!$&'()*+,;=:@-._~"
_QUERY_SAFE = _PATH_SAFE + "?%[]"


class Transport:
    """Guard ``transport``. Says once per process what it lacks to judge well."""

    def __init__(self, context: Context) -> None:
        self._context = context
        self._hosts = OwnHosts(context)
        self._said: set[str] = set()

    def before(self, request: Request, state: State) -> Refusal | None:
        """Return a redirect to https, a refusal, or None where the way and the host are right."""
        client = state.client
        if client.proxy == "undeclared":
            self._say_undeclared(client)
        insecure = client.https is False and self._context.policy.https
        # Over http a page of a host that is not the app's is redirected to one that is.
        refusal = None if insecure else strange_host(request.environ, client, self._context)
        if not insecure and refusal is None:
            return None
        if self._context.lenient(client):
            return None
        if "transport" in state.exempt:
            return None
        if is_probe(request.environ, client):
            return None
        if refusal is not None:
            return refusal
        # OPTIONS is refused as well: a CORS preflight does not follow redirects.
        if request.method not in ("GET", "HEAD"):
            return _refusal(request.method)
        host = self._redirect_host(request.environ, client)
        return _refusal(request.method) if host is None else _redirect(host, request.environ)

    def _redirect_host(self, environ: Mapping[str, Any], client: Client) -> Host | None:
        asked = next(iter(self._hosts.seen(environ, client)), None)
        configured = self._hosts.configured()
        if not configured:
            if asked is not None:
                self._say_unpinned()
            return asked
        if asked is not None and matches(asked, configured):
            return asked
        named = (read_host(entry.removeprefix(".")) for entry in configured)
        return next((host for host in named if host is not None), None)

    def _say_undeclared(self, client: Client) -> None:
        self._once(
            "proxy_undeclared",
            setting="trusted_proxies",
            advice="Policy(trusted_proxies=1) or HARDENING_TRUSTED_PROXIES = 1",
            peer=client.peer or "unix socket",
            https="unknown" if client.https is None else "as forwarded",
        )

    def _say_unpinned(self) -> None:
        self._once(
            "host_not_pinned",
            setting="trusted_hosts",
            advice="Policy(trusted_hosts=[...]), TRUSTED_HOSTS or SERVER_NAME",
        )

    def _once(self, event: str, **details: object) -> None:
        if event not in self._said:
            self._said.add(event)
            self._context.report(event, "warning", **details)


def _redirect(host: Host, environ: Mapping[str, Any]) -> Refusal:
    return Refusal(
        guard="transport",
        status=REDIRECT,
        event="insecure_transport",
        reason="This page is served over https only.",
        level="info",
        location=f"https://{host}{_path_and_query(environ)}",
        # Whoever keeps it would keep it past a change of mind, and for other hosts.
        headers=(("Cache-Control", "no-store"),),
        details={"answer": "redirect"},
    )


def _refusal(method: str) -> Refusal:
    return Refusal(
        guard="transport",
        status=403,
        event="insecure_transport",
        reason=REFUSED,
        headers=(("Cache-Control", "no-store"),),
        details={"answer": "refuse", "method": method[:16]},
    )


def _path_and_query(environ: Mapping[str, Any]) -> str:
    # PEP 3333: these strings hold the bytes of the request, one character each.
    path = str(environ.get("SCRIPT_NAME") or "") + str(environ.get("PATH_INFO") or "/")
    query = str(environ.get("QUERY_STRING") or "")
    found = quote(path.encode("latin-1", "replace"), safe=_PATH_SAFE)
    if not found.startswith("/"):
        found = "/" + found
    if query:
        found += "?" + quote(query.encode("latin-1", "replace"), safe=_QUERY_SAFE)
    return found
