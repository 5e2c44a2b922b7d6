"""Which wrapped app a password function was called for: the current one, or none."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flask import current_app, has_app_context, has_request_context, request

from hardening.state import State, state_of

if TYPE_CHECKING:
    from hardening.passwords.calls import Calls

EXTENSION = "hardening.passwords"  # the key in ``app.extensions``


def calls_here() -> Calls | None:
    """Return the current app's `Calls`; None outside an app context or for an unwrapped app."""
    if not has_app_context():
        return None
    return current_app.extensions.get(EXTENSION)


def state_here() -> State | None:
    """Return the state of the request at hand; None outside one, or in an unwrapped app."""
    return state_of(request) if has_request_context() else None
