"""Where a login may lead: not to another site that the request itself named.

Judged on what goes out (``Location``, ``Refresh``, ``HX-Redirect``, ``HX-Location`` and JSON
that a script follows), as a browser would read it, and only where the destination came in with
the request or the session's ``next``. A login view that sends people to its own identity
provider works. Only answers of login, logout, registration and re-authentication are judged.
Source: ASVS 3.7.2. Fails open: the response then is the app's own.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from flask import session

from hardening.hosts import OwnHosts, matches, read_host
from hardening.kinds import EndpointTable, kinds_of
from hardening.shown import shown
from hardening.targets import Target, has_targets, targets_of

if TYPE_CHECKING:
    from flask import Request, Response

    from hardening.context import Context
    from hardening.state import State
    from hardening.submitted import Submitted
    from hardening.whatwg import Destination

# What reads addresses is imported with the first one: start-up is measured, see bench/startup.py.

JUDGED_KINDS = frozenset({"login", "logout", "register", "reauth"})
NOTE = "redirects"

# Names under which apps keep where to go after the login.
_SESSION_WORDS = ("next", "redirect", "return", "target", "dest", "goto", "came_from", "continue")


class Redirects:
    """Guard ``redirects``."""

    def __init__(self, context: Context, endpoints: EndpointTable) -> None:
        self._context = context
        self._hosts = OwnHosts(context)
        self._endpoints = endpoints

    def before(self, request: Request, state: State) -> None:
        """Keep the session's ``next``: the view may take it out before we can see it."""
        if "redirects" not in state.exempt and self._judged_kind(request, state):
            state.notes[NOTE] = _session_texts()

    def after(self, request: Request, state: State, response: Response) -> None:
        """Replace destinations on other sites that the request named."""
        if state.refused or "redirects" in state.exempt or not has_targets(response):
            return
        if not self._judged(request, state):
            return
        submitted: Submitted | None = None
        for target in targets_of(response):
            foreign = self._foreign(target.text, request, state)
            if foreign is None:
                continue
            if submitted is None:
                from hardening.submitted import Submitted

                submitted = Submitted.of(request, [*state.notes.get(NOTE, ()), *_session_texts()])
            if submitted.named(target.text, foreign.host, by_link=target.ambiguous):
                self._replace(target, foreign, request)

    def _judged_kind(self, request: Request, state: State) -> bool:
        return not JUDGED_KINDS.isdisjoint(kinds_of(self._endpoints, request, state))

    def _judged(self, request: Request, state: State) -> bool:
        if state.logged_in is not None or state.confirmed or state.login or state.logout:
            return True
        if self._judged_kind(request, state):
            return True
        return state.user_id_at_open is not None and "_user_id" not in session

    def _foreign(self, text: str, request: Request, state: State) -> Destination | None:
        """Return where `text` leads if that is not here, under either scheme that we may have."""
        from hardening.whatwg import Destination, resolve

        for scheme in ("https", "http"):
            found = resolve(text, scheme)
            if found is None:  # browsers refuse it; whoever relies on that relies on all of them
                return Destination("", None)
            if not found.stays and not self._is_own(found, request, state):
                return found
        return None

    def _is_own(self, found: Destination, request: Request, state: State) -> bool:
        if found.scheme not in ("http", "https") or found.host is None:
            return False
        port = "" if found.port is None else f":{found.port}"
        host = read_host(f"{found.host}{port}")
        if host is None:
            return False
        if host in self._hosts.seen(request.environ, state.client):
            return True
        if matches(host, (*self._context.policy.redirect_hosts, *self._hosts.configured())):
            return True
        from hardening.allowed_hosts import app_allows

        return app_allows(host, self._context.app.config)

    def _replace(self, target: Target, foreign: Destination, request: Request) -> None:
        self._context.report(
            "open_redirect_blocked",
            "warning",
            endpoint=request.endpoint,
            where=target.where,
            scheme=shown(foreign.scheme),
            host=shown(foreign.host or ""),
            setting="redirect_hosts",
        )
        if self._context.enforcing:
            target.replace("/" + request.root_path.strip("/\\") + "/" if request.root_path else "/")


def _session_texts() -> list[str]:
    found: list[str] = []
    for name, value in list(session.items()):
        if isinstance(name, str) and any(word in name.lower() for word in _SESSION_WORDS):
            found.extend(_texts(value))
    return found


def _texts(value: Any) -> list[str]:
    from hardening.submitted import texts_in

    return list(texts_in(value))
