"""Refuses a stored hash that is typed where a password belongs.

Whoever has read a database tries its hashes as passwords. No function that we adopt takes one,
but an app that still compares plain texts, for the accounts that it has not hashed yet, would.
Nobody's own password is a complete hash with its parameters and salt.

Fails open: the app decides.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from hardening.decision import Refusal
from hardening.logins.typed import METHODS, typed_passwords

if TYPE_CHECKING:
    from flask import Request

    from hardening.context import Context
    from hardening.logins.detect import Endpoints
    from hardening.state import State

_SHORTEST = 26  # characters; the shortest hashes with their format's name, crypt(3)'s, have more


class SubmittedHash:
    """The part of the guard ``passwords`` that looks at what is typed.

    Args:
        context: the wrapped app.
        endpoints: tells which requests are logins.
    """

    def __init__(self, context: Context, endpoints: Endpoints) -> None:
        self._context = context
        self._endpoints = endpoints

    def before(self, request: Request, state: State) -> Refusal | None:
        """Refuse a login whose password is a stored hash; the throttle counts it as failed."""
        endpoint = request.endpoint
        if request.method not in METHODS:
            return None
        if not (self._endpoints.login(endpoint) or self._endpoints.reauth(endpoint)):
            return None
        if not any(_is_hash(text) for text in typed_passwords(request)):
            return None
        return Refusal(
            guard="passwords",
            status=403,
            event="password_hash_submitted",
            reason="This is not a password.",
            details={"endpoint": endpoint},
        )


def _is_hash(text: str) -> bool:
    if len(text) < _SHORTEST:
        return False
    # Late, as in `hardening.passwords.calls`: few passwords are that long.
    from hardening.passwords.formats.declared import WerkzeugPlain
    from hardening.passwords.legacy import recognise, work_of

    return not isinstance(recognise(text), WerkzeugPlain) and work_of(text) is not None
