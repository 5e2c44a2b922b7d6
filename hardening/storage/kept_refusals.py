"""Refusals that a store behind a network gave last, repeated for a second without asking it.

A refusal ends when its counters' windows do, unless somebody clears or refunds them. That is in
force at once where this process does it, and a second later where another one does.
"""

from __future__ import annotations

from collections.abc import Sequence

from hardening.storage.base import Claim, Reservation

KEPT_S = 1.0  # seconds: our own
MOST_KEPT = 1024  # counters that refuse, of about 2 KiB each with their claims: 2 MiB


class KeptRefusals:
    """See the module. Threads may share it: each step is one of a dictionary's own."""

    def __init__(self) -> None:
        self._kept: dict[bytes, tuple[float, float, frozenset[Claim]]] = {}

    def put(self, claims: Sequence[Claim], now: float, refusal: Reservation) -> None:
        """Keep how `claims` were refused at `now`, in seconds since the epoch."""
        if refusal.refused_by is None or refusal.retry_after_s is None:
            return
        if len(self._kept) >= MOST_KEPT:
            self._kept.clear()
        self._kept[refusal.refused_by] = now, refusal.retry_after_s, frozenset(claims)

    def get(self, claims: Sequence[Claim], now: float) -> Reservation | None:
        """Return how `claims` are refused at `now`, or None where the store has to say."""
        for claim in claims:
            kept = self._kept.get(claim.key)
            # The counter that waits longest of many does so of some of them.
            if kept is None or not kept[2].issuperset(claims):
                continue
            age = now - kept[0]
            left = kept[1] - age
            if 0 <= age < KEPT_S and left > 0:
                return Reservation((), left, claim.key)
        return None

    def clear(self) -> None:
        """Forget all: something was lifted."""
        self._kept.clear()
