"""Names that an attacker invents fill nothing beyond its bound."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from hardening.logins import unlocks
from hardening.storage import memory
from hardening.storage.memory import MemoryStore

BYTES_A_COUNTER = 400  # generous: bench/memory.py measures what it is


def test_counters_stay_below_their_bound(simple_site: Callable[..., Any]) -> None:
    """However many names are tried from however many networks, the store keeps so many counters."""
    store = MemoryStore(most_counters=200)
    site = simple_site(store=store)
    most = 0
    for number in range(300):
        site.post(f"name {number}", address=f"198.51.{number // 250}.{number % 250}")
        most = max(most, len(store._counters))

    assert len(site.reached) == 300
    assert 100 < most <= 200


def test_the_bounds_are_worth_64_mib() -> None:
    """The default numbers of counters and record bytes add up to less than what is promised."""
    counters = memory.MOST_COUNTERS * BYTES_A_COUNTER

    assert counters + memory.MOST_RECORD_BYTES < 64 * 1024 * 1024


def test_accounts_without_a_note_stay_below_their_bound(simple_site: Callable[..., Any]) -> None:
    """What a refusal remembers of accounts that nobody unlocked is bounded too."""
    site = simple_site()
    for number in range(unlocks._MOST_REMEMBERED + 50):
        account = site.throttle._account(f"name {number}")
        assert site.throttle._unlocks._find(account) is None

    assert 0 < len(site.throttle._unlocks._without) <= unlocks._MOST_REMEMBERED
