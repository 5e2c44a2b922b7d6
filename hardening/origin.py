"""Cross-site requests: unsafe methods, WebSockets and logouts need proof that they are our own.

The algorithm is that of Go 1.25's ``http.CrossOriginProtection``, stricter in two places:
``same-site`` proves nothing (a sibling subdomain may be somebody else's), and an ``http``
origin is not the same as an ``https`` one. Sources: ASVS 3.5.1, 3.5.3; Fetch Metadata.

Whom this trusts: ``Sec-Fetch-Site`` and ``Origin``, which pages cannot set. A request with
neither is no browser's and carries nobody's cookies by accident, so it passes.
Fails closed where the proof is missing or unreadable; an internal failure lets the request on.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from hardening.decision import Refusal
from hardening.hosts import Host, OwnHosts, read_host
from hardening.kinds import EndpointTable, kinds_of
from hardening.logout_page import logout_page
from hardening.shown import shown
from hardening.sign_on import SignOn
from hardening.sso import is_sso_answer

if TYPE_CHECKING:
    from flask import Request, Response

    from hardening.context import Context
    from hardening.state import State

SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})
OWN_SITES = frozenset({"same-origin", "none"})
# What middlewares and views take for the method that is meant.
OVERRIDES = ("HTTP_X_HTTP_METHOD_OVERRIDE", "HTTP_X_HTTP_METHOD", "HTTP_X_METHOD_OVERRIDE")
REFUSED = "This was sent by a page of another site, so it was not done. Do it again on this site."
REFUSED_LINK = "A link of another site holds a password, so nobody was logged in."
REFUSED_LOGOUT = "A page of another site tried to log you out, so it was not done."


class CrossSite:
    """Guard ``cross_site``."""

    def __init__(self, context: Context, endpoints: EndpointTable) -> None:
        self._context = context
        self._hosts = OwnHosts(context)
        self._endpoints = endpoints
        self._sign_on = SignOn(context)
        self._said_rewritten = False

    def before(self, request: Request, state: State) -> Refusal | None:
        """Return a refusal where another site's page may be behind `request`."""
        endpoint = request.endpoint
        if endpoint is None or "cross_site" in state.exempt:
            return None
        environ = request.environ
        if "HTTP_UPGRADE" in environ and environ["HTTP_UPGRADE"].lower() == "websocket":
            admitted = self._own(request, state) or self._trusted(request)
            return None if admitted else self._refuse(request, "websocket")
        method = request.method
        if method != "GET" or environ.get("QUERY_STRING"):
            self._sign_on.before(request, state)
        first, second, third = OVERRIDES
        overridden = first in environ or second in environ or third in environ
        if method in SAFE_METHODS and not overridden:
            if method == "OPTIONS" or "HTTP_SEC_FETCH_SITE" not in environ:
                return None
            if environ["HTTP_SEC_FETCH_SITE"] in OWN_SITES:
                return None
            return self._judge_link(request, state)
        if self._own(request, state):
            return None
        if self._trusted(request):
            return self._sign_on.carry(request)
        return self._judge_foreign(request, state, endpoint)

    def after(self, request: Request, state: State, response: Response) -> None:
        """Prepare for an identity provider's answer where `response` sends somebody there."""
        self._sign_on.after(request, state, response)

    def foreign_socket(self, request: Request, state: State) -> bool:
        """Return whether another site's page opens a connection that Flask does not dispatch.

        Reported; True only where that is to be carried out.
        """
        if self._own(request, state) or self._trusted(request):
            return False
        refusal = self._refuse(request, "socket")
        self._context.report(refusal.event, refusal.level, **refusal.details)
        return self._context.enforcing

    def _own(self, request: Request, state: State) -> bool:
        site = request.environ.get("HTTP_SEC_FETCH_SITE")
        if site in OWN_SITES:
            return True
        origin = request.environ.get("HTTP_ORIGIN")
        if origin is None:
            return site is None
        return site is None and self._same_origin(origin, request, state)

    def _trusted(self, request: Request) -> bool:
        origin = request.environ.get("HTTP_ORIGIN")
        return origin is not None and origin.lower() in self._context.policy.trusted_origins

    def _same_origin(self, origin: str, request: Request, state: State) -> bool:
        """Judge by ``Origin`` alone: old browsers, and pages served over plain http."""
        scheme, _, rest = origin.lower().partition("://")
        host = read_host(rest)
        if scheme not in ("http", "https") or host is None:  # such as the origin "null"
            return False
        if state.client.https is True and scheme != "https":
            return False
        seen = self._hosts.seen(request.environ, state.client)
        if host in seen:
            return True
        if state.client.proxy == "none":
            return False
        # A proxy may have put its own idea of a host in place of the client's.
        named = [read_host(entry) for entry in self._hosts.configured()]
        if host in named:
            return True
        return not named and state.client.proxy == "undeclared" and self._rewritten(seen)

    def _rewritten(self, seen: tuple[Host, ...]) -> bool:
        """Return whether the Host is one that only the proxy can have asked for.

        Browsers send ``Sec-Fetch-Site`` to their own machine, so this is none of theirs. Their
        real host is unknown until a setting names it, and nobody could log in meanwhile.
        """
        if not seen or not all(host.local for host in seen):
            return False
        if not self._said_rewritten:
            self._said_rewritten = True
            advice = "Policy(trusted_hosts=[...]), or let the proxy pass the Host header on"
            self._context.report(
                "host_rewritten", "warning", setting="trusted_hosts", advice=advice
            )
        return True

    def _judge_foreign(self, request: Request, state: State, endpoint: str) -> Refusal | None:
        cookies = self._has_cookies(request)
        authorization = request.headers.get("Authorization", "").lower()
        if authorization.startswith("bearer ") and not cookies:
            return None  # browsers never add these by themselves, unlike Basic
        if self._sign_on.proven(state):
            return self._sign_on.carry(request)
        if cookies or authorization:
            return self._refuse(request, "cookies" if cookies else "authorization")
        # Nobody's rights are used. Logging somebody in needs none, so it is judged apart.
        kinds = kinds_of(self._endpoints, request, state)
        if "logout" in kinds:  # the answer to a form deletes cookies that were not sent
            return self._refuse(request, "logout", REFUSED_LOGOUT)
        answer = is_sso_answer(request)
        if "login" in kinds and not answer:
            return self._refuse(request, "login")
        # A provider that the policy names finds the session too; see `SignOn`.
        named: dict[str, object] = {"setting": "trusted_origins"} if answer else {}
        self._context.report(
            "cross_site_unauthenticated",
            "info",
            **{"endpoint": endpoint, "origin": _origin(request), **named},
        )
        return None

    def _has_cookies(self, request: Request) -> bool:
        config = self._context.app.config
        names = (config.get("SESSION_COOKIE_NAME"), config.get("REMEMBER_COOKIE_NAME"))
        session, remember = names[0] or "session", names[1] or "remember_token"
        return session in request.cookies or remember in request.cookies

    def _judge_link(self, request: Request, state: State) -> Refusal | None:
        """Judge what another site's page makes a browser ask for: a link, an image, a frame."""
        kinds = kinds_of(self._endpoints, request, state)
        if state.logout or "logout" in kinds:
            return self._judge_logout(request)
        if not kinds.isdisjoint(("login", "reauth")) and request.environ.get("QUERY_STRING"):
            from hardening.logins.typed import typed_passwords

            if "HTTP_AUTHORIZATION" not in request.environ and typed_passwords(request):
                return self._refuse(request, "login_link", REFUSED_LINK)
        return None

    def _judge_logout(self, request: Request) -> Refusal:
        headers = request.headers
        prefetch = "prefetch" in headers.get("Sec-Purpose", headers.get("Purpose", ""))
        navigation = headers.get("Sec-Fetch-Mode") == "navigate" and request.method == "GET"
        if navigation and headers.get("Sec-Fetch-Dest") == "document" and not prefetch:
            # Also without cookies: browsers keep SameSite=Strict ones back here, and then obey
            # the answer that deletes them.
            return _ask(request)
        return self._refuse(request, "logout", REFUSED_LOGOUT)

    def _refuse(self, request: Request, what: str, reason: str = REFUSED) -> Refusal:
        details: dict[str, object] = {
            "endpoint": request.endpoint,
            "method": request.method,
            "origin": _origin(request),
            "site": shown(request.headers.get("Sec-Fetch-Site", "")),
            "what": what,
        }
        if what != "login":  # that one is never done with on purpose
            details["exemption"] = f"hardening.exempt({request.endpoint!r}, 'cross_site')"
        # Links have no origin, and neither have pages that hide it.
        if request.environ.get("HTTP_ORIGIN", "null") != "null":
            details["setting"] = "trusted_origins"
        return Refusal(
            guard="cross_site",
            status=403,
            event="malicious_csrf",
            reason=reason,
            headers=(("Cache-Control", "no-store"),),
            details=details,
        )


def _ask(request: Request) -> Refusal:
    body, policy = logout_page(request.args.items(multi=True))
    return Refusal(
        guard="cross_site",
        # Not an error: proxies put pages of their own in place of errors.
        status=200,
        event="logout_confirmation",
        reason="A link on another site leads to logging out.",
        level="info",
        body=body,
        headers=(("Cache-Control", "no-store"), ("Content-Security-Policy", policy)),
        details={"endpoint": request.endpoint},
    )


def _origin(request: Request) -> str:
    return shown(request.headers.get("Origin", ""))
