"""Limits how often a password may be tried, before the app hashes anything.

An attempt is reserved in every budget at once before the view runs, and settled when its
outcome is known: a failure keeps its units; a success clears the account's own counters and
takes one unit back elsewhere, so that logging into an own account resets nothing for others.
Where the outcome never becomes known, because the view's exception left the app or the worker
died, the units stay taken: the doubt is not in favour of a guesser.

Fails towards limits of this process (see `counting`); an internal error lets the request pass,
with the event ``guard_failed``.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from flask import has_request_context, session
from flask import request as current_request

from hardening.decision import Refusal
from hardening.errors import StoreError
from hardening.logins import identify
from hardening.logins.budgets import ALARM, ALARM_KEY, Budgets, Charges, kind_of
from hardening.logins.counting import Counters
from hardening.logins.devices import Device, Devices
from hardening.logins.identify import Account
from hardening.logins.owner import names_of
from hardening.logins.page import page
from hardening.logins.unlocks import Unlocks
from hardening.logins.unnamed import Unnamed
from hardening.logins.verdict import Verdict, judge
from hardening.state import State, state_of
from hardening.storage.base import Grant

if TYPE_CHECKING:
    from flask import Request, Response

    from hardening.context import Context
    from hardening.logins.detect import Endpoints

_METHODS = frozenset({"POST", "PUT", "PATCH"})
_STOPPED_RETRY_S = 24 * 60 * 60  # 1 day: what a stopped account is told, as nothing else is known
_REASON = "Too many attempts to log in. Please wait before you try again."


@dataclass(slots=True)
class Attempt:
    """One reserved login attempt; kept in `State.attempt` until the response is known."""

    accounts: tuple[Account, ...]
    network: bytes | None
    charges: Charges
    grants: tuple[Grant, ...]
    device: Device | None
    user: Any = None
    """Who logged in."""
    verdict: Verdict | None = None
    """What the app itself said of it, through `Throttle.failed` or `succeeded`."""


class Throttle:
    """The guard ``throttle`` of one app.

    Args:
        context: the wrapped app.
        endpoints: tells which requests are logins.
        clock: the time, in seconds since the epoch; None: the context's.
    """

    def __init__(
        self,
        context: Context,
        endpoints: Endpoints,
        clock: Callable[[], float] | None = None,
    ) -> None:
        clock = clock or context.now
        self._context = context
        self._endpoints = endpoints
        self._budgets = Budgets(context.policy)
        self._counters = Counters(context, clock)
        self._unlocks = Unlocks(self._counters, self._budgets, clock)
        self._unnamed = Unnamed(context)
        self.devices = Devices(context, clock)
        guards = context.policy.guards
        self._in_tests = guards is not None and guards.get("throttle") is True

    def before(self, request: Request, state: State) -> Refusal | None:
        """Reserve a login attempt; return why it must not reach the view, or None."""
        if request.method not in _METHODS or not self._guards(request.endpoint):
            return None
        if self._context.under_test(state.client) and not self._in_tests:
            return None
        sent = identify.read(request, self._context.policy.identifier_fields)
        if not sent.password:
            return None
        network = self._network(state.client.network)
        if len(sent.names) > identify.MOST_NAMES:
            return self._refusal(request, "names", 60.0, ())
        accounts = self._accounts(request, sent, state)
        device = self.devices.known(request, state, accounts)
        if device is not None:
            charges = self._budgets.of_known_device(accounts, network, device)
        elif sent.body == "oversized":
            charges = self._budgets.of_unread(network)
        else:
            charges = self._budgets.of_attempt(accounts, network)
        return self._reserve(request, state, Attempt(accounts, network, charges, (), device))

    def after(self, request: Request, state: State, response: Response) -> None:
        """Settle what `before` reserved; a success makes the browser a known device."""
        attempt = state.attempt
        if not isinstance(attempt, Attempt):
            return
        state.attempt = None
        if attempt.user is None:
            attempt.user = state.logged_in if state.logged_in is not None else state.user
        verdict = attempt.verdict or judge(state, response)
        # The id that `login_user` left there: the user object may be expired by a commit.
        who = str(session.get("_user_id") or "")
        self._settle(attempt, verdict, who)
        if verdict == "success" and who:
            self._unnamed.came_in(attempt.accounts, who, request.endpoint)
        if verdict == "success" and state.logged_in is not None and who and self._context.enforcing:
            with suppress(StoreError):  # reported by the counters; the browser stays unknown
                self.devices.remember(request, state, response, self._own(attempt), who)

    def failed(self, identifier: str) -> None:
        """Count a failed login that the throttle cannot see by itself.

        Like any other attempt it is counted while the account's budgets last; once they
        refuse, there is nothing left to take.

        Args:
            identifier: the name that was sent, as it was sent.
        """
        account = self._account(identifier)
        state = state_of(current_request) if has_request_context() else None
        attempt = None if state is None else state.attempt
        if isinstance(attempt, Attempt) and account in attempt.accounts:
            attempt.verdict = "failure"
            return
        network = None if state is None else self._network(state.client.network)
        charges = self._budgets.of_attempt((account,), network)
        grants = self._counters.reserve(charges.claims).grants
        self._settle(Attempt((account,), network, charges, grants, None), "failure", "")

    def succeeded(self, user: Any) -> None:
        """Clear the counters of an account that logged in where the throttle cannot see it.

        Args:
            user: a user object, or the name that was sent.
        """
        state = state_of(current_request) if has_request_context() else None
        attempt = None if state is None else state.attempt
        if isinstance(attempt, Attempt):
            attempt.verdict, attempt.user = "success", user
        names = names_of(user, self._context.policy.identifier_fields)
        network = None if state is None else self._network(state.client.network)
        accounts = tuple(identify.account(self._context.app, name) for name in names)
        own = self._budgets.of_attempt(accounts, network).own
        self._counters.clear([key for keys in own.values() for key in keys])

    def unlock(self, identifier: str) -> None:
        """Lift every limit on an account, from wherever it was tried.

        Args:
            identifier: a name that the account logs in with.
        """
        account = self._account(identifier)
        self._unlocks.unlock(account)
        self._context.report("authn_login_unlock", account=account.hashed)

    def _guards(self, endpoint: str | None) -> bool:
        return bool(self._endpoints.login(endpoint) or self._endpoints.reauth(endpoint))

    def _accounts(self, request: Request, sent: identify.Sent, state: State) -> tuple[Account, ...]:
        app = self._context.app
        if sent.names or sent.body == "oversized":
            return tuple(identify.account(app, name) for name in sent.names)
        # "Enter your password again" names nobody: it is the session's user who is tried.
        who = state.user_id_at_open
        if who and self._endpoints.reauth(request.endpoint):
            return (identify.account_of_user(app, who),)
        return (self._unnamed.account(),)

    def _account(self, identifier: str) -> Account:
        return identify.account(self._context.app, identify.normalise(identifier))

    def _network(self, network: str | None) -> bytes | None:
        # An empty name is counted as any other: no client is without limits.
        return None if network is None else identify.network_key(self._context.app, network)

    def _reserve(self, request: Request, state: State, attempt: Attempt) -> Refusal | None:
        reservation = self._counters.reserve(attempt.charges.claims)
        if reservation.refused_by is not None and self._unlocked(attempt, reservation.refused_by):
            reservation = self._counters.reserve(attempt.charges.claims)
        if reservation.refused_by is not None:
            wait = reservation.retry_after_s or 0.0
            limit = kind_of(reservation.refused_by)
            return self._refusal(request, limit, wait, attempt.accounts)
        attempt.grants = reservation.grants
        state.attempt = attempt
        return None

    def _refusal(
        self, request: Request, limit: str, wait_s: float, accounts: Sequence[Account]
    ) -> Refusal:
        stopped = math.isinf(wait_s)
        retry_s = _STOPPED_RETRY_S if stopped else max(1, math.ceil(wait_s))
        return Refusal(
            guard="throttle",
            status=429,
            event="authn_login_lock" if stopped else "excess_rate_limit_exceeded",
            reason=_REASON,
            body=page(self._context.app, request, _REASON),
            headers=(("Retry-After", str(retry_s)),),
            details={
                "limit": limit,
                "accounts": [account.hashed for account in accounts],
                "retry_after_s": retry_s,
            },
        )

    def _unlocked(self, attempt: Attempt, refused_by: bytes) -> bool:
        if kind_of(refused_by) not in ("pair", "device"):
            return False
        where = attempt.device.id if attempt.device is not None else attempt.network or b""
        return self._unlocks.apply(attempt.accounts, attempt.charges, where)

    def _settle(self, attempt: Attempt, verdict: Verdict, who: str) -> None:
        """Keep, clear or give back what `attempt` took, and say what happened."""
        names = [account.hashed for account in attempt.accounts]
        if verdict == "success":
            own = self._own(attempt)
            cleared = {key for found in own for key in attempt.charges.own[found.key]}
            self._counters.clear(sorted(cleared))
            self._counters.refund([grant for grant in attempt.grants if grant.key not in cleared])
            user = identify.account_of_user(self._context.app, who).hashed if who else None
            self._context.report("authn_login_success", accounts=names, user=user)
        elif verdict == "failure":
            self._context.report("authn_login_fail", "warning", accounts=names)
            self._say_what_is_used_up(attempt)
        elif verdict == "unclear":
            # Not counted in full: only against this account from this network.
            pair = [grant for grant in attempt.grants if kind_of(grant.key) in ("pair", "device")]
            self._counters.refund([grant for grant in attempt.grants if grant not in pair])
            self._context.report("authn_login_unclear", accounts=names)
        else:
            self._counters.refund(attempt.grants)

    def _own(self, attempt: Attempt) -> tuple[Account, ...]:
        """Return those of the accounts named that are the one which logged in.

        The one place that decides whose counters a success clears. A request that names
        several may hold a decoy, so only its user's own names count; a single one is taken as
        it is.
        """
        if len(attempt.accounts) < 2:
            return attempt.accounts
        fields = self._context.policy.identifier_fields
        names = () if attempt.user is None else names_of(attempt.user, fields)
        return tuple(account for account in attempt.accounts if account.name in names)

    def _say_what_is_used_up(self, attempt: Attempt) -> None:
        free = self._budgets.free_attempts()
        for grant in attempt.grants:
            if grant.key == ALARM_KEY and grant.used == ALARM.amount:
                self._context.report(
                    "login_alarm", "error", failures=ALARM.amount, window_s=ALARM.window_s
                )
            elif grant.key.startswith(b"a0") and grant.used == free:
                account = grant.key.removeprefix(b"a0").hex()
                self._context.report(
                    "authn_login_fail_max", "warning", account=account, failures=free
                )
