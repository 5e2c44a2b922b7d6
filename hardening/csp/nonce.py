"""``csp_nonce()`` for templates: a value that is new in every response.

Made when a template asks for the first time, so a page without inline scripts costs nothing and
its headers stay constant. A streamed page may ask after its headers were sent: there the header
asks first.
"""

from __future__ import annotations

import secrets

from flask import has_request_context

from hardening.state import State, present_request, state_of

_NOTE = "csp_nonce"
_BYTES = 18  # 144 bits; CSP level 3 asks for 128 at least


def csp_nonce() -> str:
    """Return the nonce of the present response; empty outside a request that we serve."""
    state = state_of(present_request()) if has_request_context() else None
    return "" if state is None else make(state)


def make(state: State) -> str:
    """Return the nonce of this request, made now if nobody asked before."""
    found: str | None = state.notes.get(_NOTE)
    if found is None:
        found = state.notes[_NOTE] = secrets.token_urlsafe(_BYTES)
    return found


def made(state: State) -> str | None:
    """Return the nonce of this request if somebody asked for it."""
    return state.notes.get(_NOTE)
