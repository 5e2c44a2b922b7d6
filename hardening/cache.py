"""What may be kept: nothing personal by anybody, nothing at all of login pages.

Two headers. ``Cache-Control: no-store`` on answers made for a user who is logged in, so that
neither the back button after a logout nor a shared cache shows them, and on login, register
and reset pages, which hold what was typed. The same on what is streamed to somebody with a
login, unless the app says itself who may keep it: its body may look at the user when all headers
are gone. ``Vary: Cookie`` wherever a cookie is set or the session was read (Flask before 3.1.3
leaves it out in some cases).
Source: ASVS 14.3.1, 14.3.2. Fails open: the response is then the app's own.
"""

from __future__ import annotations

from http import HTTPStatus
from typing import TYPE_CHECKING, Any

import flask.ctx

from hardening.kinds import EndpointTable, kinds_of
from hardening.present import header_names

if TYPE_CHECKING:
    from flask import Request, Response
    from werkzeug.datastructures import ResponseCacheControl

    from hardening.context import Context
    from hardening.state import State

NO_STORE = ("Cache-Control", "no-store")
NO_STORE_KINDS = frozenset({"login", "register", "reset", "reauth"})

_PARTS = frozenset({"text/css", "text/javascript", "application/javascript", "application/wasm"})
_SAID_MOST = 1000  # endpoints that are remembered as reported

# Since 3.1.3 the context marks a session as accessed whatever is done with it.
_FLASK_MARKS_READS = any(
    isinstance(vars(found).get("session"), property)
    for found in vars(flask.ctx).values()
    if isinstance(found, type)
)


def session_was_read(session: Any) -> bool:
    """Return whether the app looked at `session`; True where this Flask cannot tell."""
    return bool(getattr(session, "accessed", True)) or not _FLASK_MARKS_READS


class Cache:
    """Guard ``cache``."""

    def __init__(self, context: Context, endpoints: EndpointTable) -> None:
        self._context = context
        self._endpoints = endpoints
        self._said: set[tuple[str, str | None]] = set()

    def after(self, request: Request, state: State, response: Response) -> None:
        """Say in `response` who may keep it."""
        if "cache" in state.exempt:
            return
        static = _is_static(request.endpoint)
        present = header_names(state, response)
        unknown = state.session_read is None and not static
        if state.user_used or state.session_read or unknown or "set-cookie" in present:
            self._vary(request.endpoint, response, "vary" in present)
        if static:
            return
        personal = state.logged_in is not None or (state.user_used and state.user is not None)
        ruled = "cache-control" in present
        if not personal and not ruled and _may_become_personal(state, response):
            self._no_store(request.endpoint, response)
            return
        if not personal and NO_STORE_KINDS.isdisjoint(kinds_of(self._endpoints, request, state)):
            return
        if not ruled:
            if self._context.enforcing and state.late is not None:
                state.late.append(NO_STORE)
            else:
                self._no_store(request.endpoint, response)
        elif personal:
            self._keep_private(request.endpoint, response)
        elif _shared(response):
            self._say("cache_unsafe", request.endpoint)

    def _vary(self, endpoint: str | None, response: Response, varies: bool) -> None:
        vary = response.headers.get("Vary") if varies else None
        # Only what is there is taken apart: this runs on every response, and what Flask writes
        # is known.
        if vary == "Cookie" or (vary and ("*" in response.vary or "cookie" in response.vary)):
            return
        if not self._context.enforcing:
            self._say("vary_missing", endpoint)
        elif vary:
            response.vary.add("Cookie")
        else:
            response.headers.add("Vary", "Cookie")

    def _keep_private(self, endpoint: str | None, response: Response) -> None:
        control = response.cache_control
        if _shared(response):
            self._say("cache_unsafe", endpoint)
            if not _part_of_a_page(response):
                self._no_store(endpoint, response)
            elif self._context.enforcing:
                _take_back(control)
        elif not (control.no_store or control.no_cache or control.private or control.max_age == 0):
            # The app wants browsers to keep it. Shared caches would keep it too without this.
            if self._context.enforcing:
                control.private = True
            else:
                self._say("page_cacheable", endpoint)

    def _no_store(self, endpoint: str | None, response: Response) -> None:
        if self._context.enforcing:
            response.headers.set("Cache-Control", "no-store")
        else:
            self._say("page_cacheable", endpoint)

    def _say(self, event: str, endpoint: str | None) -> None:
        if (event, endpoint) not in self._said and len(self._said) < _SAID_MOST:
            self._said.add((event, endpoint))
            self._context.report(event, "info", endpoint=endpoint)


def _may_become_personal(state: State, response: Response) -> bool:
    """Return whether a generator, which may look at the user yet, answers somebody with a login.

    Not a file: nothing looks at anybody while one is sent. Whether the login is alive is not
    asked: the answer would cost every stream a look-up, and be worth one cached page.
    """
    if state.user_id_at_open is None and state.token is None:
        return False
    return response.is_streamed and not response.direct_passthrough


def _shared(response: Response) -> bool:
    control = response.cache_control
    if control.no_store or control.private:
        return False
    return bool(control.public) or control.s_maxage is not None


def _part_of_a_page(response: Response) -> bool:
    """Return whether a page needs this to be shown; without a browser's cache pages are slow."""
    if response.status_code == HTTPStatus.NOT_MODIFIED:  # it says no kind, and was judged before
        return True
    kind = response.mimetype or ""
    return kind in _PARTS or kind.startswith(("image/", "font/"))


def _take_back(control: ResponseCacheControl) -> None:
    """Keep shared caches out, and leave the browser what the app allows it."""
    control.public = False
    del control.s_maxage
    control.private = True


def _is_static(endpoint: str | None) -> bool:
    return endpoint is not None and (endpoint == "static" or endpoint.endswith(".static"))
