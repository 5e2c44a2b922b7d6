"""What kind of page an endpoint is, for guards that treat login, logout and the like apart."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from hardening.context import Context


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

    def of(self, endpoint: str | None) -> frozenset[str]:
        """Return the kinds of `endpoint`: any of login, logout, register, reset, reauth."""
        if endpoint is None:
            return frozenset()
        views = len(self._context.app.view_functions)
        if views != self._views:
            self._known = self._read()
            self._views = views
        found = self._known.get(endpoint, frozenset())
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
