"""Counters that a process keeps to refuse by: what lifts a refusal is never missed."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest

from hardening.errors import StoreError
from hardening.storage.base import Claim, Grant
from hardening.storage.changes import KEPT_S, MOST_COUNTERS, Changes, KeptCounters
from hardening.storage.counters import Counter
from hardening.storage.memory import MemoryStore
from hardening.storage.sqlite import SqliteStore

NOW = 1_000_000.0
CLAIM = Claim(b"k", 1, 60)


class Watched(SqliteStore):
    """Counts the look-ups that reach the file."""

    def __init__(self, path: Path) -> None:
        super().__init__(path)
        self.asked = 0

    def _look_up(self, keys: Sequence[bytes]) -> dict[bytes, Counter]:
        self.asked += 1
        return super()._look_up(keys)

    def refuses(self, now: float = NOW) -> bool:
        return self.glance([CLAIM], now) is not None


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """Where the store's file is."""
    return tmp_path / "s.sqlite3"


@pytest.fixture
def store(path: Path) -> Watched:
    """A store that has just refused."""
    made = Watched(path)
    made.reserve([CLAIM], NOW)
    assert made.refuses()
    made.asked = 0
    return made


def test_the_file_is_not_asked_again(store: Watched) -> None:
    """While nobody changes a counter, refusing asks the file once."""
    assert all(store.refuses() for _ in range(5))
    assert all(store.reserve([CLAIM], NOW).refused_by == b"k" for _ in range(5))
    assert store.asked == 0


@pytest.mark.parametrize(
    "lift",
    [
        lambda store: store.clear([b"k"]),
        lambda store: store.refund([Grant(b"k", NOW, 1)], NOW),
    ],
    ids=["cleared", "refunded"],
)
def test_lifted_elsewhere(store: Watched, path: Path, lift: Callable[[SqliteStore], None]) -> None:
    """What another process lifts is lifted here at once."""
    lift(SqliteStore(path))

    assert not store.refuses()
    assert store.reserve([CLAIM], NOW).refused_by is None


def test_its_end(store: Watched) -> None:
    """A kept counter's window ends when it ends."""
    assert store.refuses(NOW + 59.9)
    assert not store.refuses(NOW + 60)


def test_written_behind_our_back(store: Watched, path: Path) -> None:
    """A program that writes to the file with SQL of its own is seen after a second."""
    with sqlite3.connect(path) as own:
        own.execute("DELETE FROM counters")
    own.close()

    assert store.refuses(NOW + KEPT_S / 2)
    assert not store.refuses(NOW + KEPT_S)


def test_a_change_that_fails(store: Watched, monkeypatch: pytest.MonkeyPatch) -> None:
    """After a failure nobody knows what was written, so every refusal asks the file."""
    monkeypatch.setattr("hardening.storage.sqlite._COUNT", "INSERT INTO nothing VALUES (?)")
    with pytest.raises(StoreError):
        store.reserve([Claim(b"other", 1, 60)], NOW)
    store.asked = 0
    assert store.refuses()
    assert store.refuses()

    assert store.asked == 2


def test_records_are_no_change(store: Watched) -> None:
    """Records and counters have numbers of their own."""
    store.delete("session", "k")

    assert store.refuses()
    assert store.asked == 0


def test_bounded(tmp_path: Path) -> None:
    """However many names are tried, no more than so many counters are kept."""
    changes = Changes(tmp_path / "changes", "counters")
    changes.open()
    kept = KeptCounters(changes)
    for number in range(MOST_COUNTERS + 10):
        found = kept.get([b"%d" % number], NOW, lambda _: {})

    assert len(found) < MOST_COUNTERS


@pytest.mark.parametrize("kind", ["memory", "sqlite"])
def test_a_glance_takes_nothing(kind: str, path: Path) -> None:
    """A glance says what a reservation would be refused with, and changes nothing."""
    store = MemoryStore() if kind == "memory" else SqliteStore(path)
    assert all(store.glance([CLAIM], NOW) is None for _ in range(3))
    store.reserve([CLAIM], NOW)

    assert store.glance([CLAIM], NOW + 20) == store.reserve([CLAIM], NOW + 20)
    assert store.counted(b"k", NOW) == (1, NOW + 60)
