"""The session interface: the first word in a request, and the last."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from hardening.cache import session_was_read
from hardening.client import ClientReader
from hardening.errors import StoreError
from hardening.hooks.cookie_signing import kept_serializer
from hardening.hooks.edge import Edge
from hardening.sessions import csrf
from hardening.sessions.keys import SID, forget_login, peek
from hardening.sessions.own_ids import comes_back, moved, put_back
from hardening.state import ENVIRON_KEY, LATE_KEY, State, present_request, state_of

if TYPE_CHECKING:
    from flask import Flask, Request, Response
    from flask.sessions import SessionInterface, SessionMixin

    from hardening.context import Context
    from hardening.pipeline import Pipeline


class Lifecycle:
    """What happens around a session: who asks, what became of it, and the last touch.

    Args:
        context: the wrapped app.
        pipeline: its guards.
    """

    def __init__(self, context: Context, pipeline: Pipeline) -> None:
        self._context = context
        self._pipeline = pipeline
        self._clients = ClientReader(context.policy.trusted_proxies)
        self._sessions_on = context.policy.guards_on("sessions")
        remembers = self._sessions_on and context.policy.guards_on("remember")
        self._edge = Edge(context, pipeline.sessions.remember if remembers else None)

    def opening(self, request: Request) -> State:
        """Read who asks, before the app's session interface opens the session."""
        state = state_of(request)
        if state is None:
            environ = request.environ
            state = State(self._clients.read(environ), late=environ.get(LATE_KEY))
            state.cookies_secured = self._edge.secures(state)
            environ[ENVIRON_KEY] = state
            try:
                self._edge.read(request, state)
                if "EIO=" in environ.get("QUERY_STRING", "") and self._foreign(request, state):
                    self._edge.drop(request, state)
            except Exception as error:  # noqa: BLE001  # as in `Pipeline.guarded`
                self._pipeline.failed("cookies", error)
        return state

    def _foreign(self, request: Request, state: State) -> bool:
        """Return whether another site's page opens this Engine.IO connection.

        Socket.IO answers in front of Flask, so nothing can be refused here. The connection gets
        nobody's rights instead. Every client of the protocol says ``EIO=``.
        """
        guard = self._pipeline.cross_site
        return guard is not None and guard.foreign_socket(request, state)

    def opened(self, state: State, session: SessionMixin) -> None:
        """Note how the session came in."""
        state.session = session
        if session and state.sid_at_open is None:
            sid = peek(session, SID)
            state.sid_at_open = sid if isinstance(sid, str) else None
            state.user_id_at_open = peek(session, "_user_id")
            state.csrf_at_open = peek(session, csrf.key_in(self._context.app))

    def saving(self, request: Request, session: SessionMixin, response: Response) -> None:
        """Settle the session's record, before the app's session interface writes the cookie."""
        state = state_of(request)
        if state is None:
            return
        state.session_read = session_was_read(session)  # before our own look at it counts
        if not self._sessions_on or "sessions" in state.exempt:
            return
        logged_in = state.logged_in is not None
        # Not every app calls `login_user`: some put the user's id into the session themselves.
        begins = logged_in or peek(session, "_user_id") not in (None, state.user_id_at_open)
        if begins and self._pipeline.secret_key.refuses(state):
            self._context.report("login_refused_weak_key", "error")
            if self._context.enforcing:
                forget_login(session)
                state.logged_in = None
        try:
            self._pipeline.sessions.settle(request, state, session)
        except StoreError as error:
            self._pipeline.sessions.outage.failed(error)
        except Exception as error:  # noqa: BLE001  # as in `Pipeline.guarded`
            self._pipeline.failed("sessions", error)
        if state.logged_in is not None and not state.remembered and self._context.enforcing:
            csrf.renew(self._context.app, state, session, response)
        if logged_in and self._context.enforcing and peek(session, "_user_id") is None:
            self._edge.withhold_remember(response)

    def lost(
        self, inner: SessionInterface, request: Request, session: SessionMixin, response: Response
    ) -> bool:
        """Return whether `session` is to be saved again, under the id that its browser knows."""
        if not moved(session):
            return False
        cookie = self._edge.sent_session(response)
        app = self._context.app
        if cookie is not None and comes_back(app, inner, request, session, cookie):
            return False
        put_back(session)
        self._pipeline.sessions.id_kept()
        return True

    def saved(self, request: Request, session: SessionMixin, response: Response) -> None:
        """Finish the response; the session's cookie is in it by now."""
        state = state_of(request)
        if state is None:
            return
        if state.dispatched and not state.finished:
            state.finished = True  # an interface that wraps ours would bring us here twice
            for name, value in state.extra_headers:
                response.headers.setdefault(name, value)
            self._pipeline.after(request, state, response)
        try:
            if self._sessions_on and "sessions" not in state.exempt:
                self._discard(state, session, response)
            self._edge.write(request, state, session, response)
        except StoreError as error:
            self._pipeline.sessions.outage.failed(error)
        except Exception as error:  # noqa: BLE001  # as in `Pipeline.guarded`
            self._pipeline.failed("cookies", error)

    def _discard(self, state: State, session: SessionMixin, response: Response) -> None:
        """End what the app takes out of the browser: a copy of the cookie may be elsewhere."""
        session_goes, token_goes = self._edge.deletes(state, response)
        try:
            if session_goes:
                self._pipeline.sessions.discard(state, session)
            if token_goes:
                self._pipeline.sessions.remember.end(state)
        except StoreError as error:
            self._pipeline.sessions.outage.failed(error)


class Sessions:
    """The app's own session interface with our first and last word around it.

    Everything else is the inner interface's: Flask's, Flask-Session's, or the app's.
    """

    def __init__(self, lifecycle: Lifecycle, inner: SessionInterface) -> None:
        self._lifecycle = lifecycle
        self._inner = kept_serializer(inner)

    @property
    def apps_own(self) -> SessionInterface:
        """The interface around which this one stands."""
        return self._inner

    def open_session(self, app: Flask, request: Request) -> SessionMixin | None:
        """Open the app's session after reading who asks."""
        state = self._lifecycle.opening(request)
        session = self._inner.open_session(app, request)
        if session is not None:
            self._lifecycle.opened(state, session)
        return session

    def save_session(self, app: Flask, session: SessionMixin, response: Response) -> None:
        """Save the app's session between settling its record and finishing the response."""
        request = present_request()
        self._lifecycle.saving(request, session, response)
        self._inner.save_session(app, session, response)
        if self._lifecycle.lost(self._inner, request, session, response):
            self._inner.save_session(app, session, response)
        self._lifecycle.saved(request, session, response)

    # Spelt out, as every request asks.

    def is_null_session(self, obj: object) -> bool:
        """Return what the app's own interface says."""
        return self._inner.is_null_session(obj)

    def get_cookie_domain(self, app: Flask) -> str | None:
        """Return what the app's own interface says."""
        return self._inner.get_cookie_domain(app)

    def get_cookie_path(self, app: Flask) -> str:
        """Return what the app's own interface says."""
        return self._inner.get_cookie_path(app)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._inner, name)
