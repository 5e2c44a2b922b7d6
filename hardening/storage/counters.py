"""How a counter answers: one pure function over the counters' present contents.

Every store calls `decide` inside its own atomic step, so all of them count alike.

A fixed window begins with its first unit and lasts `window_s`. A counter with delays lets
`amount` units pass in such a window; once they are used it no longer rolls over but asks for
growing pauses, until it is cleared or nothing was granted for a day. After `stop` units only
clearing helps. A refusal writes nothing, so it is cheap and cannot prolong itself.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import NamedTuple

from hardening.storage.base import Claim, Grant, Reservation

FORGET_AFTER_S = 24 * 60 * 60  # 1 day without a granted attempt ends the delays: our own
MOST_DOUBLINGS = 30  # beyond any `delay_most_s`; keeps the power small


class Counter(NamedTuple):  # four times faster to make than a frozen dataclass
    """What a store keeps for one key."""

    window: float
    """When the present window began, in seconds since the epoch."""
    used: int
    """Units taken and not refunded."""
    last: float
    """When the last unit was granted."""
    full: bool
    """Whether its free units were used up at some time; such a counter is the last to be
    evicted."""
    expires_at: float
    """From when on it is as good as absent; infinite once only clearing helps."""


def decide(
    claims: Sequence[Claim], counters: Mapping[bytes, Counter | None], now: float
) -> tuple[Reservation, dict[bytes, Counter]]:
    """Answer `claims` together: all granted, or none.

    Args:
        claims: the units asked for. A key that is named twice pays twice.
        counters: the present contents, at least for the keys of `claims` that have any.
        now: seconds since the epoch.

    Returns:
        The answer, and the counters to write; none if it is a refusal.
    """
    changed: dict[bytes, Counter] = {}
    grants: list[Grant] = []
    longest = 0.0
    refused_by: bytes | None = None
    for claim in claims:
        counter = changed.get(claim.key) or counters.get(claim.key)
        if counter is not None and _is_over(claim, counter, now):
            counter = None
        wait = 0.0 if counter is None else _wait(claim, counter, now)
        if wait > longest:
            longest, refused_by = wait, claim.key
        elif refused_by is None:
            taken = _take(claim, counter, now)
            changed[claim.key] = taken
            grants.append(Grant(claim.key, taken.window, taken.used))
    if refused_by is not None:
        return Reservation((), longest, refused_by), {}
    return Reservation(tuple(grants)), changed


def give_back(grant: Grant, counter: Counter) -> Counter | None:
    """Return `counter` without the unit of `grant`; None if nothing is left of it.

    Where `grant` was taken from another window, `counter` comes back unchanged.
    """
    if counter.window != grant.window:
        return counter
    if counter.used <= 1:
        return None
    expires_at = counter.expires_at
    if math.isinf(expires_at):  # the stop is lifted, the delays are back
        expires_at = counter.last + FORGET_AFTER_S
    return counter._replace(used=counter.used - 1, expires_at=expires_at)


def _delaying(claim: Claim, counter: Counter) -> bool:
    return claim.delays and counter.used >= claim.amount


def _is_over(claim: Claim, counter: Counter, now: float) -> bool:
    if _delaying(claim, counter):
        return counter.used < claim.stop and now >= counter.last + FORGET_AFTER_S
    # A window that begins further ahead than it is long can only come from a clock that was
    # set back; keeping it would refuse for as long as the clock was wrong.
    return not counter.window - claim.window_s <= now < counter.window + claim.window_s


def _wait(claim: Claim, counter: Counter, now: float) -> float:
    """Return the seconds until `counter` grants one more unit; 0 if it does now."""
    if claim.counts_only or counter.used < claim.amount:
        return 0.0
    if not claim.delays:
        return counter.window + claim.window_s - now
    if counter.used >= claim.stop:
        return math.inf
    if counter.last - now > claim.delay_most_s:  # the clock was set back, see above
        return 0.0
    doublings = min(counter.used - claim.amount, MOST_DOUBLINGS)
    delay = min(1 << doublings, claim.delay_most_s)
    return max(0.0, counter.last + delay - now)


def _take(claim: Claim, counter: Counter | None, now: float) -> Counter:
    window = now if counter is None else counter.window
    used = 1 if counter is None else counter.used + 1
    full = used >= claim.amount and not claim.counts_only
    if not (claim.delays and full):
        expires_at = window + claim.window_s
    elif used < claim.stop:
        expires_at = now + FORGET_AFTER_S
    else:
        expires_at = math.inf
    return Counter(window, used, now, full, expires_at)
