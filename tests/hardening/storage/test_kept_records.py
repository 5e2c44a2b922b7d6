"""Session records that a process keeps: no change by anybody is ever missed."""

from __future__ import annotations

import multiprocessing
import os
import random
import signal
import sqlite3
import stat
from pathlib import Path
from typing import Any

import pytest

from hardening.errors import StoreError
from hardening.storage.base import Claim, Kind, Record
from hardening.storage.changes import KEPT_S, MOST_KEPT, Changes, KeptRecords
from hardening.storage.sqlite import SqliteStore

NOW = 1_000_000.0
RECORD = Record("k", "anna", b"1", NOW + 100)
spawn = multiprocessing.get_context("spawn")
fork = multiprocessing.get_context("fork")


class Watched(SqliteStore):
    """Counts the look-ups that reach the file."""

    def __init__(self, path: Path) -> None:
        super().__init__(path)
        self.asked = 0

    def _select(self, kind: Kind, key: str) -> Record | None:
        self.asked += 1
        return super()._select(kind, key)

    def sees(self, key: str = "k", now: float = NOW) -> bool:
        return self.get("session", key, now) is not None


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """Where the store's file is."""
    return tmp_path / "s.sqlite3"


@pytest.fixture
def store(path: Path) -> Watched:
    """A store that has just looked a record up."""
    made = Watched(path)
    made.put("session", RECORD)
    assert made.sees()
    made.asked = 0
    return made


def test_the_file_is_not_asked_again(store: Watched) -> None:
    """While nobody changes anything, a record is looked up once."""
    assert all(store.sees() for _ in range(5))
    assert store.asked == 0


CHANGES = {
    "delete": lambda other: other.delete("session", "k"),
    "delete_owned": lambda other: other.delete_owned("session", "anna"),
    "put": lambda other: other.put("session", Record("k", "anna", b"1", NOW - 1)),
    "replace": lambda other: other.replace("session", RECORD, Record("k", "anna", b"2", NOW - 1)),
}


@pytest.mark.parametrize("change", CHANGES)
@pytest.mark.parametrize("whose", ["own", "other"])
def test_a_change_is_seen_at_once(store: Watched, path: Path, change: str, whose: str) -> None:
    """Through this store or another one on its file, the next look-up sees it."""
    changing = store if whose == "own" else SqliteStore(path)
    CHANGES[change](changing)

    assert not store.sees()


def test_counting_is_no_change(store: Watched, path: Path) -> None:
    """Login attempts, which strangers make, do not cost those who are logged in their copies."""
    other = SqliteStore(path)
    grants = other.reserve([Claim(b"five", 5, 60)], NOW).grants
    other.refund(grants, NOW)
    other.clear([b"five"])

    assert store.sees()
    assert store.asked == 0


def test_a_copy_expires_with_its_record(store: Watched) -> None:
    """A kept record is not served past its own end."""
    last = RECORD.expires_at
    assert store.sees(now=last - 0.5)
    assert not store.sees(now=last)


def test_a_program_behind_our_back(store: Watched, path: Path) -> None:
    """Whoever deletes a row with SQL of their own is obeyed after a second; a clock that was
    set back makes it no later."""
    with sqlite3.connect(path) as connection:
        connection.execute("DELETE FROM records")

    assert not store.sees(now=NOW + KEPT_S)
    store.put("session", RECORD)
    assert store.sees()
    with sqlite3.connect(path) as connection:
        connection.execute("DELETE FROM records")
    assert not store.sees(now=NOW - 1)


def test_absence_is_not_kept(store: Watched, path: Path) -> None:
    """A record that was missing is looked for again, and other kinds always are."""
    assert not store.sees("new")
    SqliteStore(path).put("session", Record("new", "anna", b"1", NOW + 9))
    assert store.sees("new")

    store.put("remember", RECORD)
    asked = store.asked
    for _ in range(2):
        assert store.get("remember", "k", NOW) is not None
    assert store.asked == asked + 2


def test_bounded(store: Watched) -> None:
    """However many sessions come by, only the last ones are kept."""
    kept = KeptRecords("session", store._changes)
    for number in range(3 * MOST_KEPT):
        kept.get(str(number), NOW, lambda _kind, key: Record(key, "anna", b"1", NOW + 9))

    assert 0 < len(kept._kept) <= MOST_KEPT


def test_a_change_in_the_middle_of_a_look_up(path: Path) -> None:
    """What was read before a change that ended first is not kept beyond it."""
    store = SqliteStore(path)
    store.put("session", RECORD)

    class Overtaken(Watched):
        def _select(self, kind: Kind, key: str) -> Record | None:
            found = super()._select(kind, key)
            store.delete(kind, key)
            return found

    overtaken = Overtaken(path)
    assert overtaken.sees()  # asked before the deletion
    assert not overtaken.sees()


def delete_and_hang(path: Path, at: str, ready: Any) -> None:
    store = SqliteStore(path)

    def hang(*_: object) -> None:
        ready.put(os.getpid())
        signal.pause()

    # Between BEGIN and COMMIT, or between COMMIT and the note that it is done.
    if at == "before the commit":
        with store._changing() as connection:
            connection.execute("DELETE FROM records")
            hang()
    store._changes.finish = hang  # type: ignore[method-assign,assignment]
    store.delete("session", "k")


@pytest.mark.parametrize("at", ["before the commit", "after the commit"])
def test_a_killed_writer(store: Watched, path: Path, at: str) -> None:
    """A worker killed while it changes a record leaves nothing stale, nor copies in use until
    the next change is complete."""
    ready = spawn.Queue()
    worker = spawn.Process(target=delete_and_hang, args=(path, at, ready))
    worker.start()
    number = ready.get(timeout=60)
    during = store.sees()
    os.kill(number, signal.SIGKILL)
    worker.join(60)

    assert during == store.sees() == (at == "before the commit")
    assert store.asked == 2  # nothing counts as settled
    store.put("session", RECORD)
    assert store.sees()
    store.asked = 0
    assert store.sees()
    assert store.asked == 0


def delete_by_turns(path: Path, todo: Any, done: Any) -> None:
    store = SqliteStore(path)
    while key := todo.get():
        store.delete("session", key)
        done.put(key)


@pytest.mark.parametrize("start", ["spawn", "fork"])
def test_another_process(path: Path, start: str) -> None:
    """A session that another worker has ended is over here at the very next look-up, each of
    two hundred times."""
    context: Any = multiprocessing.get_context(start)
    store, todo, done = Watched(path), context.SimpleQueue(), context.SimpleQueue()
    keys = [str(number) for number in range(1, 201)]
    for key in keys:
        store.put("session", Record(key, "anna", b"1", NOW + 9))
    worker = context.Process(target=delete_by_turns, args=(path, todo, done))
    worker.start()
    for key in keys:
        assert store.sees(key)
        asked = store.asked
        assert store.sees(key)
        assert store.asked == asked  # from the copy
        todo.put(key)
        assert done.get() == key
        assert not store.sees(key)
    todo.put("")
    worker.join(60)


def test_a_forked_child(store: Watched) -> None:
    """What a child of this process changes through the store that it inherited is seen here."""
    worker = fork.Process(target=store.delete, args=("session", "k"))
    worker.start()
    worker.join(60)

    assert not store.sees()


@pytest.mark.parametrize("seed", range(4))
def test_like_stores_that_keep_nothing(path: Path, seed: int) -> None:
    """Over a thousand random operations, three stores on one file answer as the file does."""
    draw = random.Random(seed)
    stores = [SqliteStore(path) for _ in range(3)]
    for _ in range(1000):
        store, key = draw.choice(stores), draw.choice("abcd")
        found = store.get("session", key, NOW)
        assert found == store._select("session", key)
        record = Record(key, draw.choice("xy"), draw.randbytes(4), NOW + 9)
        match draw.randrange(12):
            case 0:
                store.put("session", record)
            case 1:
                store.delete("session", key)
            case 2 if found is not None:
                assert store.replace("session", found, record)
            case 3:
                store.delete_owned("session", record.owner, draw.choice("abcd"))


def test_private(store: Watched, path: Path) -> None:
    """The file that tells of changes is for this user only, and says nothing but four numbers."""
    beside = path.with_name("s.sqlite3-changes")
    assert stat.S_IMODE(beside.stat().st_mode) == 0o600
    assert beside.stat().st_size == 32


def test_without_that_file(path: Path) -> None:
    """Where it cannot be made, every look-up asks the store."""
    path.with_name("s.sqlite3-changes").mkdir()
    store = Watched(path)
    store.put("session", RECORD)
    assert store.sees()
    assert store.sees()

    assert store.asked == 2


def test_a_change_that_fails(store: Watched, monkeypatch: pytest.MonkeyPatch) -> None:
    """After a failure nobody knows what was written, so every look-up asks the store."""
    monkeypatch.setattr("hardening.storage.sqlite._PUT", "INSERT INTO nothing VALUES (?,?,?,?,?)")
    with pytest.raises(StoreError):
        store.put("session", RECORD)
    assert store.sees()
    assert store.sees()

    assert store.asked == 2


class TestChanges:
    """The two numbers."""

    @pytest.fixture
    def two(self, tmp_path: Path) -> tuple[Changes, Changes]:
        """The same file, as two processes see it."""
        both = Changes(tmp_path / "changes"), Changes(tmp_path / "changes")
        for one in both:
            one.open()
        return both

    def test_settled(self, two: tuple[Changes, Changes]) -> None:
        """A change shows under its number, for everybody, once it is finished."""
        mine, other = two
        number = other.begin()
        assert mine.settled() is None
        other.finish(number)

        assert mine.settled() == other.settled() == number

    def test_the_next_has_begun(self, two: tuple[Changes, Changes]) -> None:
        """Who finishes while the next change is under way does not settle that one."""
        mine, other = two
        first = mine.begin()
        second = other.begin()
        mine.finish(first)
        assert mine.settled() is None
        other.finish(second)

        assert mine.settled() == second

    def test_opened_late(self, two: tuple[Changes, Changes], tmp_path: Path) -> None:
        """A process that opens the file later does not disturb it."""
        number = two[0].begin()
        two[0].finish(number)
        late = Changes(tmp_path / "changes")
        late.open()

        assert late.settled() == two[0].settled() == number
