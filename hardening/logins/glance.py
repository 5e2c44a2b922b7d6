"""Whether a login would be refused, asked before there is a request to speak of.

What the throttle's `before` refuses a request with that is known by its client and the names in
its body alone: the same limits, looked up in the same counters, and nothing is taken. The stored
hash that a name led to before is left out. It can only refuse what its name does not, and then
the throttle asks again without it; so this answers known and unknown names by the same work.

Whatever it cannot tell goes on to the throttle: a store that is down or keeps its counters behind
a network, an unlock or a new password that has not reached this account's counters yet.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from hardening.logins import identify
from hardening.logins.budgets import kind_of
from hardening.logins.refusals import details_of, event_of, seconds

if TYPE_CHECKING:
    from hardening.client import Client
    from hardening.context import Context
    from hardening.logins.budgets import Budgets
    from hardening.logins.counting import Counters
    from hardening.logins.networks import Networks
    from hardening.logins.resets import Resets
    from hardening.logins.unlocks import Unlocks

REFUSED: Final = "throttle"  # the key in `State.notes` of a refusal that the app has no say in


@dataclass(frozen=True, slots=True)
class Refused:
    """A refusal, as its event tells it."""

    retry_s: int
    """Seconds that the client is told to wait."""
    event: str
    details: dict[str, object]


class Glance:
    """See the module.

    Args:
        context: the wrapped app.
        budgets: which counters an attempt is charged to.
        counters: where they are.
        unlocks: the accounts that were unlocked.
        resets: the passwords that were set anew.
        networks: where attempts come from.
        checked: the endpoints whose password checks are adopted; grows.
    """

    def __init__(
        self,
        context: Context,
        *,
        budgets: Budgets,
        counters: Counters,
        unlocks: Unlocks,
        resets: Resets,
        networks: Networks,
        checked: Collection[str],
    ) -> None:
        self._context = context
        self._budgets = budgets
        self._counters = counters
        self._unlocks = unlocks
        self._resets = resets
        self._networks = networks
        self._checked = checked

    def refused(self, client: Client, kind: str, body: bytes, endpoint: str) -> Refused | None:
        """Return how a login is refused, or None where the throttle has to say.

        Args:
            client: who asks, from no known device.
            kind: the type of `body`, without parameters.
            body: all that the request brings.
            endpoint: a login, as the throttle has found for the same address.
        """
        app = self._context.app
        sent = identify.read_body(kind, body, self._context.policy.identifier_fields)
        if sent is None or not sent.password:
            return None
        accounts = tuple([identify.account(app, name) for name in sent.names])
        network = self._networks.key(client)
        charges = self._budgets.of_attempt(accounts, network)
        reservation = self._counters.glance(charges.claims)
        if reservation is None or reservation.refused_by is None:
            return None
        limit = kind_of(reservation.refused_by)
        if limit == "pair" and self._unlocks.waiting(accounts, network or b""):
            return None
        by_account = limit in ("pair", "account")
        if by_account and endpoint in self._checked and self._resets.waiting(accounts):
            return None
        wait = reservation.retry_after_s or 0.0
        retry_s = seconds(wait)
        return Refused(retry_s, event_of(wait), details_of(limit, retry_s, accounts))
