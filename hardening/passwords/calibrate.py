"""Measures how costly Argon2id may be on this machine, and says which settings make it so.

Logins come at the same time, so as many hashes are measured at once as the machine would compute:
they share its cores and its memory's bandwidth. The memory is set first and then the passes, as
RFC 9106, section 4, advises. Nothing is proposed below the floor, however slow the machine is.
"""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from functools import partial

from hardening.passwords import hasher
from hardening.passwords.gate import usual_places
from hardening.passwords.hasher import Cost
from hardening.passwords.legacy import Ceilings
from hardening.passwords.work import compute
from hardening.settings import ARGON2_FLOOR

TARGET_MS = 250  # at most, for one hash: OWASP asks for less than a second
MOST_KIB = 64 * 1024  # 64 MiB: RFC 9106's second recommendation
_STEADY = 0.25  # the share by which two measurements may differ: our own
_ROUNDS = 5  # of hashes at once; the median of all leaves out what else the machine does
_MOST_PASSES = Ceilings().argon2_time  # a hash above it would be refused at a login
_PASSWORD = "measured, and thrown away"  # noqa: S105  # nobody's

Measure = Callable[[Cost, int], float]


@dataclass(frozen=True, slots=True)
class Advice:
    """What to set, and what it was found to take."""

    cost: Cost
    """Of one hash."""
    at_once: int
    """How many hashes a process computes at the same time."""
    ms: float
    """How long one takes while so many are computed, in milliseconds."""
    slow: bool
    """Whether the machine misses the target even at the floor."""
    steady: bool = True
    """Whether a second measurement came out nearly the same."""

    @property
    def per_second(self) -> float:
        """How many logins one process verifies in a second."""
        return self.at_once * 1000 / self.ms

    @property
    def memory_mib(self) -> float:
        """How much memory all hashes of one process take at once, in MiB."""
        return self.at_once * self.cost.memory_kib / 1024

    def settings(self) -> dict[str, int]:
        """Return the settings by their names in `hardening.Policy`."""
        return {
            "argon2_memory_kib": self.cost.memory_kib,
            "argon2_time": self.cost.time,
            "argon2_lanes": self.cost.lanes,
            "hash_concurrency": self.at_once,
        }


def advise(
    *,
    target_ms: float = TARGET_MS,
    most_kib: int = MOST_KIB,
    lanes: int = 1,
    at_once: int | None = None,
    measure: Measure | None = None,
) -> Advice:
    """Return the costliest settings that keep to the target, or those of the floor.

    Args:
        target_ms: how long one hash may take, in milliseconds.
        most_kib: how much memory one hash may take, in KiB.
        lanes: threads of one hash. More make one login faster and two at a time slower.
        at_once: hashes that a process computes at once; None: as many as there are cores, in at
            most a quarter of the memory.
        measure: returns the milliseconds that one hash of a cost takes while so many are
            computed; None: measures this machine.
    """
    taken = measure or measured
    places = at_once or usual_places(most_kib)
    least = min(kib for kib, _ in ARGON2_FLOOR)
    best: Advice | None = None
    for kib in sorted({most_kib, *(kib for kib, _ in ARGON2_FLOOR)}, reverse=True):
        if not least <= kib <= most_kib:
            continue
        found = _most_passes(kib, lanes, places, target_ms, taken)
        if best is None or found.ms < best.ms:
            best = found
        if not found.slow:
            best = found
            break
    if best is None:
        raise ValueError(f"most_kib is below the floor of {least} KiB")
    again = taken(best.cost, places)
    return replace(best, steady=abs(again - best.ms) <= _STEADY * max(again, best.ms))


def measured(cost: Cost, at_once: int) -> float:
    """Return the median time of one hash of `cost` in milliseconds, `at_once` at a time."""

    def one() -> list[float]:
        times = [compute(partial(_timed, cost), None) for _ in range(_ROUNDS + 1)]
        return times[1:]  # the first one fetches the memory from the system

    with ThreadPoolExecutor(at_once) as pool:
        runs = [pool.submit(one) for _ in range(at_once)]
        return statistics.median(time_ms for run in runs for time_ms in run.result())


def _timed(cost: Cost) -> float:
    began = time.perf_counter()
    hasher.make_hash(_PASSWORD, cost)  # in the place that we hold already
    return (time.perf_counter() - began) * 1000


def _most_passes(kib: int, lanes: int, at_once: int, target_ms: float, measure: Measure) -> Advice:
    """Return as many passes over `kib` as the target allows, at least those of the floor."""
    least = min(passes for floor, passes in ARGON2_FLOOR if kib >= floor)
    cost = Cost(kib, least, lanes)
    ms = measure(cost, at_once)
    passes = min(_MOST_PASSES, int(least * target_ms / ms)) if ms > 0 else _MOST_PASSES
    # Time grows with the passes, nearly: whatever is proposed was measured itself.
    while passes > least:
        more = Cost(kib, passes, lanes)
        more_ms = measure(more, at_once)
        if more_ms <= target_ms:
            return Advice(more, at_once, more_ms, slow=False)
        passes -= 1
    return Advice(cost, at_once, ms, slow=ms > target_ms)
