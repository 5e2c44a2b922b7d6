"""The guard ``timing``: every failing login is made to do the same work.

Which work that is, and why, is told in `hardening.logins.levelling`, which is loaded with the
first login. Fails open: the answer leaves as it is.
"""

from __future__ import annotations

from threading import Lock
from typing import TYPE_CHECKING

from hardening.logins.typed import METHODS

if TYPE_CHECKING:
    from flask import Request, Response

    from hardening.context import Context
    from hardening.logins.census import Census
    from hardening.logins.detect import Endpoints
    from hardening.logins.levelling import Levelling
    from hardening.state import State


class Timing:
    """The guard ``timing`` of one app.

    Args:
        context: the wrapped app.
        endpoints: tells which requests are logins.
    """

    def __init__(self, context: Context, endpoints: Endpoints) -> None:
        self._context = context
        self._endpoints = endpoints
        guards = context.policy.guards
        self._in_tests = guards is not None and guards.get("timing") is True
        self._lock = Lock()
        self._levelling: Levelling | None = None

    @property
    def census(self) -> Census:
        """What the stored hashes of the app cost to verify."""
        return self._loaded().census

    def after(self, request: Request, state: State, response: Response) -> None:
        """Do what a failing login has left undone."""
        endpoint = request.endpoint
        if request.method not in METHODS or state.refused or endpoint is None:
            return
        if not self._endpoints.login(endpoint):
            return
        if self._context.under_test(state.client) and not self._in_tests:
            return
        self._loaded().after(request, state, response, endpoint)

    def _loaded(self) -> Levelling:
        if self._levelling is None:
            from hardening.logins.levelling import Levelling

            with self._lock:  # what it learns must be learned by one
                if self._levelling is None:
                    self._levelling = Levelling(self._context)
        return self._levelling
