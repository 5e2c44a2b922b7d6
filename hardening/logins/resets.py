"""Lifts an account's limits when its password was set anew.

Nobody tells us whose password a reset form changes. But the adopted function makes the new hash,
and the next login checks against it. So a new hash leaves a note, and an account that is refused
may then reach its password check once: if the hash it is checked against is a new one, its limits
are lifted and the attempt goes on as the first of a new budget; otherwise nothing is computed and
it is refused there. Where no check comes, the answer becomes the same refusal, so that names that
exist are not told apart.

Only where the endpoint's checks are adopted ones: another kind would have looked at the password.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from hardening.logins.budgets import kind_of
from hardening.logins.identify import account_of_hash
from hardening.logins.refusals import too_many
from hardening.state import present_request
from hardening.storage.base import Record

if TYPE_CHECKING:
    from hardening.context import Context
    from hardening.decision import Refusal
    from hardening.logins.attempt import Attempt
    from hardening.logins.budgets import Budgets
    from hardening.logins.counting import Counters
    from hardening.logins.identify import Account
    from hardening.logins.unlocks import Unlocks

KEPT_S = 30 * 24 * 60 * 60  # 30 days until a new password is used first: our own
_LATEST = "reset:latest"
_MOST_REMEMBERED = 1024  # accounts that have probed; bounded: attackers choose them
_LOOK_AGAIN_AFTER_S = 1.0  # so long another process's reset may go unseen by a refused attempt


class Resets:
    """The passwords of one app that were set anew.

    Args:
        context: the wrapped app.
        budgets: which counters an account has.
        counters: where they are, and the notes.
        unlocks: lifts limits.
        clock: the time, in seconds since the epoch.
    """

    def __init__(
        self,
        context: Context,
        budgets: Budgets,
        counters: Counters,
        unlocks: Unlocks,
        clock: Callable[[], float],
    ) -> None:
        self._context = context
        self._budgets = budgets
        self._counters = counters
        self._unlocks = unlocks
        self._clock = clock
        self._probed: dict[bytes, bytes] = {}  # account's key -> the reset that let it probe
        self._latest: tuple[float, bytes] = (float("-inf"), b"")  # when it was read, what it is

    def produced(self, hashes: list[str]) -> None:
        """Note the hashes that a request made of new passwords."""
        now = self._clock()
        for text in hashes[-2:]:  # one; a few apps make it twice
            key = _fresh(account_of_hash(self._context.app, text))
            self._counters.put(Record(key, "", b"1", now + KEPT_S))
        value = repr(now).encode()
        self._counters.put(Record(_LATEST, "", value, now + KEPT_S))
        self._latest = (now, value)

    def may_probe(self, attempt: Attempt) -> bool:
        """Return whether a refused attempt may reach its check: once after every reset."""
        latest = self._unseen(attempt.accounts)
        if not latest:
            return False
        key = _seen(attempt.accounts[0])
        self._counters.put(Record(key, "", latest, self._clock() + KEPT_S))
        return True

    def waiting(self, accounts: Sequence[Account]) -> bool:
        """Return whether `may_probe` would say yes to a refused attempt on `accounts`."""
        return bool(self._unseen(accounts))

    def _unseen(self, accounts: Sequence[Account]) -> bytes:
        """Return which reset has not let an attempt on `accounts` probe yet; empty for none."""
        if len(accounts) != 1 or accounts[0].several:
            return b""
        latest, key = self._read_latest(), accounts[0].key
        # What has let it probe once never does again, so that needs no second look.
        if not latest or self._probed.get(key) == latest:
            return b""
        seen = self._counters.get(_seen(accounts[0]))
        if seen is None or seen.value != latest:
            return latest
        if len(self._probed) >= _MOST_REMEMBERED:
            self._probed.clear()
        self._probed[key] = latest
        return b""

    def lift(self, attempt: Attempt, stored: Account) -> Refusal | None:
        """Lift the limits of a probing attempt if `stored` is a new hash; else say why not."""
        if self._counters.get(_fresh(stored)) is None:
            return attempt.probe
        attempt.probe = None
        account = attempt.accounts[0]
        self._unlocks.unlock(account)
        attempt.charges = self._budgets.of_attempt((account,), attempt.network)
        where = attempt.network or b""
        self._unlocks.apply((account,), attempt.charges, where)
        attempt.device = attempt.linked = None
        reservation = self._counters.reserve(attempt.charges.claims)
        if reservation.refused_by is not None:  # the network's own limit
            limit, wait = kind_of(reservation.refused_by), reservation.retry_after_s or 0.0
            return too_many(self._context.app, present_request(), limit, wait, (account,))
        attempt.grants = reservation.grants
        self._context.report("authn_login_unlock", account=account.hashed, by="new password")
        return None

    def _read_latest(self) -> bytes:
        now = self._clock()
        read_at, value = self._latest
        if not 0 <= now - read_at < _LOOK_AGAIN_AFTER_S:
            record = self._counters.get(_LATEST)
            value = b"" if record is None else record.value
            self._latest = (now, value)
        return value


def _fresh(stored: Account) -> str:
    return f"reset:new:{stored.hashed}"


def _seen(account: Account) -> str:
    return f"reset:{account.hashed}"
