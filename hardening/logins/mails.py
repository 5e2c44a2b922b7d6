"""Limits registrations, and how often a reset is asked for.

Both are free for whoever sends them, make rows, and send mail to people who did not ask for it.
Each counts for its network, and a reset for the name it is for, so that nobody's mailbox is
filled from many addresses. The answer is the same for names that exist and for others.

Fails open to the view, with limits of this process while the store is down.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from hardening.logins.budgets import kind_of
from hardening.logins.identify import MOST_NAMES, account_in_waiting, read
from hardening.logins.refusals import OTHER, too_many

if TYPE_CHECKING:
    from flask import Request

    from hardening.context import Context
    from hardening.decision import Refusal
    from hardening.logins.budgets import Budgets
    from hardening.logins.counting import Counters
    from hardening.logins.detect import Endpoints
    from hardening.logins.networks import Networks
    from hardening.state import State


class Mails:
    """The registrations and resets of one app.

    Args:
        context: the wrapped app.
        endpoints: tells which pages they are.
        budgets: what they are charged to.
        counters: where they are counted.
        networks: where requests come from.
    """

    def __init__(
        self,
        context: Context,
        endpoints: Endpoints,
        budgets: Budgets,
        counters: Counters,
        networks: Networks,
    ) -> None:
        self._context = context
        self._endpoints = endpoints
        self._budgets = budgets
        self._counters = counters
        self._networks = networks

    def before(self, request: Request, state: State) -> Refusal | None:
        """Count a registration or a reset; return why the view must not see it, or None."""
        kinds = self._endpoints.kinds(request.endpoint or "")
        if not kinds & {"register", "reset"}:
            return None
        sent = read(request, self._context.policy.identifier_fields)
        if state.user_id_at_open and not sent.names and not sent.password:
            return None  # "join" and "reset" also name things that people do once they are in
        named = sent.names[:MOST_NAMES] if "reset" in kinds and not sent.password else ()
        accounts = [account_in_waiting(self._context.app, f"mail {name}") for name in named]
        charges = self._budgets.of_mail(accounts, self._networks.of(state))
        if not charges.claims:
            return None
        reservation = self._counters.reserve(charges.claims)
        if reservation.refused_by is None:
            return None
        limit, wait = kind_of(reservation.refused_by), reservation.retry_after_s or 0.0
        return too_many(self._context.app, request, limit, wait, accounts, OTHER)
