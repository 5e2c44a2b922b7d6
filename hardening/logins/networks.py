"""Where an attempt comes from, and whether it is counted at all."""

from __future__ import annotations

from typing import TYPE_CHECKING

from hardening.logins.identify import network_key

if TYPE_CHECKING:
    from hardening.client import Client
    from hardening.context import Context
    from hardening.state import State


class Networks:
    """The networks that attempts on one app come from.

    Args:
        context: the wrapped app.
    """

    def __init__(self, context: Context) -> None:
        self._context = context
        guards = context.policy.guards
        self._in_tests = guards is not None and guards.get("throttle") is True
        self._said = False

    def counted(self, state: State) -> bool:
        """Return whether attempts count: not those of an app's own test client, unless asked."""
        return self._in_tests or not self._context.under_test(state.client)

    def of(self, state: State) -> bytes | None:
        """Return 16 bytes for the network of a request; None where a proxy hides it."""
        network = state.client.network
        if not network and not self._said:
            self._said = True
            self._context.report("client_address_unknown", "warning", setting="trusted_proxies")
        return self.key(state.client)

    def key(self, client: Client) -> bytes | None:
        """Return what `of` does, for a client whose request has no state yet."""
        # An empty name is counted as any other: no client is without limits.
        network = client.network
        return None if network is None else network_key(self._context.app, network)
