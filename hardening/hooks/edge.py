"""Our two cookies at the edge: what the browser holds, and what the app believes it holds."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from flask_login import COOKIE_NAME
from werkzeug.datastructures import ImmutableMultiDict
from werkzeug.wrappers import Request as WerkzeugRequest

from hardening import cookies
from hardening.errors import StoreError
from hardening.hooks import cookie_header
from hardening.hooks.cookie_header import NO_COOKIES, Prefixes
from hardening.hooks.observed import ObservedCookies
from hardening.hooks.wire import name_in_browsers, prefix_in_browsers
from hardening.present import header_names
from hardening.sessions import remember
from hardening.sessions.keys import peek
from hardening.user_loader import takes_id

if TYPE_CHECKING:
    from flask import Request, Response
    from flask.sessions import SessionMixin

    from hardening.context import Context
    from hardening.sessions.remember import Remember
    from hardening.state import State

_WERKZEUGS = WerkzeugRequest.cookies  # the property itself


class Edge:
    """Translates the session and the remember cookie on the way in and on the way out.

    Args:
        context: the wrapped app.
        tokens: issues remember tokens; None where the guard is off.
    """

    def __init__(self, context: Context, tokens: Remember | None) -> None:
        self._context = context
        self._app = context.app
        self._tokens = tokens
        self._observed = ObservedCookies(context)
        self._renames = context.policy.guards_on("cookies")
        self._kept_prefixes: tuple[tuple[Any, ...], Prefixes] | None = None

    def secures(self, state: State) -> bool:
        """Return whether our names and attributes hold for this request."""
        return self._context.enforcing and self._would_secure(state)

    def _would_secure(self, state: State) -> bool:
        context, client = self._context, state.client
        if not self._renames or context.lenient(client):
            return False
        return context.policy.https or client.https is True

    def read(self, request: Request, state: State) -> None:
        """Give the request's cookies the names and values that the app knows."""
        environ = request.environ
        header = environ.get("HTTP_COOKIE")
        if not header:
            state.plain_name = state.cookies_secured
            if type(request).cookies is _WERKZEUGS:
                # Werkzeug would go through every header of the request to find that out.
                kind = request.dict_storage_class
                none = NO_COOKIES if kind is ImmutableMultiDict else kind()
                request.__dict__["cookies"] = none  # where the property keeps what it found
            return
        name, session_name = self._name(), self._session_name()
        prefixes = self._prefixes(session_name, name) if state.cookies_secured else ()
        tokens = self._tokens_now()
        found = cookie_header.read(header, prefixes, None if tokens is None else name)
        if state.cookies_secured:
            state.plain_name = session_name not in found.prefixed
            state.plain_token = name not in found.prefixed
        state.token = found.token
        environ["HTTP_COOKIE"] = found.text
        # Werkzeug keeps what it parsed, and somebody may have looked before us.
        if type(request).cookies is _WERKZEUGS:
            request.cookies = found.parsed(request.dict_storage_class)
        else:
            request.__dict__.pop("cookies", None)

    def drop(self, request: Request, state: State) -> None:
        """Forget both cookies of the request: it is not its user who sends them."""
        names = (self._session_name(), self._name())
        cookies.drop_names(request.environ, names)
        request.__dict__.pop("cookies", None)
        state.token = None

    def withhold_remember(self, response: Response) -> None:
        """Send no new remember cookie: its login was refused after Flask-Login had set it."""
        cookies.withhold(response, self._own_name())

    def _prefixes(self, session_name: str, remember_name: str) -> Prefixes:
        """Return the prefix that each of our cookies has; kept while its settings stay."""
        interface, config = self._app.session_interface, self._app.config
        domain = interface.get_cookie_domain(self._app)
        path = interface.get_cookie_path(self._app)
        made_of = (
            self._app.response_class,
            config["SESSION_COOKIE_NAME"],
            domain,
            path,
            self._own_name(),
            config.get("REMEMBER_COOKIE_DOMAIN"),
            config.get("REMEMBER_COOKIE_PATH", "/"),
        )
        kept = self._kept_prefixes
        if kept is None or kept[0] != made_of:
            _, name, _, _, own, own_domain, own_path = made_of
            session = prefix_in_browsers(self._app, name, domain=domain, path=path)
            remembered = prefix_in_browsers(self._app, own, domain=own_domain, path=own_path)
            found = (session_name, session), (remember_name, remembered)
            self._kept_prefixes = kept = made_of, found
        return kept[1]

    def sent_session(self, response: Response) -> str | None:
        """Return name and value of the session's cookie in `response`; None if it says nothing."""
        sent = response.headers.getlist("Set-Cookie")
        own = [header for header in sent if header.startswith(f"{self._session_name()}=")]
        return own[-1].partition(";")[0] if own else None

    def deletes(self, state: State, response: Response) -> tuple[bool, bool]:
        """Return whether `response` deletes the session's cookie, and the remember cookie."""
        if "set-cookie" not in header_names(state, response):
            return False, False
        names = self._session_name(), self._name()
        first, second = (cookies.deletes(response, name) for name in names)
        return first, second

    def write(
        self, request: Request, state: State, session: SessionMixin, response: Response
    ) -> None:
        """Give the response's cookies the names, values and attributes that the browser gets.

        Raises:
            StoreError: a remember token could not be written, and is not sent either. All else
                is done.
        """
        failure: StoreError | None = None
        # A login that this very request gave up again gets no new token: no cookie could hold it.
        inside = state.rotate is not None and peek(session, "_user_id") is not None
        if self._tokens is not None and inside:
            try:
                if self._tokens.rotate(state) is not None:
                    self._context.login_manager._set_cookie(response)
            except StoreError as error:  # the browser's own token stays good
                failure = error
        if "set-cookie" not in header_names(state, response):
            if failure is not None:
                raise failure
            return
        secured = state.cookies_secured
        name = self._session_name()
        if not self._context.enforcing and self._would_secure(state):
            self._observed.look(response, (name, self._name()))
        replaced = cookies.write(response, name, secured=secured)

        value = self._tokenizer(request, state, session)
        try:
            replaced += cookies.write(response, self._name(), secured=secured, value=value)
        except StoreError as error:  # nothing backs it, and it would leave without our attributes
            cookies.withhold(response, self._name())
            failure = error
        for attribute in replaced:
            self._context.report("cookie_unsafe", "warning", attribute=attribute)
        if secured and state.client.https is False:
            self._context.report("cookie_not_sent", "warning", setting="https")
        if failure is not None:
            raise failure

    def _tokenizer(
        self, request: Request, state: State, session: SessionMixin
    ) -> Callable[[str], str] | None:
        """Return what makes the browser's remember cookie: Flask-Login's value and our token."""
        tokens = self._tokens_now()
        if tokens is None:
            return None

        def add_token(inner: str) -> str:
            if state.token is not None and (state.logged_in is None or state.remembered):
                token = state.token  # REMEMBER_COOKIE_REFRESH_EACH_REQUEST: the same for longer
            else:
                user_id = session["_user_id"]
                token = tokens.issue(request, state, user_id, self._remember_s(session))
            return remember.join(inner, token)

        return add_token

    def _tokens_now(self) -> Remember | None:
        """Return what issues tokens, where that is in force and the app's loader allows it."""
        ours = self._context.enforcing and takes_id(self._context.login_manager)
        return self._tokens if ours else None

    def _session_name(self) -> str:
        return name_in_browsers(self._app, self._app.config["SESSION_COOKIE_NAME"])

    def _name(self) -> str:
        return name_in_browsers(self._app, self._own_name())

    def _own_name(self) -> str:
        return str(self._app.config.get("REMEMBER_COOKIE_NAME", COOKIE_NAME))

    def _remember_s(self, session: SessionMixin) -> float:
        """Return how long Flask-Login lets the cookie live, in seconds."""
        own = session.get("_remember_seconds")
        if own is None:
            own = self._app.config.get("REMEMBER_COOKIE_DURATION", self._context.policy.remember_s)
        return float(own.total_seconds() if hasattr(own, "total_seconds") else own)
