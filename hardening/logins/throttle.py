"""Limits how often a password may be tried, before the app hashes anything.

An attempt is reserved in every budget at once before the view runs (the names that were sent,
and the stored hash that a name led to before), its password checks as they come (`charge`), and
settled when its outcome is known: a failure keeps its units; a success clears the account's own
counters and takes one unit back elsewhere, so that logging into an own account resets nothing for
others. Where the outcome never becomes known, because the view's exception left the app or the
worker died, the units stay taken: the doubt is not in favour of a guesser.

Fails towards limits of this process (see `counting`); an internal error lets the request pass,
with the event ``guard_failed``.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from typing import TYPE_CHECKING, Any

from flask import has_request_context, session
from flask import request as current_request

from hardening.errors import StoreError
from hardening.logins import identify
from hardening.logins.attempt import Attempt
from hardening.logins.budgets import Budgets, kind_of
from hardening.logins.charge import Checks, was_refused
from hardening.logins.codes import Codes
from hardening.logins.counting import Counters
from hardening.logins.devices import Devices
from hardening.logins.glance import REFUSED, Glance
from hardening.logins.identify import Account
from hardening.logins.links import Links
from hardening.logins.mails import Mails
from hardening.logins.networks import Networks
from hardening.logins.owner import names_of
from hardening.logins.pending import waits, who
from hardening.logins.refusals import replace, too_many
from hardening.logins.resets import Resets
from hardening.logins.unlocks import Unlocks
from hardening.logins.unnamed import Unnamed
from hardening.logins.verdict import Verdict, judge
from hardening.state import State, state_of

if TYPE_CHECKING:
    from flask import Request, Response

    from hardening.context import Context
    from hardening.decision import Refusal
    from hardening.logins.budgets import Charges
    from hardening.logins.detect import Endpoints
    from hardening.logins.devices import Device
    from hardening.storage.base import Grant, Reservation

_METHODS = frozenset({"POST", "PUT", "PATCH"})


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
        self._networks = Networks(context)
        self._links = Links(self._counters, clock)
        self._resets = Resets(context, self._budgets, self._counters, self._unlocks, clock)
        self.checks = Checks(
            context,
            budgets=self._budgets,
            counters=self._counters,
            devices=self.devices,
            unlocks=self._unlocks,
            links=self._links,
            networks=self._networks,
            resets=self._resets,
            clock=clock,
        )
        self.glance = Glance(
            context,
            budgets=self._budgets,
            counters=self._counters,
            unlocks=self._unlocks,
            resets=self._resets,
            networks=self._networks,
            checked=self.checks.endpoints,
        )
        shared = (context, endpoints, self._budgets, self._counters, self._networks)
        self._codes, self._mails = Codes(*shared), Mails(*shared)

    def before(self, request: Request, state: State) -> Refusal | None:
        """Reserve an attempt; return why it must not reach the view, or None."""
        if request.method not in _METHODS and not self._asks_in_query(request):
            return None
        if not self._networks.counted(state):
            return None
        if self._guards(request.endpoint):
            sent = identify.read(request, self._context.policy.identifier_fields)
            # A page that is asked for a PIN half way through a login is asked for a code.
            if sent.password and (sent.names or state.user_id_at_open or not waits(state.session)):
                return self._begin(request, state, sent)
        if request.method not in _METHODS:
            return None
        refusal = self._codes.before(request, state)
        if refusal is None and not self._codes.counted(state):
            refusal = self._mails.before(request, state)
        return refusal

    def after(self, request: Request, state: State, response: Response) -> None:
        """Settle what `before` reserved; a success makes the browser a known device."""
        self._codes.after(state)
        attempt = state.attempt
        if not isinstance(attempt, Attempt):
            if state.produced and response.status_code < 400:
                self._made(request, state)
            return
        state.attempt = None
        if attempt.user is None:
            attempt.user = state.logged_in if state.logged_in is not None else state.user
        if attempt.probe is not None:  # no password was looked at
            if self._context.enforcing and response.status_code != 429:
                replace(self._context.app, response, attempt.probe)
            return
        seen = request.endpoint in self.checks.endpoints
        verdict = attempt.verdict or judge(state, response, checks_seen=seen)
        if was_refused(state) and not state.checks:
            # It has reached the view, which its network pays for; for the rest it is a refusal.
            verdict = "neither"
            kept = [grant for grant in attempt.grants if kind_of(grant.key) == "address"]
            attempt.wrong.update(grant.key for grant in kept)
        # The id that `login_user` left there: the user object may be expired by a commit.
        user = str(session.get("_user_id") or "")
        own = self._own(attempt)
        self._settle(attempt, verdict, user)
        if verdict == "success" and user:
            self._unnamed.came_in(attempt.accounts, user, request.endpoint)
        fresh = state.logged_in is not None and bool(user)
        if verdict == "success" and fresh and self._context.enforcing:
            with suppress(StoreError):  # reported by the counters; the browser stays unknown
                hashes = tuple(Account("", key) for key in attempt.right)
                self.devices.remember(request, state, response, own, hashes, user)

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
        network = None if state is None else self._networks.of(state)
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
        network = None if state is None else self._networks.of(state)
        accounts = tuple(identify.account(self._context.app, name) for name in names)
        linked = tuple(filter(None, map(self._links.find, accounts)))
        own = self._budgets.of_attempt(accounts + linked, network).own
        self._counters.clear([key for keys in own.values() for key in keys])

    def unlock(self, identifier: str) -> None:
        """Lift every limit on an account, from wherever it was tried.

        Args:
            identifier: a name that the account logs in with.
        """
        account = self._account(identifier)
        self._unlocks.unlock(account)
        linked = self._links.find(account)
        if linked is not None:
            self._unlocks.unlock(linked)
        self._context.report("authn_login_unlock", account=account.hashed, by="operator")

    def _guards(self, endpoint: str | None) -> bool:
        return bool(self._endpoints.login(endpoint) or self._endpoints.reauth(endpoint))

    def _accounts(self, request: Request, sent: identify.Sent, state: State) -> tuple[Account, ...]:
        app = self._context.app
        if sent.names or sent.body == "oversized":
            return tuple(identify.account(app, name) for name in sent.names)
        # "Enter your password again" names nobody: it is the session's user who is tried.
        user = state.user_id_at_open
        if user and self._endpoints.reauth(request.endpoint):
            return (identify.account_of_user(app, user),)
        kept = who(state.session)  # two steps: first the name, then the password
        if kept is not None:
            return (identify.account_in_waiting(app, f"session {kept}"),)
        return (self._unnamed.account(),)

    def _account(self, identifier: str) -> Account:
        return identify.account(self._context.app, identify.normalise(identifier))

    def _asks_in_query(self, request: Request) -> bool:
        """Return whether a GET brings a password: some views read whatever was sent."""
        query: str = request.environ.get("QUERY_STRING", "")
        return bool(query) and identify.may_hold_password(query)

    def _begin(self, request: Request, state: State, sent: identify.Sent) -> Refusal | None:
        network = self._networks.of(state)
        if len(sent.names) > identify.MOST_NAMES:
            return too_many(self._context.app, request, "names", 60.0, ())
        accounts = self._accounts(request, sent, state)
        device = self.devices.known(request, state, accounts)
        # One name only: which of several a hash belongs to is for the check to say.
        linked = self._links.of(accounts[0]) if len(accounts) == 1 else None
        if linked is not None and device is not None and not device.marks_account(linked):
            linked = None
        if sent.body == "oversized":
            linked, charges = None, self._budgets.of_unread(network)
        else:
            charges = self._charges(accounts, linked, network, device)
        attempt = Attempt(accounts, network, charges, (), device, linked)
        return self._reserve(request, state, attempt)

    def _charges(
        self,
        accounts: tuple[Account, ...],
        linked: Account | None,
        network: bytes | None,
        device: Device | None,
    ) -> Charges:
        reserved = accounts if linked is None else (*accounts, linked)
        if device is not None:
            return self._budgets.of_known_device(reserved, network, device)
        return self._budgets.of_attempt(reserved, network)

    def _reserve(self, request: Request, state: State, attempt: Attempt) -> Refusal | None:
        reservation = self._take(attempt)
        if reservation.refused_by is not None and self._unlocked(attempt, reservation.refused_by):
            reservation = self._take(attempt)
        if reservation.refused_by is not None:
            wait = reservation.retry_after_s or 0.0
            limit = kind_of(reservation.refused_by)
            refusal = too_many(self._context.app, request, limit, wait, attempt.accounts)
            ours = request.endpoint in self.checks.endpoints
            if limit in ("pair", "account", "device") and ours and self._resets.may_probe(attempt):
                attempt.probe, state.attempt = refusal, attempt
                return None
            if refusal.body is not None:
                state.notes[REFUSED] = request.endpoint
            return refusal
        attempt.grants = reservation.grants
        state.attempt = attempt
        return None

    def _take(self, attempt: Attempt) -> Reservation:
        reservation = self._counters.reserve(attempt.charges.claims)
        linked = attempt.linked
        if linked is not None and reservation.refused_by in attempt.charges.own[linked.key]:
            # The account may have another hash by now: its check will say.
            attempt.linked = None
            attempt.charges = self._charges(attempt.accounts, None, attempt.network, attempt.device)
            reservation = self._counters.reserve(attempt.charges.claims)
        return reservation

    def _made(self, request: Request, state: State) -> None:
        """Note a new password, made by a page that is neither a login nor a registration."""
        kinds = self._endpoints.kinds(request.endpoint or "")
        if not kinds & {"login", "register"} and self._networks.counted(state):
            self._resets.produced(state.produced)

    def _unlocked(self, attempt: Attempt, refused_by: bytes) -> bool:
        if kind_of(refused_by) not in ("pair", "device"):
            return False
        where = attempt.device.id if attempt.device is not None else attempt.network or b""
        return self._unlocks.apply(attempt.accounts, attempt.charges, where)

    def _settle(self, attempt: Attempt, verdict: Verdict, user: str) -> None:
        """Keep, clear or give back what `attempt` took, and say what happened."""
        names = [account.hashed for account in attempt.accounts]
        grants = [grant for grant in attempt.grants if grant.key not in attempt.wrong]
        right = {key for keys in attempt.right.values() for key in keys}
        if verdict == "success":
            own = self._own(attempt)
            cleared = {key for found in own for key in attempt.charges.own.get(found.key, ())}
            cleared |= right
            self._counters.clear(sorted(cleared))
            self._counters.refund([grant for grant in grants if grant.key not in cleared])
            hashed = identify.account_of_user(self._context.app, user).hashed if user else None
            self._context.report("authn_login_success", accounts=names, user=hashed)
        elif verdict == "failure":
            self._context.report("authn_login_fail", "warning", accounts=names)
            self._counters.refund(self._never_checked(attempt))
            self.checks.say_what_is_used_up(attempt.grants)
        elif verdict == "unclear":
            # Not counted in full: only against this account from this network.
            pair = [grant for grant in grants if kind_of(grant.key) in ("pair", "device")]
            self._counters.refund([grant for grant in grants if grant not in pair])
            self._context.report("authn_login_unclear", accounts=names)
        else:
            self._counters.refund(grants)

    def _never_checked(self, attempt: Attempt) -> list[Grant]:
        """Return what the hash that a name led to before has taken, if it was not looked at."""
        linked = attempt.linked
        if linked is None or linked in attempt.checked:
            return []
        own = attempt.charges.own[linked.key]
        return [grant for grant in attempt.grants if grant.key in own]

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
