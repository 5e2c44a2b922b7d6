"""Counters: limits, delays, stops, refunds, and many askers at once."""

from __future__ import annotations

import math
import secrets
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

from hypothesis import given, settings
from hypothesis import strategies as st
from redis_servers import Server

from hardening.storage import open_store
from hardening.storage.base import Claim, Grant, Reservation, Store
from hardening.storage.counters import FORGET_AFTER_S
from hardening.storage.memory import MemoryStore

NOW = 1_000_000.0
FIVE = Claim(b"five", 5, 60)
SLOW = Claim(b"slow", 3, 300, delays=True, delay_most_s=8, stop=10)


def take(store: Store, times: int, claim: Claim, now: float) -> list[Reservation]:
    return [store.reserve([claim], now) for _ in range(times)]


def test_a_window_holds_its_amount(store: Store) -> None:
    """Five pass, the sixth is told how long the window still lasts."""
    answers = take(store, 5, FIVE, NOW)

    assert [answer.grants[0].used for answer in answers] == [1, 2, 3, 4, 5]
    assert Reservation((), 50.0, b"five") == store.reserve([FIVE], NOW + 10)
    assert store.reserve([FIVE], NOW + 60).refused_by is None


def test_all_or_nothing(store: Store) -> None:
    """A refusal by one counter takes nothing from the others."""
    other = Claim(b"other", 1, 60)
    take(store, 5, FIVE, NOW)

    assert store.reserve([other, FIVE], NOW).refused_by == b"five"
    assert store.reserve([other], NOW).grants[0].used == 1


def test_the_longest_wait_is_told(store: Store) -> None:
    """Of several refusing counters the one that waits longest decides `Retry-After`."""
    hour = Claim(b"hour", 1, 3600)
    take(store, 5, FIVE, NOW)
    store.reserve([hour], NOW)

    assert Reservation((), 3600.0, b"hour") == store.reserve([FIVE, hour], NOW)


def test_one_key_twice_pays_twice(store: Store) -> None:
    """Two claims on one counter cannot both take its last unit."""
    take(store, 4, FIVE, NOW)

    assert store.reserve([FIVE, FIVE], NOW).refused_by == b"five"
    assert store.reserve([FIVE], NOW).refused_by is None


def test_refund_into_the_same_window(store: Store) -> None:
    """A refunded unit can be taken again, once."""
    answers = take(store, 5, FIVE, NOW)
    store.refund(answers[0].grants, NOW + 1)

    assert store.reserve([FIVE], NOW + 1).refused_by is None
    assert store.reserve([FIVE], NOW + 1).refused_by is not None


def test_refund_after_the_window_rolled_over(store: Store) -> None:
    """A unit from an earlier window is not given into the present one."""
    old = store.reserve([FIVE], NOW)
    take(store, 5, FIVE, NOW + 61)
    store.refund(old.grants, NOW + 62)

    assert store.reserve([FIVE], NOW + 62).refused_by is not None


def test_refund_after_clear(store: Store) -> None:
    """A unit from before a clear is not given into what was counted since."""
    old = store.reserve([FIVE], NOW)
    store.clear([FIVE.key])
    take(store, 5, FIVE, NOW + 1)
    store.refund(old.grants, NOW + 2)

    assert store.reserve([FIVE], NOW + 2).refused_by is not None


def test_clear_forgets(store: Store) -> None:
    """A cleared counter begins anew; another one does not."""
    other = Claim(b"other", 1, 60)
    take(store, 5, FIVE, NOW)
    store.reserve([other], NOW)
    store.clear([FIVE.key])

    assert store.reserve([FIVE], NOW).refused_by is None
    assert store.reserve([other], NOW).refused_by is not None


def test_delays_grow_and_are_capped(store: Store) -> None:
    """After the free units each next one waits 1, 2, 4, 8, 8 seconds after the one before."""
    take(store, 3, SLOW, NOW)
    now, waits = NOW, []
    for _ in range(5):
        wait = store.reserve([SLOW], now).retry_after_s
        assert wait is not None
        assert store.reserve([SLOW], now + wait - 0.01).refused_by is not None
        now += wait
        assert store.reserve([SLOW], now).refused_by is None
        waits.append(wait)

    assert waits == [1, 2, 4, 8, 8]


def test_delays_outlive_the_window(store: Store) -> None:
    """Waiting for the window to pass does not bring the free units back."""
    take(store, 3, SLOW, NOW)

    assert store.reserve([SLOW], NOW + 301).grants[0].used == 4
    assert store.reserve([SLOW], NOW + 301).refused_by is not None


def test_free_units_come_back_while_some_are_left(store: Store) -> None:
    """Without delays yet, the window rolls over as any other."""
    take(store, 2, SLOW, NOW)

    assert store.reserve([SLOW], NOW + 300).grants[0].used == 1


def test_delays_end_after_a_day(store: Store) -> None:
    """A day without a granted attempt forgets the delays."""
    take(store, 3, SLOW, NOW)

    assert store.reserve([SLOW], NOW + FORGET_AFTER_S - 1).grants[0].used == 4
    assert store.reserve([SLOW], NOW + 2 * FORGET_AFTER_S).grants[0].used == 1


def test_the_hard_stop_is_lifted_only_by_clearing(store: Store) -> None:
    """After `stop` units nothing passes, however long one waits, until it is cleared."""
    now = NOW
    for _ in range(10):
        assert store.reserve([SLOW], now).refused_by is None
        now += 8
    year = now + 365 * FORGET_AFTER_S

    assert Reservation((), math.inf, b"slow") == store.reserve([SLOW], year)
    store.clear([SLOW.key])
    assert store.reserve([SLOW], year).grants[0].used == 1


def test_a_refund_lifts_the_stop(store: Store) -> None:
    """The attempt that reached the stop and succeeded leaves only delays behind."""
    now = NOW
    for _ in range(10):
        last = store.reserve([SLOW], now)
        now += 8
    store.refund(last.grants, now)

    assert store.reserve([SLOW], now).grants[0].used == 10


def test_counts_only_refuses_nothing(store: Store) -> None:
    """A counter of the whole site counts beyond its amount."""
    alarm = Claim(b"alarm", 2, 60, counts_only=True)

    assert [found.grants[0].used for found in take(store, 4, alarm, NOW)] == [1, 2, 3, 4]
    assert store.reserve([alarm], NOW + 60).grants[0].used == 1


def test_a_clock_that_was_set_back(store: Store) -> None:
    """Counters from a wrong future do not refuse until that future comes."""
    take(store, 5, FIVE, NOW + 1_000_000)
    take(store, 3, SLOW, NOW + 1_000_000)

    assert store.reserve([FIVE], NOW).refused_by is None
    assert store.reserve([SLOW], NOW).refused_by is None


def test_threads_never_exceed_the_amount(store: Store) -> None:
    """Of 200 parallel attempts exactly five pass."""
    with ThreadPoolExecutor(16) as pool:
        answers = list(pool.map(lambda _: store.reserve([FIVE], NOW), range(200)))

    assert sum(answer.refused_by is None for answer in answers) == 5


Step = tuple[str, float]
STEPS = st.lists(
    st.tuples(
        st.sampled_from(["take", "refund", "clear"]),
        st.sampled_from([0.0, 0.5, 1.0, 2.0, 4.0, 8.0, 59.0, 300.0, 90_000.0]),
    ),
    max_size=60,
)


class Model:
    """The rules of `Claim`, told again as a list of the moments at which units were granted."""

    def __init__(self, claim: Claim) -> None:
        self.claim = claim
        self.began: float | None = None
        self.taken: list[float] = []
        self.last = 0.0

    def take(self, now: float) -> bool:
        claim = self.claim
        if claim.delays and len(self.taken) >= claim.amount:
            over = len(self.taken) < claim.stop and now - self.last >= FORGET_AFTER_S
        else:
            over = self.began is not None and now - self.began >= claim.window_s
        if over:
            self.clear()
        count = len(self.taken)
        if count >= claim.amount:
            if not claim.delays or count >= claim.stop:
                return False
            if now - self.last < min(2.0 ** (count - claim.amount), claim.delay_most_s):
                return False
        if self.began is None:
            self.began = now
        self.taken.append(now)
        self.last = now
        return True

    def refund(self, began: float) -> None:
        if self.began == began:
            self.taken.pop()
            if not self.taken:
                self.clear()

    def clear(self) -> None:
        self.began, self.taken = None, []


@settings(max_examples=300, deadline=None)
@given(STEPS, st.sampled_from([FIVE, SLOW]))
def test_against_a_model(steps: list[Step], claim: Claim) -> None:
    """Whatever is taken, refunded and cleared at whatever times, store and model agree."""
    run_against_model(MemoryStore(), steps, claim)


@settings(max_examples=40, deadline=None)
@given(STEPS, st.sampled_from([FIVE, SLOW]))
def test_sqlite_against_a_model(
    sqlite_store: Callable[[], Store], steps: list[Step], claim: Claim
) -> None:
    """The same for the store that writes its counters down."""
    run_against_model(sqlite_store(), steps, claim)


@settings(max_examples=40, deadline=None)
@given(STEPS, st.sampled_from([FIVE, SLOW]))
def test_redis_against_a_model(redis_server: Server, steps: list[Step], claim: Claim) -> None:
    """The same for the store that counts in Lua."""
    run_against_model(redis_store(redis_server), steps, claim)


# Few keys and small amounts, so that one counter is seen full, stopped and with several rules.
SOON_STOPPED = Claim(b"a", 1, 60, delays=True, delay_most_s=4, stop=3)
CLAIMS = [
    SOON_STOPPED,
    SOON_STOPPED,
    Claim(b"a", 2, 60),
    Claim(b"a", 2, 3600, delays=True, delay_most_s=2, stop=9),
    Claim(b"a", 1, 60, counts_only=True),
    Claim(b"b", 2, 60),
    Claim(b"b", 2**31, 1),
]
# Steps that end exactly at, just before and just after each rule's edge, ahead and back.
EDGES = [0, 1, 2, 4, 60, 3600, FORGET_AFTER_S, -2, -4, -60, -3600]
PASSED = [0.0, 0.0, 1.0, 2.0, 4.0] + [edge + near for edge in EDGES for near in (-0.25, 0, 0.25)]
OPERATIONS = st.lists(
    st.tuples(
        st.sampled_from(["take", "take", "take", "refund", "clear"]),
        st.sampled_from([[one] for one in CLAIMS] * 3 + [CLAIMS[:2], CLAIMS[2:], []]),
        st.sampled_from(PASSED),
        st.integers(0, 3),
    ),
    min_size=10,
    max_size=40,
)


@settings(max_examples=120, deadline=None)
@given(OPERATIONS)
def test_lua_counts_as_python_does(
    redis_server: Server, operations: list[tuple[str, list[Claim], float, int]]
) -> None:
    """Over any claims, refunds and clears, with a clock that jumps ahead and back, the store
    on Redis and the one in memory give the same answers to the last bit."""
    there, here, now = redis_store(redis_server), MemoryStore(), NOW
    held: list[Grant] = []
    for action, claims, passed, which in operations:
        now += passed
        if action == "take":
            answer = here.reserve(claims, now)
            assert answer == there.reserve(claims, now)
            held += answer.grants
        elif action == "clear":
            for each in (here, there):
                each.clear([claim.key for claim in claims[:1]])
        elif held:
            given_back = held[-1 - which :][:2]
            for each in (here, there):
                each.refund(given_back, now)
        for key in (b"a", b"b"):
            assert here.counted(key, now) == there.counted(key, now)


def redis_store(server: Server) -> Store:
    """Return a new, empty store."""
    url = f"redis://{server.name}/0?prefix=t{secrets.token_hex(6)}"
    return open_store(url, app_name="shop", instance_path="/nowhere", testing=False)


def run_against_model(store: Store, steps: list[Step], claim: Claim) -> None:
    model, now, held = Model(claim), NOW, []
    for action, passed in steps:
        now += passed + 0.001  # two windows never begin in the same moment
        if action == "clear":
            model.clear()
            store.clear([claim.key])
        elif action == "take":
            answer = store.reserve([claim], now)
            assert model.take(now) is (answer.refused_by is None)
            if answer.grants:
                assert len(model.taken) == answer.grants[0].used
                held.append(answer.grants[0])
        elif held:
            grant = held.pop()
            model.refund(grant.window)
            store.refund([grant], now)
