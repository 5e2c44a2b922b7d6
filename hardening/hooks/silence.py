"""Whether an app has nothing to say about a refusal, nor anything that notices one.

Then the answer may be given before Flask is asked. Looked at on the way out of a request that
went through Flask and was refused with a body of ours, so the app has no error handler for it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Any

import flask.signals
from flask import Flask, Request, Response
from flask.json.provider import DefaultJSONProvider

from hardening.events import logger
from hardening.hooks.cookie_signing import KeptSerializer
from hardening.hooks.interface import Sessions
from hardening.hooks.unheard import written_alike

if TYPE_CHECKING:
    from blinker import Signal

# What Flask calls on the way of a request whose first ``before_request`` function answers.
_METHODS = (
    "wsgi_app",
    "request_context",
    "app_context",
    "create_url_adapter",
    "full_dispatch_request",
    "preprocess_request",
    "ensure_sync",
    "make_response",
    "finalize_request",
    "process_response",
    "do_teardown_request",
    "do_teardown_appcontext",
    "should_ignore_error",
    "handle_exception",
)
_SIGNALS: tuple[Signal, ...] = (
    flask.signals.appcontext_pushed,
    flask.signals.request_started,
    flask.signals.request_finished,
    flask.signals.request_tearing_down,
    flask.signals.appcontext_tearing_down,
    flask.signals.appcontext_popped,
)
# Functions of extensions that do nothing where nobody logged in and no database was used.
_HARMLESS = frozenset(
    [
        ("flask_login.login_manager", "LoginManager._update_remember_cookie"),
        ("flask_sqlalchemy.extension", "SQLAlchemy._teardown_session"),  # 3.x
    ]
)


def is_silent(app: Flask, wsgi_app: object) -> bool:
    """Return whether `app` answers a refusal as Flask alone would, and does not notice it.

    Args:
        app: the wrapped app.
        wsgi_app: what stands behind the wrapper's entry: the app's own, or a middleware.
    """
    return (
        getattr(wsgi_app, "__self__", None) is app
        and getattr(wsgi_app, "__func__", None) is Flask.wsgi_app
        and not (app.debug or app.testing)
        and _is_flasks(app)
        and all(map(_is_harmless, _hooks(app)))
        and not any(signal.has_receivers_for(app) for signal in _SIGNALS)
        and written_alike(logger)
    )


def _is_flasks(app: Flask) -> bool:
    kind, own = type(app), vars(app)
    interface = app.session_interface
    # What the wrapper puts there itself is `wsgi_app`.
    if any(name in own for name in _METHODS if name != "wsgi_app"):
        return False
    return (
        all(getattr(kind, name) is _flasks(name) for name in _METHODS)
        and app.request_class is Request
        and app.response_class is Response
        and type(app.json) is DefaultJSONProvider
        and isinstance(interface, Sessions)
        and type(interface.apps_own) is KeptSerializer
    )


def _flasks(name: str) -> object:
    """Return Flask's own method; None where something has put another in its place."""
    found = getattr(Flask, name)
    where = getattr(found, "__globals__", {}).get("__name__", "")
    return found if where.startswith("flask.") and not hasattr(found, "__wrapped__") else None


def _hooks(app: Flask) -> Iterable[Callable[..., Any]]:
    """Yield what runs around every request but the ``before_request`` functions: ours is first."""
    for functions in (
        app.url_value_preprocessors,
        app.after_request_funcs,
        app.teardown_request_funcs,
    ):
        for of_name in functions.values():
            yield from of_name
    yield from app.teardown_appcontext_funcs


def _is_harmless(function: Callable[..., Any]) -> bool:
    where = getattr(function, "__module__", None), getattr(function, "__qualname__", None)
    return where in _HARMLESS
