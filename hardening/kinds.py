"""What kind of page an endpoint is, for guards that treat login, logout and the like apart."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from hardening.context import Context
    from hardening.state import State


NONE: frozenset[str] = frozenset()


class EndpointTable(Protocol):
    """What is needed of `hardening.logins.detect.Endpoints`."""

    def login(self, endpoint: str) -> str | None:
        """Return why `endpoint` is a login endpoint, or None."""

    def logout(self, endpoint: str) -> str | None:
        """Return why `endpoint` is a logout endpoint, or None."""

    def table(self) -> Sequence[tuple[str, str, str, str]]:
        """Return (endpoint, rule, kind, evidence) for all that is known."""


class EndpointKinds:
    """Answers from the table, which is read anew when the app has other views than before."""

    def __init__(self, context: Context, endpoints: EndpointTable) -> None:
        self._context = context
        self._endpoints = endpoints
        self._known: dict[str, frozenset[str]] = {}
        self._views = -1

    def of(self, endpoint: str | None, state: State) -> frozenset[str]:
        """Return the kinds of `endpoint`: any of login, logout, register, reset, reauth.

        Args:
            endpoint: that of the request at hand.
            state: the request's own, where the answer is kept for the next guard.
        """
        if state.kinds is None:
            state.kinds = NONE if endpoint is None else self._of(endpoint)
        return state.kinds

    def _of(self, endpoint: str) -> frozenset[str]:
        views = len(self._context.app.view_functions)
        if views != self._views:
            self._known = self._read()
            self._views = views
        found = self._known.get(endpoint, NONE)
        # Endpoints are also learnt from what happens, so these two are asked every time.
        if self._endpoints.login(endpoint) is not None:
            found |= {"login"}
        if self._endpoints.logout(endpoint) is not None:
            found |= {"logout"}
        return found

    def _read(self) -> dict[str, frozenset[str]]:
        known: dict[str, frozenset[str]] = {}
        for endpoint, _, kind, _ in self._endpoints.table():
            known[endpoint] = known.get(endpoint, frozenset()) | {kind}
        return known
