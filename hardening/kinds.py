"""What kind of page an endpoint is, for guards that treat login, logout and the like apart."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from flask import Request

    from hardening.state import State

NONE: frozenset[str] = frozenset()


class EndpointTable(Protocol):
    """What is needed of `hardening.logins.detect.Endpoints`."""

    def kinds(self, endpoint: str) -> frozenset[str]:
        """Return the kinds of `endpoint`: any of login, logout, register, reset, reauth,
        code."""


def kinds_of(endpoints: EndpointTable, request: Request, state: State) -> frozenset[str]:
    """Return the kinds of the page that `request` asks for; asked once in a request.

    Args:
        endpoints: the app's.
        request: the request at hand.
        state: its own, where the answer is kept for the next guard.
    """
    if state.kinds is None:
        endpoint = request.endpoint
        state.kinds = NONE if endpoint is None else endpoints.kinds(endpoint)
    return state.kinds
