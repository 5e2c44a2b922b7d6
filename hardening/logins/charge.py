"""Charges every password check to the account whose stored hash it was given.

The adopted check sees all of them: a "current password" form, a GET, HTTP Basic, a name that we
do not recognise, a decoy beside it, an alias. So each check takes its unit before anything is
computed, and where there is none left nothing is computed: the view gets a 429 to let pass. A
view that swallows it is told "wrong password" from then on.

A check that answers yes gives its units back, and the same password is not charged again for ten
minutes: a client that sends it with every request is never counted, however many it has under
way. That memory is of this process, bounded, and keyed by a secret that it was started with.

Fails open: the check is computed.
"""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Literal

from hardening.errors import StoreError
from hardening.logins.attempt import Attempt
from hardening.logins.budgets import ALARM, ALARM_KEY, Budgets, Charges, kind_of
from hardening.logins.identify import Account, account_of_hash
from hardening.logins.refusals import exception_of, too_many
from hardening.passwords.current import state_here
from hardening.state import present_request

if TYPE_CHECKING:
    from hardening.context import Context
    from hardening.decision import Refusal
    from hardening.logins.counting import Counters
    from hardening.logins.devices import Device, Devices
    from hardening.logins.links import Links
    from hardening.logins.networks import Networks
    from hardening.logins.resets import Resets
    from hardening.logins.unlocks import Unlocks
    from hardening.state import State
    from hardening.storage.base import Grant

REFUSED: Final = "refused"
_NOTE: Final = "password checks"  # the key in `State.notes`
_RIGHT_S = 600.0  # seconds that a right password is not charged again: our own
_MOST_RIGHT = 1024  # of them in one process: 200 KiB


@dataclass(slots=True, eq=False)
class Told:
    """What one request has been told so far."""

    refused: bool = False
    paid: bool = False


@dataclass(slots=True, eq=False)
class Ticket:
    """One check that may be computed."""

    checks: Checks
    stored: Account
    charges: Charges
    grants: tuple[Grant, ...]
    mark: bytes
    attempt: Attempt | None

    def settle(self, ok: bool | None) -> None:
        """Say what the check answered; None: it was not computed."""
        self.checks.settle(self, ok)


class Checks:
    """The password checks of one app.

    Args:
        context: the wrapped app.
        budgets: what a check is charged to.
        counters: where it is counted.
        devices: browsers that have budgets of their own.
        unlocks: limits that were lifted.
        links: which names lead to which hashes.
        networks: where a request comes from.
        resets: passwords that were set anew.
        clock: the time, in seconds since the epoch.
    """

    def __init__(
        self,
        context: Context,
        *,
        budgets: Budgets,
        counters: Counters,
        devices: Devices,
        unlocks: Unlocks,
        links: Links,
        networks: Networks,
        resets: Resets,
        clock: Callable[[], float],
    ) -> None:
        self._context = context
        self._budgets = budgets
        self._counters = counters
        self._devices = devices
        self._unlocks = unlocks
        self._links = links
        self._networks = networks
        self._resets = resets
        self._clock = clock
        self._secret = secrets.token_bytes(32)
        self._right: dict[bytes, float] = {}  # mark of hash and password -> good until
        self.endpoints: set[str] = set()
        """Endpoints of the app that were seen to check a password: bounded by its code."""

    def reserve(self, stored: str, password: str | bytes) -> Ticket | Literal["refused"] | None:
        """Take a unit for one check, before it is computed.

        Args:
            stored: the hash that the app keeps.
            password: what it is to be compared with.

        Returns:
            what is to be settled with the answer; None where nothing is charged; `REFUSED`
            where the request has been refused before and the answer is no.

        Raises:
            HTTPException: there is no unit left; out of a view it becomes a 429.
        """
        state = state_here()
        if state is None or "throttle" in state.exempt or not self._networks.counted(state):
            return None
        request = present_request()
        if request.endpoint is not None:
            self.endpoints.add(request.endpoint)
        told: Told = state.notes.setdefault(_NOTE, Told())
        if told.refused:
            return REFUSED
        typed = password if isinstance(password, str) else password.decode("utf-8", "replace")
        if not typed:
            return None  # an empty field is no guess, as in `identify.Sent`
        account = account_of_hash(self._context.app, stored)
        attempt = state.attempt if isinstance(state.attempt, Attempt) else None
        if attempt is not None and attempt.probe is not None:
            refusal = self._resets.lift(attempt, account)
            if refusal is not None:
                return self._refuse(state, told, refusal)
        if any(check.stored == stored and check.password == typed for check in state.checks):
            return None  # the same attempt once more, as by a form and then by its view
        mark = self._mark(stored, typed)
        if self._right.get(mark, 0.0) > self._clock():
            if attempt is not None:
                attempt.met = True
                attempt.right[account.key] = attempt.charges.own.get(account.key, ())
            return None
        if attempt is not None and attempt.linked == account and not attempt.checked:
            attempt.met = True
            return Ticket(self, account, attempt.charges, (), mark, attempt)
        return self._take(state, told, account, mark, attempt)

    def settle(self, ticket: Ticket, ok: bool | None) -> None:
        """Keep, clear or give back what a check took."""
        attempt, key = ticket.attempt, ticket.stored.key
        own = ticket.charges.own[key]
        if ok:
            self._remember(ticket.mark)
        if ok is None:
            self._counters.refund(ticket.grants)
        elif attempt is not None:
            # Settled with the attempt, so that both take one round trip.
            attempt.grants = (*attempt.grants, *ticket.grants)
            attempt.checked.append(ticket.stored)
            if ok:
                attempt.right[key] = own
            else:
                attempt.wrong.update(own)
                attempt.wrong.update(grant.key for grant in ticket.grants)
            self._link(attempt, ticket.stored, own)
        elif ok:
            self._counters.clear(own)
            self._counters.refund([grant for grant in ticket.grants if grant.key not in own])
        else:
            self._context.report("authn_login_fail", "warning", accounts=[ticket.stored.hashed])
            self.say_what_is_used_up(ticket.grants)

    def rehashed(self, old: str, new: str) -> None:
        """Let devices that are known for a hash be known for the one that replaced it."""
        app = self._context.app
        with suppress(StoreError):  # reported by the counters; a device is then known later
            self._links.rehashed(account_of_hash(app, old), account_of_hash(app, new))

    def say_what_is_used_up(self, grants: tuple[Grant, ...]) -> None:
        """Report the failure that used up an account's free attempts, or raised the alarm."""
        free = self._budgets.free_attempts()
        for grant in grants:
            if grant.key == ALARM_KEY and grant.used == ALARM.amount:
                self._context.report(
                    "login_alarm", "error", failures=ALARM.amount, window_s=ALARM.window_s
                )
            elif grant.key.startswith(b"a0") and grant.used == free:
                account = grant.key.removeprefix(b"a0").hex()
                self._context.report(
                    "authn_login_fail_max", "warning", account=account, failures=free
                )

    def _take(
        self, state: State, told: Told, account: Account, mark: bytes, attempt: Attempt | None
    ) -> Ticket | Literal["refused"] | None:
        network = self._networks.of(state)
        device = self._device(state, account, attempt)
        # A page of somebody who is logged in may compare with all the passwords he ever had.
        paid = (told.paid and bool(state.user_id_at_open)) or (
            attempt is not None and not attempt.met
        )
        charges = self._budgets.of_check(account, network, device, paid=paid)
        reservation = self._counters.reserve(charges.claims)
        if reservation.refused_by is not None:
            where = device.id if device is not None else network or b""
            lifts = kind_of(reservation.refused_by) in ("pair", "device")
            if lifts and self._unlocks.apply((account,), charges, where):
                reservation = self._counters.reserve(charges.claims)
        if reservation.refused_by is not None:
            limit, wait = kind_of(reservation.refused_by), reservation.retry_after_s or 0.0
            app, request = self._context.app, present_request()
            return self._refuse(state, told, too_many(app, request, limit, wait, (account,)))
        told.paid = True
        if attempt is not None:
            attempt.met = True
        return Ticket(self, account, charges, reservation.grants, mark, attempt)

    def _device(self, state: State, account: Account, attempt: Attempt | None) -> Device | None:
        """Return the known device that has logged in with this hash, or with the one before it."""
        if attempt is not None:
            device = attempt.device
        else:
            device = self._devices.read(present_request(), state)
        if device is None or device.marks_account(account):
            return device
        before = self._links.before_rehash(account)
        return device if before is not None and device.marks_account(before) else None

    def _refuse(self, state: State, told: Told, refusal: Refusal) -> Literal["refused"] | None:
        self._context.report(refusal.event, refusal.level, **refusal.details)
        if not self._context.enforcing:
            return None
        told.refused = True
        state.extra_headers.extend(refusal.headers)
        raise exception_of(self._context.app, refusal)

    def _link(self, attempt: Attempt, stored: Account, own: tuple[bytes, ...]) -> None:
        """Remember whose hash the one name in a request led to."""
        if len(attempt.accounts) == 1 and not attempt.accounts[0].several:
            used = [grant.used for grant in attempt.grants if grant.key in own]
            self._links.note(attempt.accounts[0], stored, failures=max(used, default=0))

    def _mark(self, stored: str, typed: str) -> bytes:
        text = f"{len(stored)}:{stored}{typed}".encode("utf-8", "surrogatepass")
        return hashlib.blake2b(text, digest_size=16, key=self._secret).digest()

    def _remember(self, mark: bytes) -> None:
        if len(self._right) >= _MOST_RIGHT:
            self._right.clear()
        self._right[mark] = self._clock() + _RIGHT_S


def was_refused(state: State) -> bool:
    """Return whether a password check of this request was refused."""
    told = state.notes.get(_NOTE)
    return isinstance(told, Told) and told.refused
