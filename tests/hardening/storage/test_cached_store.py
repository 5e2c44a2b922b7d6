"""Copies of session records: how old they may be, and what ends them at once."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from hardening.errors import StoreError
from hardening.storage.base import Record
from hardening.storage.cached import MOST_KEPT, CachedStore
from hardening.storage.memory import MemoryStore

NOW = 1_000_000.0


class Counting(MemoryStore):
    """Counts look-ups, and can do something in the middle of one."""

    def __init__(self) -> None:
        super().__init__()
        self.asked = 0
        self.meanwhile: Callable[[], object] = lambda: None
        self.broken = False

    def get(self, kind, key, now):  # type: ignore[no-untyped-def]  # as its base
        self.asked += 1
        found = super().get(kind, key, now)
        self.meanwhile()
        return found

    def delete(self, kind, key):  # type: ignore[no-untyped-def]  # as its base
        done = super().delete(kind, key)
        if self.broken:
            raise StoreError("the answer was lost")
        return done


class Process:
    """One process's copies of what `store` holds, and its clock."""

    def __init__(self, store: MemoryStore) -> None:
        self.time = 0.0
        self.store = CachedStore(store, 2, clock=lambda: self.time)

    def sees(self, key: str = "k", now: float = NOW) -> bool:
        return self.store.get("session", key, now) is not None


@pytest.fixture
def behind() -> Counting:
    store = Counting()
    store.put("session", Record("k", "anna", b"1", NOW + 9))
    return store


@pytest.fixture
def process(behind: Counting) -> Process:
    made = Process(behind)
    assert made.sees()
    return made


def test_a_copy_answers_for_its_time(behind: Counting, process: Process) -> None:
    """Within two seconds the store is asked once, afterwards again."""
    process.time = 1.9
    assert process.sees()
    assert behind.asked == 1
    process.time = 2.0
    assert process.sees()
    assert behind.asked == 2


def test_another_process_lags(behind: Counting, process: Process) -> None:
    """A revocation elsewhere is seen once the copy is that old, and not later."""
    Process(behind).store.delete("session", "k")

    process.time = 1.9
    assert process.sees()
    process.time = 2.0
    assert not process.sees()


Change = Callable[[CachedStore], object]
OLD = Record("k", "anna", b"1", NOW + 9)
CHANGES: dict[str, Change] = {
    "put": lambda store: store.put("session", Record("k", "anna", b"2", NOW + 9)),
    "replace": lambda store: store.replace("session", OLD, Record("k", "anna", b"2", NOW + 9)),
    "delete": lambda store: store.delete("session", "k"),
    "delete_owned": lambda store: store.delete_owned("session", "anna"),
}


@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES)
def test_a_change_here_is_in_force_at_once(
    behind: Counting, process: Process, change: Change
) -> None:
    """After a write of this process the next look-up gives what the store holds."""
    change(process.store)

    assert process.store.get("session", "k", NOW) == MemoryStore.get(behind, "session", "k", NOW)
    assert behind.asked == 2


def test_a_change_in_the_middle_of_a_look_up(behind: Counting, process: Process) -> None:
    """What one thread read before another thread ended the session is not kept."""
    process.time = 2.0
    behind.meanwhile = lambda: process.store.delete("session", "k")
    assert process.sees()
    behind.meanwhile = lambda: None

    assert not process.sees()


def test_a_change_whose_answer_was_lost(behind: Counting, process: Process) -> None:
    """A revocation that may or may not have arrived ends the copy too."""
    behind.broken = True
    with pytest.raises(StoreError):
        process.store.delete("session", "k")

    assert not process.sees()


def test_a_failed_replace_ends_the_copy(behind: Counting, process: Process) -> None:
    """That the record is another one by now means that the copy is old."""
    behind.put("session", Record("k", "anna", b"2", NOW + 9))
    assert not process.store.replace("session", Record("k", "anna", b"0", NOW + 9), OLD)

    found = process.store.get("session", "k", NOW)
    assert found is not None
    assert found.value == b"2"


def test_an_expired_copy(process: Process) -> None:
    """The record's own end counts, however young the copy is."""
    assert not process.sees(now=NOW + 9)


def test_absence_is_not_kept(behind: Counting, process: Process) -> None:
    """A login in another process is seen at once."""
    assert not process.sees("new")
    behind.put("session", Record("new", "anna", b"1", NOW + 9))

    assert process.sees("new")


@pytest.mark.parametrize("kind", ["remember", "device", "setting"])
def test_other_kinds_are_always_asked_for(behind: Counting, process: Process, kind: str) -> None:
    """A remember token that was used elsewhere is known here at once."""
    behind.put(kind, OLD)  # type: ignore[arg-type]  # one of the kinds
    for _ in range(2):
        process.store.get(kind, "k", NOW)  # type: ignore[arg-type]  # as above

    assert behind.asked == 3


def test_it_is_bounded(process: Process) -> None:
    """However many sessions there are, only so many copies are kept."""
    for number in range(MOST_KEPT + 10):
        process.store.put("session", Record(str(number), "", b"", NOW + 9))
        process.sees(str(number))

    assert len(process.store._kept) <= MOST_KEPT
