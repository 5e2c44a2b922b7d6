"""One file, many processes."""

from __future__ import annotations

import multiprocessing
import os
import signal
import sqlite3
import stat
from pathlib import Path
from typing import Any

import pytest

from hardening.errors import StoreError
from hardening.storage.base import Claim, Record
from hardening.storage.memory import MemoryStore
from hardening.storage.sqlite import SqliteStore

NOW = 1_000_000.0
FIVE = Claim(b"five", 5, 60)
spawn = multiprocessing.get_context("spawn")
fork = multiprocessing.get_context("fork")


def attempt(path: Path, times: int, results: Any) -> None:
    store = SqliteStore(path)
    passed = sum(store.reserve([FIVE], NOW).refused_by is None for _ in range(times))
    results.put((passed, store.store_id()))
    store.close()


def test_processes_never_exceed_the_amount(tmp_path: Path) -> None:
    """Of 800 attempts from four processes that start at once, exactly five pass; all of them
    made the file together and agree on its id."""
    path, results = tmp_path / "s.sqlite3", spawn.Queue()
    workers = [spawn.Process(target=attempt, args=(path, 200, results)) for _ in range(4)]
    for worker in workers:
        worker.start()
    answers = [results.get(timeout=60) for _ in workers]
    for worker in workers:
        worker.join(60)

    assert sum(passed for passed, _ in answers) == 5
    assert len({store_id for _, store_id in answers}) == 1


def hold_and_hang(path: Path, ready: Any) -> None:
    store = SqliteStore(path)
    store.put("session", Record("before", "", b"x", NOW + 9))
    with store._writing() as connection:
        connection.execute("DELETE FROM records")
        ready.put(os.getpid())
        signal.pause()


def test_a_killed_writer_leaves_nothing_half_done(tmp_path: Path) -> None:
    """A worker killed in the middle of writing loses that write only, and blocks nobody."""
    path, ready = tmp_path / "s.sqlite3", spawn.Queue()
    worker = spawn.Process(target=hold_and_hang, args=(path, ready))
    worker.start()
    os.kill(ready.get(timeout=60), signal.SIGKILL)
    worker.join(60)
    store = SqliteStore(path)

    assert store.get("session", "before", NOW) is not None
    assert store.reserve([FIVE], NOW).refused_by is None


def use(store: SqliteStore | MemoryStore, results: Any) -> None:
    store.put("session", Record("from the child", "", b"x", NOW + 9))
    results.put(store.reserve([FIVE], NOW).grants[0].used)


def test_a_forked_worker_uses_connections_of_its_own(tmp_path: Path) -> None:
    """A store that was used before the fork works on both sides and shares its counters."""
    store, results = SqliteStore(tmp_path / "s.sqlite3"), fork.SimpleQueue()
    store.reserve([FIVE], NOW)
    worker = fork.Process(target=use, args=(store, results))
    worker.start()
    worker.join(60)

    assert results.get() == 2
    assert store.get("session", "from the child", NOW) is not None
    assert store.reserve([FIVE], NOW).grants[0].used == 3


def test_a_connection_lent_at_the_fork_stays_unused(tmp_path: Path) -> None:
    """What another thread gave back while the process forked is not touched by the child."""
    store = SqliteStore(tmp_path / "s.sqlite3")
    store.store_id()
    inherited = store._idle[0]
    store._pid = -1  # as a child sees a store that its parent used

    assert store.get("session", "none", NOW) is None
    assert inherited not in store._idle
    assert inherited.execute("SELECT 1").fetchone() == (1,)


def test_a_fork_under_a_held_lock(tmp_path: Path) -> None:
    """A forked process can use a store in memory whose lock was held by nobody it knows."""
    store, results = MemoryStore(), fork.SimpleQueue()
    with store._lock:
        worker = fork.Process(target=use, args=(store, results))
        worker.start()
        worker.join(60)

    assert results.get() == 1


def test_the_file_is_private(tmp_path: Path) -> None:
    """The file and its companions are readable by their owner only, whatever the umask."""
    before = os.umask(0)
    try:
        store = SqliteStore(tmp_path / "s.sqlite3")
        store.put("session", Record("k", "", b"x", NOW))
    finally:
        os.umask(before)

    assert {0o600} == {stat.S_IMODE(path.stat().st_mode) for path in tmp_path.iterdir()}


def test_an_open_file_is_closed_to_others(tmp_path: Path) -> None:
    """A file of ours that others could read no longer can."""
    path = tmp_path / "s.sqlite3"
    path.touch(0o644)
    SqliteStore(path).store_id()

    assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_a_symbolic_link_is_refused(tmp_path: Path) -> None:
    """A planted link does not make us write somewhere else."""
    (tmp_path / "s.sqlite3").symlink_to(tmp_path / "elsewhere")

    with pytest.raises(StoreError, match="not a plain file"):
        SqliteStore(tmp_path / "s.sqlite3").store_id()
    assert not (tmp_path / "elsewhere").exists()


@pytest.mark.skipif(os.geteuid() != 0, reason="only the superuser can give files away")
def test_the_superuser_may_use_the_apps_file(tmp_path: Path) -> None:
    """An administrator's command works on the file of the user that the app runs as."""
    path = tmp_path / "s.sqlite3"
    SqliteStore(path).store_id()
    os.chown(path, 12345, 12345)

    assert len(SqliteStore(path).store_id()) == 8


def test_what_is_no_database(tmp_path: Path) -> None:
    """A damaged file is a StoreError with SQLite's own error as its cause."""
    path = tmp_path / "s.sqlite3"
    path.write_bytes(b"this is a text, not a database" * 100)

    with pytest.raises(StoreError) as caught:
        SqliteStore(path).get("session", "k", NOW)
    assert isinstance(caught.value.__cause__, sqlite3.DatabaseError)


def test_another_format(tmp_path: Path) -> None:
    """A file of a later version is refused rather than misread."""
    path = tmp_path / "s.sqlite3"
    SqliteStore(path).close()
    with sqlite3.connect(path) as connection:
        connection.execute("PRAGMA user_version = 99")
    connection.close()

    with pytest.raises(StoreError, match="format 99"):
        SqliteStore(path).store_id()


def test_it_survives_a_restart(tmp_path: Path) -> None:
    """Another process later finds the same store, its records and its counts."""
    first = SqliteStore(tmp_path / "s.sqlite3")
    first.put("session", Record("k", "anna", b"x", NOW + 9))
    first.reserve([FIVE], NOW)
    identity = first.store_id(), first.created_at()
    first.close()
    second = SqliteStore(tmp_path / "s.sqlite3")

    assert identity == (second.store_id(), second.created_at())
    assert second.get("session", "k", NOW) is not None
    assert second.reserve([FIVE], NOW).grants[0].used == 2
