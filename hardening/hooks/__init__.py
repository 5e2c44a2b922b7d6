"""Where the wrapper touches Flask and Flask-Login; nothing outside this folder does.

- The WSGI entry re-checks the bindings, so that neither the order of extensions nor a session
  interface that the app replaces later matters.
- ``open_session`` comes first in a request and ``save_session`` last: the one reads who asks,
  the other sees both cookies, every header, and how the session ended.
- A ``before_request`` function at index 0 runs ahead of the app's own.
- Methods that Flask-Login looks up on the login manager's instance are overridden there.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from contextlib import suppress
from typing import TYPE_CHECKING, Any

from flask import Response, has_request_context, request, session
from flask.signals import appcontext_popped
from flask_login import current_user, signals
from werkzeug.exceptions import HTTPException, default_exceptions

from hardening.csp.place import PATH as REPORTS_PATH
from hardening.errors import ConfigurationError
from hardening.hooks.copies import copied_signals
from hardening.hooks.direct import DirectReaders
from hardening.hooks.door import Door
from hardening.hooks.interface import Lifecycle, Sessions
from hardening.hooks.manager import LOADING, ORIGINALS, Loading, check_protection, override
from hardening.policy import CONFIG_PREFIX
from hardening.state import LATE_KEY, State, present_request, state_of

if TYPE_CHECKING:
    from blinker import Signal
    from flask import Flask, Request

    from hardening.context import Context
    from hardening.csp.collector import Answer
    from hardening.decision import Refusal
    from hardening.pipeline import Pipeline


class Hooks:
    """Wires one app to its guards.

    Args:
        context: the wrapped app.
        pipeline: its guards.
        exempt: which guards `Hardening.exempt` switched off for an endpoint or view.
    """

    def __init__(
        self, context: Context, pipeline: Pipeline, exempt: dict[object, frozenset[str]]
    ) -> None:
        self._context = context
        self._app = context.app
        self._pipeline = pipeline
        self._exempt = exempt
        self._lifecycle = Lifecycle(context, pipeline)
        self._sessions_on = context.policy.guards_on("sessions")
        self._direct = DirectReaders(context.app)
        self.door = Door(context, pipeline)
        self._before = self._before_request  # one object, so that it can be found again
        self._heard: object = None  # the login manager whose signals are connected
        self._receivers: dict[str, Callable[..., None]] = {
            "user_logged_in": self._logged_in,
            "user_logged_out": self._logged_out,
            "user_loaded_from_cookie": self._restored,
            "user_login_confirmed": self._confirmed,
        }

    def install(self) -> None:
        """Put the hooks in place. The app may change anything afterwards; `bind` follows."""
        if self._context.enforcing:  # an app that is only observed starts as it did before
            check_protection(self._app)
        self._app.extensions[LOADING] = Loading(self._context, self._pipeline)
        self._app.wsgi_app = Entry(self, self._app.wsgi_app)  # type: ignore[method-assign]
        # Weakly, as blinker does by default: the app itself keeps this object alive, and an app
        # that a test suite lets go of must be collected with everything that hangs on it.
        for name in self._receivers:
            self._connect(name, getattr(signals, name))
        self._pipeline.upgrades.watch = self._watch
        self._settings = own_settings(self._app)
        self.bind()

    def bind(self) -> None:
        """Make sure that everything is still ours; called before each request, so it is quick."""
        app = self._app
        if not isinstance(app.session_interface, Sessions):
            app.session_interface = Sessions(self._lifecycle, app.session_interface)  # type: ignore[assignment]
        functions = app.before_request_funcs.setdefault(None, [])
        if not functions or functions[0] is not self._before:
            if self._before in functions:
                functions.remove(self._before)
            functions.insert(0, self._before)
        manager = self._context.login_manager
        if manager is None:
            return
        if manager is not self._heard:  # its overrides may be another app's, which shares it
            self._heard = manager
            for name, signal in copied_signals(manager):
                self._connect(name, signal)
        if ORIGINALS not in manager.__dict__:
            override(manager)
            self._check_late()

    def _connect(self, name: str, signal: Signal) -> None:
        if name in self._receivers:
            signal.connect(self._receivers[name], self._app)

    def _check_late(self) -> None:
        """Report a misspelt protection that came after the wrap; ours is in force all the same."""
        try:
            check_protection(self._app)
        except ConfigurationError as error:
            self._context.report("setting_refused", "error", reason=str(error))

    def check_settings(self) -> None:
        """Report settings that the app made after the wrap: the policy was read before."""
        for key, value in own_settings(self._app).items():
            if key not in self._settings or self._settings[key] != value:
                reason = f"{key} was set after harden(app) and has no effect"
                self._context.report("setting_refused", "error", reason=reason)

    def report(self, environ: dict[str, Any]) -> Answer | None:
        """Answer a browser's report about the content policy; None leaves it to the app."""
        return self._pipeline.guarded("headers", lambda: self._pipeline.report(environ))

    # Flask calls these.

    def _before_request(self) -> Any:
        request = present_request()
        state = state_of(request)
        if state is None:
            return None
        state.dispatched = True
        endpoint = request.endpoint
        if self._exempt and endpoint is not None:
            view = self._app.view_functions.get(endpoint)
            state.exempt = self._exempt.get(endpoint, frozenset()) | self._exempt.get(
                view, frozenset()
            )
        refusal = self._pipeline.before(request, state)
        if refusal is None:
            if state.user_id_at_open is not None and self._sessions_on:
                self._load_for_direct_readers(request)
            return None
        state.refused = True
        return self._answer(refusal, state)

    def _load_for_direct_readers(self, request: Request) -> None:
        if self._direct.reads(request):
            # The user is loaded, and with it a session that has ended is emptied. What the app's
            # own loader raises, it raises again when the app asks.
            with suppress(Exception):
                current_user._get_current_object()

    def _answer(self, refusal: Refusal, state: State) -> Response:
        state.extra_headers.extend(refusal.headers)
        if refusal.location is None and refusal.body is None:
            # Raised, so that the app's own error page for this status is shown.
            raise _http_error(refusal)
        answer = Response(refusal.body, refusal.status, content_type=refusal.content_type)
        if refusal.location is not None:
            answer.headers["Location"] = refusal.location
        answer.headers["Cache-Control"] = "no-store"
        return answer

    def _logged_in(self, _sender: Flask, user: Any, **_: Any) -> None:
        state = state_of(request) if has_request_context() else None
        if state is not None:
            state.logged_in = getattr(user, "_get_current_object", lambda: user)()
            upgrades = self._pipeline.upgrades
            self._pipeline.guarded("passwords", lambda: upgrades.logged_in(state))
            endpoint = request.endpoint
            if state.dispatched and endpoint is not None:
                observed = self._pipeline.endpoints.observed
                self._pipeline.guarded("throttle", lambda: observed(endpoint))

    def _logged_out(self, _sender: Flask, **_: Any) -> None:
        state = state_of(request) if has_request_context() else None
        if state is not None and self._sessions_on:
            guard = self._pipeline.sessions
            own = session._get_current_object()  # type: ignore[attr-defined]  # LocalProxy
            self._pipeline.guarded("sessions", lambda: guard.logged_out(state, own))

    def _restored(self, _sender: Flask, user: Any, **_: Any) -> None:
        state = state_of(request) if has_request_context() else None
        if state is not None:
            state.logged_in, state.remembered = user, True

    def _confirmed(self, _sender: Flask, **_: Any) -> None:
        state = state_of(request) if has_request_context() else None
        if state is not None:
            state.confirmed = True

    def _watch(self, waiting: bool) -> None:
        # Not for good: a receiver costs every request a few microseconds.
        if waiting:
            appcontext_popped.connect(self._popped, self._app)
        else:
            appcontext_popped.disconnect(self._popped, self._app)

    def _popped(self, sender: Flask, **_: Any) -> None:
        self._pipeline.guarded("passwords", lambda: self._pipeline.upgrades.popped(sender))


class Entry:
    """The WSGI application in front of Flask's: binds, then passes the request on."""

    def __init__(self, hooks: Hooks, wsgi_app: Callable[..., Iterable[bytes]]) -> None:
        self._hooks = hooks
        self._wsgi_app = wsgi_app
        self._started = False

    def __call__(self, environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        """Answer one request."""
        self._hooks.bind()
        if environ.get("PATH_INFO") == REPORTS_PATH:
            answer = self._hooks.report(environ)
            if answer is not None:
                start_response(answer.status, answer.headers)
                return ()
        if not self._started:
            self._started = True
            self._hooks.check_settings()
        if environ.get("REQUEST_METHOD") == "POST":
            return self._hooks.door.post(environ, start_response, self._wsgi_app)
        # Constant headers go in here and not into the response: Werkzeug would check each of
        # them twice, which costs more than everything else that is done to the response.
        late = environ[LATE_KEY] = []

        def start(status: str, headers: list[tuple[str, str]], *error: Any) -> Any:
            return start_response(status, headers + late if late else headers, *error)

        return self._wsgi_app(environ, start)

    def __getattr__(self, name: str) -> Any:
        # Middlewares keep attributes that apps read, such as ProxyFix's.
        return getattr(self._wsgi_app, name)


def own_settings(app: Flask) -> dict[str, Any]:
    """Return the part of an app's configuration that is about the wrapper."""
    return {key: value for key, value in app.config.items() if key.startswith(CONFIG_PREFIX)}


def _http_error(refusal: Refusal) -> HTTPException:
    if refusal.error is not None:
        return refusal.error
    retry_after = next((int(v) for k, v in refusal.headers if k.lower() == "retry-after"), None)
    kind = default_exceptions[refusal.status]
    if retry_after is None:
        return kind(description=refusal.reason)
    return kind(description=refusal.reason, retry_after=retry_after)  # type: ignore[call-arg]
