"""Ends of records that the store did not take: in force here at once, written when it can be.

A logout must not wait for a disk that is full. What could not be removed is remembered in this
process, which refuses it from then on. Other processes hear of it when it is written, with the
first request that finds the store working, at most five seconds later. A process that stops
before that forgets it: the record then stays until its own end.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from itertools import islice
from typing import TYPE_CHECKING

from hardening.errors import StoreError

if TYPE_CHECKING:
    from hardening.context import Context

MOST_OWED = 20_000  # about 400 bytes each: 8 MiB
TRY_AGAIN_AFTER_S = 5.0  # a locked file makes the caller wait two seconds for each attempt
AT_ONCE = 100  # written by one request


@dataclass(frozen=True, slots=True)
class Debt:
    """One end that is still to be written: of one record, or of all that an owner had."""

    kind: str
    """The kind of record."""
    key: str | None
    """The record's key; None for all of `owner`."""
    owner: str
    """Whose records end; empty for one record."""
    keep: str | None
    """The key of the one record that stays."""
    before: float
    """When it was asked for, in seconds since the epoch; later records are not meant."""
    until: float = field(compare=False)
    """When everything that it could mean has ended by itself."""
    told: bool = field(compare=False)
    """Whether the callbacks of ``on_revoke`` were called already."""

    def means(self, key: str, owner: str, created: float) -> bool:
        """Return whether a record is one of those that this ends."""
        if self.key is not None:
            return key == self.key
        return owner == self.owner and created <= self.before and key != self.keep


class Owed:
    """What the store of one app still has to lose.

    Needs no lock, which a fork could leave held: each step is one of a dict's, and writing a
    debt twice does no harm.

    Args:
        context: the wrapped app.
    """

    def __init__(self, context: Context) -> None:
        self._context = context
        self.debts: dict[tuple[str, str] | Debt, Debt] = {}
        """Everything owed, oldest first. Looked at by every request, so a plain dict."""
        self._all: dict[Debt, Debt] = {}  # those of `debts` that mean more than one record
        self._again_at = 0.0
        self.writers: dict[str, Callable[[Debt], object]] = {}
        """What writes a debt, by its kind; raises `StoreError` where it cannot."""

    def add(self, debt: Debt, error: StoreError) -> None:
        """Remember what the store did not take, and say so.

        Args:
            debt: what is to be written.
            error: why it was not; only its kind is told.
        """
        if debt.key is None:
            self._all[debt] = debt
            self.debts[debt] = debt
        else:
            self.debts[debt.kind, debt.key] = debt
        cause = type(error.__cause__ or error).__name__
        self._context.report("revocation_deferred", "error", kind=debt.kind, cause=cause)
        if len(self.debts) > MOST_OWED:
            self.settled(next(iter([*self.debts.values()])))
            self._context.report("revocation_forgotten", "error", most=MOST_OWED)
        self._again_at = self._context.now() + TRY_AGAIN_AFTER_S

    def one(self, kind: str, key: str) -> Debt | None:
        """Return the debt of this very record, if its end is owed."""
        return self.debts.get((kind, key))

    def of(self, kind: str, owner: str) -> list[Debt]:
        """Return the debts that mean all of an owner."""
        return [debt for debt in [*self._all] if debt.kind == kind and debt.owner == owner]

    def pay(self) -> None:
        """Write what is owed, a part at a time; nothing soon after a failure."""
        now = self._context.now()
        if now < self._again_at <= now + TRY_AGAIN_AFTER_S:  # a clock set back waits no longer
            return
        written = 0
        try:
            for debt in islice([*self.debts.values()], AT_ONCE):
                if now < debt.until:
                    self.writers[debt.kind](debt)
                    written += 1
                self.settled(debt)
        except StoreError:
            self._again_at = now + TRY_AGAIN_AFTER_S
        if written:
            self._context.report("revocation_written", written=written)

    def settled(self, debt: Debt) -> None:
        """Forget what was written."""
        self.debts.pop(debt if debt.key is None else (debt.kind, debt.key), None)
        self._all.pop(debt, None)
