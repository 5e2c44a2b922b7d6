"""Flask-Login's manager: what it looks up on its instance is overridden there.

The user loader is not, since an app may register it after the wrap.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from flask import Flask, current_app, g, request, session
from flask_login.signals import user_loaded_from_cookie

from hardening.errors import ConfigurationError, StoreError
from hardening.sessions.keys import peek
from hardening.state import present_request, state_of
from hardening.user_loader import takes_id

if TYPE_CHECKING:
    from hardening.context import Context
    from hardening.pipeline import Pipeline

PROTECTION = (None, False, "basic", "strong")  # what Flask-Login understands
ORIGINALS = "_hardening_originals"
LOADING = "hardening.loading"  # the key in ``app.extensions``


class Loading:
    """How the current user is loaded in one app.

    Args:
        context: the wrapped app.
        pipeline: its guards.
    """

    def __init__(self, context: Context, pipeline: Pipeline) -> None:
        self._context = context
        self._app = context.app
        self._pipeline = pipeline
        self._sessions_on = context.policy.guards_on("sessions")
        self._remember_on = self._sessions_on and context.policy.guards_on("remember")
        self._said = False

    def load_user(self, manager: Any, original: Callable[[], None]) -> None:
        """Load the current user, only if a live record backs the session."""
        request = present_request()
        state = state_of(request)
        if state is None or not self._sessions_on or "sessions" in state.exempt:
            original()
            return
        state.user_used = True
        guard = self._pipeline.sessions
        own = session._get_current_object()  # type: ignore[attr-defined]  # LocalProxy
        held = peek(own, "_user_id")
        try:
            guard.admit(request, state, own)
            if state.found is not None:
                guard.outage.answered()
            original()
            user = g._login_user
            authenticated = getattr(user, "is_authenticated", False)
            if not authenticated:
                return
            if guard.accepts(state, own, user) or not self._context.enforcing:
                state.user = user
            else:
                manager._update_request_context_with_user()
        except StoreError as error:
            guard.outage.failed(error)
            if held is not None or state.token is not None:
                manager._update_request_context_with_user()
            else:
                original()

    def session_protection_failed(self, original: Callable[[], bool]) -> bool:
        """Leave Flask-Login's protection to sessions that have no record of ours to bind."""
        state = state_of(request)
        if state is None or state.adopted or not self._context.enforcing:
            return original()
        return False

    def load_remembered(self, cookie: str, original: Callable[[str], Any]) -> Any:
        """Load the user of a remember cookie, only if our token in it is alive."""
        request = present_request()
        state = state_of(request)
        if state is None or not self._remember_on or not self._context.enforcing:
            return original(cookie)
        if state.token is None and self._context.under_test(state.client):
            return original(cookie)
        if not takes_id(self._context.login_manager):
            if not self._said:
                self._said = True
                self._context.report("remember_not_guarded", "warning", reason="own user loader")
            return original(cookie)
        user = self._pipeline.sessions.restore(request, state, session, cookie)
        if user is not None:
            user_loaded_from_cookie.send(self._app, user=user)
        return user


def override(manager: Any) -> None:
    """Override, on a login manager, what Flask-Login looks up there.

    One manager may serve several apps, some of them not wrapped: each call asks for the
    current app and falls back to the original method.
    """
    load_user = manager._load_user
    protection_failed = manager._session_protection_failed
    load_remembered = manager._load_user_from_remember_cookie
    manager.__dict__[ORIGINALS] = (load_user, protection_failed, load_remembered)

    def _load_user() -> None:
        loading = _loading()
        if loading is None:
            load_user()
        else:
            loading.load_user(manager, load_user)

    def _session_protection_failed() -> bool:
        loading = _loading()
        if loading is None:
            return bool(protection_failed())
        return loading.session_protection_failed(protection_failed)

    def _load_user_from_remember_cookie(cookie: str) -> Any:
        loading = _loading()
        if loading is None:
            return load_remembered(cookie)
        return loading.load_remembered(cookie, load_remembered)

    manager._load_user = _load_user
    manager._session_protection_failed = _session_protection_failed
    manager._load_user_from_remember_cookie = _load_user_from_remember_cookie


def _loading() -> Loading | None:
    found = current_app.extensions.get(LOADING)
    return found if isinstance(found, Loading) else None


def check_protection(app: Flask) -> None:
    """Refuse a SESSION_PROTECTION that Flask-Login would take for "off" without a word.

    Raises:
        ConfigurationError: the mode is misspelt.
    """
    manager = getattr(app, "login_manager", None)
    mode = app.config.get("SESSION_PROTECTION", getattr(manager, "session_protection", None))
    if mode not in PROTECTION:
        raise ConfigurationError(
            "SESSION_PROTECTION", f"{mode!r} is not accepted", map(repr, PROTECTION)
        )
