"""Lifts an account's limits, from wherever it was tried.

The counters of an account from one network or known device cannot be listed, as their keys
hold where it came from. So an unlock leaves a note; a refusal by such a counter looks for it,
and each place's counters are then forgotten once. Requests that are not refused never look.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from hardening.logins.budgets import Budgets, Charges
from hardening.logins.counting import Counters
from hardening.logins.identify import Account
from hardening.storage.base import Record

LOOK_AGAIN_AFTER_S = 1.0  # so long another process's unlock may go unseen by a refused attempt
_MOST_REMEMBERED = 1024  # accounts without a note; bounded: attackers choose them


class Unlocks:
    """Unlocks of one app.

    Args:
        counters: where the limits are counted.
        budgets: which counters an account has.
        clock: the time, in seconds since the epoch.
    """

    def __init__(self, counters: Counters, budgets: Budgets, clock: Callable[[], float]) -> None:
        self._counters = counters
        self._budgets = budgets
        self._clock = clock
        self._without: dict[bytes, float] = {}  # account's key -> when its note was looked for

    def unlock(self, account: Account) -> None:
        """Forget what was counted against `account`."""
        self._counters.clear(self._budgets.account_keys(account.key))
        now = self._clock()
        self._without.pop(account.key, None)
        # Older counters of a network have ended by themselves when the note expires.
        expires_at = now + self._budgets.pair_window_s
        self._counters.put(Record(_note(account), "", repr(now).encode(), expires_at))

    def apply(self, accounts: Sequence[Account], charges: Charges, where: bytes) -> bool:
        """Carry unlocks out for one place; return whether there were any left to carry out.

        Args:
            accounts: those that a refused attempt named.
            charges: what it was charged to.
            where: the network or the known device that it came from.
        """
        done = False
        for account in accounts:
            note = self._find(account)
            if note is None or self._carried_out(account, where, note):
                continue
            self._counters.put(Record(_note(account, where), "", note.value, note.expires_at))
            self._counters.clear(charges.own[account.key])
            done = True
        return done

    def waiting(self, accounts: Sequence[Account], where: bytes) -> bool:
        """Return whether `apply` would carry anything out."""
        notes = ((account, self._find(account)) for account in accounts)
        return any(
            note is not None and not self._carried_out(account, where, note)
            for account, note in notes
        )

    def _carried_out(self, account: Account, where: bytes, note: Record) -> bool:
        seen = self._counters.get(_note(account, where))
        return seen is not None and seen.value == note.value

    def _find(self, account: Account) -> Record | None:
        now = self._clock()
        if 0 <= now - self._without.get(account.key, -LOOK_AGAIN_AFTER_S) < LOOK_AGAIN_AFTER_S:
            return None
        note = self._counters.get(_note(account))
        if note is None:
            if len(self._without) >= _MOST_REMEMBERED:
                self._without.clear()
            self._without[account.key] = now
        return note


def _note(account: Account, where: bytes = b"") -> str:
    return f"unlock:{account.hashed}:{where.hex()}"
