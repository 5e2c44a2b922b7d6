"""A run: as many lanes as the machine can feed, over the table until nothing is left to do."""

from __future__ import annotations

import time
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor, wait
from dataclasses import dataclass, field
from threading import Event
from typing import TYPE_CHECKING

from hardening.errors import StoreError
from hardening.passwords.gate import usual_places
from hardening.passwords.pepper import NO_KEYS
from hardening.rehash.census import pages
from hardening.rehash.claims import Claims
from hardening.rehash.errors import RunError, reason
from hardening.rehash.lane import Keeper, Lane, Tally
from hardening.rehash.pace import Pace
from hardening.rehash.sorting import Rules, due
from hardening.rehash.target import Target

if TYPE_CHECKING:
    from hardening.passwords.hasher import Cost

BATCH_S = 0.25  # how long one lane hashes between two commits, and holds its locks: our own
MOST_BATCH = 1000  # rows
_TRIES = 20  # how often rows that somebody else holds are asked for again
_RETRY_S = 0.5


@dataclass(frozen=True, slots=True)
class Options:
    """How a run works.

    Attributes:
        rules: what decides about each value, with the cost of the new layer.
        lanes: threads; 0: one for each hash that the machine computes at once, and one more that
            talks to the database meanwhile.
        batch: rows in a batch; 0: a quarter of a second's work.
        limit: how many rows to wrap at most; None: all.
        max_rate: rows a second at most; None: as fast as it goes.
    """

    rules: Rules = field(default_factory=Rules)
    lanes: int = 0
    batch: int = 0
    limit: int | None = None
    max_rate: float | None = None


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a run has done."""

    done: int
    """Rows that were written."""
    changed: int
    """Rows that somebody else changed meanwhile; they were left as they are."""
    held: int
    """Rows that are still to be done, since somebody else held them all the time."""
    stopped: bool
    """Whether the run was told to end before everything was done."""


def run(
    target: Target,
    options: Options,
    *,
    keeper: Keeper | None = None,
    stop: Event | None = None,
    done: Callable[[int], object] = lambda rows: None,
) -> Outcome:
    """Wrap every hash that is due.

    Args:
        target: the column.
        options: how.
        keeper: keeps sessions alive over the change of the stored hash.
        stop: set it from another thread to end after the batches at hand.
        done: told how many rows are written, after each batch.

    Raises:
        RunError: the database or the store failed. What was reported as done is done, and
            running again goes on from there.
    """
    stop = stop if stop is not None else Event()
    tally = Tally()
    claims = Claims(target, options.rules, options.limit)
    pace = Pace(options.max_rate, wait=stop.wait)
    lane = Lane(
        target,
        options.rules,
        claims=claims,
        pace=pace,
        batch=_batch(options),
        tally=tally,
        stop=stop,
        keeper=keeper,
        done=lambda: done(tally.written),
    )
    lanes = _lanes(target, options, 1 if keeper is None else 2)
    held = idle = 0
    while idle < _TRIES:
        before = tally.written
        _together(lane, lanes, stop, tally)
        if stop.is_set() or claims.used_up:
            break
        held = _left(target, options.rules)
        if not held:
            break
        idle = 0 if tally.written > before else idle + 1
        claims.restart()
        stop.wait(_RETRY_S)
    return Outcome(tally.written, tally.changed, held, stop.is_set())


def _lanes(target: Target, options: Options, each: int) -> int:
    """Return how many threads to start: the app's pool must have `each` connections for each."""
    from sqlalchemy.pool import AssertionPool, QueuePool

    wanted = options.lanes or usual_places(options.rules.cost.memory_kib) + 1
    pool = target.engine.pool
    if isinstance(pool, AssertionPool):
        return 1
    most = getattr(pool, "_max_overflow", -1)  # there is no public name for it
    if not isinstance(pool, QueuePool) or most == -1:
        return wanted
    return max(1, min(wanted, (pool.size() + int(most)) // each))


def _together(lane: Lane, lanes: int, stop: Event, tally: Tally) -> None:
    """Run the lane in so many threads at once; one that fails stops the others."""
    with ThreadPoolExecutor(lanes, thread_name_prefix="rehash") as pool:
        futures = [pool.submit(lane.work) for _ in range(lanes)]
        try:
            _wait(futures, stop)
        except KeyboardInterrupt:
            stop.set()  # every lane finishes the batch at hand
    for future in futures:
        error = future.exception()
        if error is not None:
            raise _failure(error, tally) from None


def _wait(futures: list[Future[None]], stop: Event) -> None:
    from concurrent.futures import FIRST_EXCEPTION

    finished, _ = wait(futures, return_when=FIRST_EXCEPTION)
    if any(future.exception() is not None for future in finished):
        stop.set()
    wait(futures)


def _failure(error: BaseException, tally: Tally) -> BaseException:
    from sqlalchemy import exc

    if isinstance(error, exc.SQLAlchemyError):
        said = f"the database failed: {reason(error)}"
    elif isinstance(error, StoreError):
        said = "the store of the sessions failed"
    else:
        return error
    return RunError(f"{said}; {tally.written} rows are done, run again to go on")


def _left(target: Target, rules: Rules) -> int:
    """Return how many rows are still to be done, whoever holds them."""
    found = pages(target, fresh=rules.pepper == NO_KEYS)
    return sum(due(row, rules) is not None for page in found for row in page)


def _batch(options: Options) -> int:
    batch = options.batch or int(BATCH_S / _seconds(options.rules.cost))
    if options.max_rate is not None and not options.batch:
        batch = min(batch, int(options.max_rate * BATCH_S))
    return max(1, min(batch, MOST_BATCH))


def _seconds(cost: Cost) -> float:
    """Return how long one hash takes here: the faster of two, since the first one warms up."""
    from hardening.passwords.hasher import make_hash

    times = []
    for _ in range(2):
        began = time.perf_counter()
        make_hash(b"0" * 32, cost)
        times.append(time.perf_counter() - began)
    return min(times)
