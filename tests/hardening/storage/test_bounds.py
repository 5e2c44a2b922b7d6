"""What is lost when a store in memory is full, and what an old file sheds."""

from __future__ import annotations

import sqlite3
import tracemalloc
from pathlib import Path

from hardening.storage.base import Claim, Record
from hardening.storage.memory import MemoryStore
from hardening.storage.sqlite import SWEEP_EVERY, SqliteStore

NOW = 1_000_000.0


def names(store: MemoryStore | SqliteStore, count: int, now: float) -> None:
    for number in range(count):
        store.reserve([Claim(b"name %d" % number, 5, 60)], now)


def test_a_flood_of_names_lifts_no_refusal() -> None:
    """Names that nobody was refused for go first; a refusing and a stopped counter stay."""
    store = MemoryStore(most_counters=100)
    pair, account = Claim(b"pair", 2, 60), Claim(b"account", 1, 60, delays=True, stop=1)
    for _ in range(2):
        store.reserve([pair], NOW)
    store.reserve([account], NOW)
    names(store, 1000, NOW + 1)

    assert store.reserve([pair], NOW + 2).refused_by is not None
    assert store.reserve([account], NOW + 2).refused_by is not None


def test_a_nearly_used_counter_outlives_new_names() -> None:
    """Among those that refuse nothing, the one with most units stays longest."""
    store = MemoryStore(most_counters=100)
    pair = Claim(b"pair", 5, 60)
    for _ in range(4):
        store.reserve([pair], NOW)
    names(store, 1000, NOW + 1)

    assert store.reserve([pair], NOW + 2).grants[0].used == 5


def test_expired_counters_go_first() -> None:
    """What has expired is dropped before anything that still counts."""
    store = MemoryStore(most_counters=100)
    names(store, 60, NOW)
    live = Claim(b"live", 5, 60)
    store.reserve([live], NOW + 100)
    names(store, 60, NOW + 100)

    assert store.reserve([live], NOW + 101).grants[0].used == 2


def test_memory_is_bounded() -> None:
    """Names, records and owners without end stay below 64 MiB."""
    tracemalloc.start()
    store = MemoryStore()
    for number in range(130_000):
        key = b"%032d" % number
        store.reserve([Claim(key, 5, 60)], NOW + number / 1e4)
        if number % 2:
            name = key.decode()
            store.put("session", Record(name, f"owner {name}", bytes(200), NOW + 3600))
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()

    assert peak < 64 * 1024 * 1024


def test_settings_stay_and_devices_go_first() -> None:
    """A full store keeps the toolkit's own notes and sessions longer than known devices."""
    store = MemoryStore(most_record_bytes=100_000)
    store.put("setting", Record("hsts", "", b"x", NOW + 1))
    store.put("device", Record("device", "anna", b"x", NOW + 9000))
    for number in range(200):
        store.put("session", Record(f"{number:03}", "anna", bytes(100), NOW + number + 10))

    assert store.get("setting", "hsts", NOW) is not None
    assert store.get("device", "device", NOW) is None
    assert store.get("session", "199", NOW) is not None


def test_a_file_sheds_what_expired(tmp_path: Path) -> None:
    """Expired counters and records leave the file while others are written."""
    store = SqliteStore(tmp_path / "s.sqlite3")
    names(store, 100, NOW)
    for number in range(50):
        store.put("session", Record(str(number), "", b"x", NOW + 5))
    for number in range(2 * SWEEP_EVERY):
        store.reserve([Claim(b"later %d" % number, 5, 60)], NOW + 1000)
    store.close()
    with sqlite3.connect(tmp_path / "s.sqlite3") as connection:
        counters = connection.execute("SELECT count(*) FROM counters").fetchone()[0]
        records = connection.execute("SELECT count(*) FROM records").fetchone()[0]
    connection.close()

    assert counters == 2 * SWEEP_EVERY
    assert records == 0
