"""A session that is ended while the store takes nothing: refused at once, written later."""

from __future__ import annotations

import resource
import secrets
import sqlite3
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from redis_servers import Server, server, until
from site_app import Browser, Site

from hardening import StoreError
from hardening.sessions import owed
from hardening.storage import sqlite
from hardening.storage.sqlite import SqliteStore

Make = Callable[..., Site]
Clock = Callable[[float], None]
Break = Callable[[], AbstractContextManager[object]]


@pytest.fixture
def path(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where the store's file is; nobody waits long for it."""
    monkeypatch.setattr(sqlite, "BUSY_TIMEOUT_S", 0.02)
    return tmp_path / "store.sqlite3"


@pytest.fixture
def wrapped(make_site: Make, path: Path) -> Site:
    """A site on that file."""
    return make_site(store=f"sqlite:///{path}")


@contextmanager
def locked(path: Path) -> Iterator[None]:
    """Hold the file's lock, as a backup or a stuck worker may; it can still be read."""
    holder = sqlite3.connect(path, isolation_level=None)
    holder.execute("BEGIN IMMEDIATE")
    yield
    holder.execute("ROLLBACK")
    holder.close()


@contextmanager
def full(path: Path) -> Iterator[None]:
    """Let no file of this process grow beyond the log of the store, as on a full disk."""
    worker = sqlite3.connect(path)  # of another worker; the last one to close would empty the log
    worker.execute("SELECT count(*) FROM records").fetchone()
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (Path(f"{path}-wal").stat().st_size, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
        worker.close()


@pytest.fixture(params=[locked, full], ids=["locked", "full disk"])
def broken(request: pytest.FixtureRequest, path: Path) -> Break:
    """Returns what keeps the file from being written."""
    return lambda: request.param(path)


def stored(path: Path, kind: str = "session") -> int:
    """Return how many records other processes see."""
    with sqlite3.connect(path) as other:
        return int(
            other.execute("SELECT count(*) FROM records WHERE kind = ?", (kind,)).fetchone()[0]
        )


def robbed(site: Site, **fields: str) -> tuple[Browser, Browser]:
    """Return a browser that is logged in, and one with a copy of its cookies."""
    owner = site.browser()
    owner.login(**fields)
    thief = owner.copy_to(site.browser())
    assert thief.who() == "ada"
    return owner, thief


def test_logout(wrapped: Site, path: Path, broken: Break, clock: Clock) -> None:
    """The copy is out with the logout, and everywhere once the file can be written."""
    owner, thief = robbed(wrapped)
    with broken():
        assert owner.get("/logout").status_code == 200
        assert thief.who() is None
        assert wrapped.names().count("revocation_deferred") == 1
        clock(6)
        assert thief.who() is None
        assert stored(path) == 1

    assert "revocation_written" not in wrapped.names()

    clock(6)
    wrapped.browser().get("/who")

    assert stored(path) == 0
    assert ("revocation_written", {"written": 1}) in wrapped.events
    assert thief.who() is None
    assert "guard_failed" not in wrapped.names()


def test_a_remembered_logout(wrapped: Site, path: Path, broken: Break, clock: Clock) -> None:
    """The remember token is out as well, with or without the session's cookie."""
    owner, thief = robbed(wrapped, remember="1")
    with broken():
        owner.get("/logout")
        thief.client.delete_cookie("__Host-session", domain="app.example")
        assert thief.who() is None

    clock(6)
    wrapped.browser().get("/who")

    assert stored(path) == stored(path, "remember") == 0


def test_a_logout_that_came_without_the_token(
    wrapped: Site, path: Path, broken: Break, clock: Clock
) -> None:
    """The token that belongs to the session is out, though the browser did not send it."""
    owner, thief = robbed(wrapped, remember="1")
    owner.client.delete_cookie("__Host-remember_token", domain="app.example")
    thief.client.delete_cookie("__Host-session", domain="app.example")
    with broken():
        owner.get("/logout")
        assert thief.who() is None

    clock(6)
    wrapped.browser().get("/who")

    assert thief.who() is None
    assert stored(path) == stored(path, "remember") == 0


def test_writing_is_not_tried_with_every_request(
    wrapped: Site, path: Path, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    """While the file stays locked, requests do not wait for it one after the other."""
    owner, _ = robbed(wrapped)
    tried: list[object] = []
    delete = SqliteStore.delete

    def counted(self: SqliteStore, kind: Any, key: str) -> bool:
        tried.append(key)
        return delete(self, kind, key)

    with locked(path):
        owner.get("/logout")
        monkeypatch.setattr(SqliteStore, "delete", counted)
        for _ in range(4):
            wrapped.browser().get("/who")
        assert tried == []
        clock(6)
        for _ in range(4):
            wrapped.browser().get("/who")
        assert len(tried) == 1


def test_revoke(wrapped: Site, path: Path, broken: Break, clock: Clock) -> None:
    """Whoever revokes is told that it is not in force everywhere; here it is."""
    assert wrapped.hardening is not None
    owner, _ = robbed(wrapped, remember="1")
    sessions = wrapped.hardening.sessions
    (one,) = sessions.list("ada")
    with broken():
        with pytest.raises(StoreError):
            sessions.revoke(one.id)
        assert owner.who() is None
        assert sessions.list("ada") == []

    clock(6)
    wrapped.browser().get("/who")

    assert stored(path) == stored(path, "remember") == 0


def test_revoking_again_writes_at_once(wrapped: Site, path: Path) -> None:
    """The second call does not wait for the next attempt, and says what there was."""
    assert wrapped.hardening is not None
    robbed(wrapped)
    sessions = wrapped.hardening.sessions
    (one,) = sessions.list("ada")
    with locked(path):
        for _ in range(2):
            with pytest.raises(StoreError):
                sessions.revoke(one.id)

    assert sessions.revoke(one.id) is True
    assert sessions.revoke(one.id) is False
    assert stored(path) == 0


def test_revoke_all(wrapped: Site, path: Path, broken: Break, clock: Clock) -> None:
    """Every session and token from before is out; a login from after stays, here and elsewhere."""
    assert wrapped.hardening is not None
    owner, thief = robbed(wrapped, remember="1")
    bob = wrapped.browser()
    bob.login("bob")
    with broken():
        with pytest.raises(StoreError):
            wrapped.hardening.sessions.revoke_all("ada")
        assert owner.who() is thief.who() is None
        assert bob.who() == "bob"

    clock(1)
    assert owner.login().status_code == 200
    assert owner.who() == "ada"
    clock(6)
    assert owner.who() == "ada"
    assert thief.who() is None
    assert bob.who() == "bob"
    assert stored(path) == 2
    assert stored(path, "remember") == 0


def test_revoking_all_others(make_site: Make, path: Path, clock: Clock) -> None:
    """The session that asks stays in, also after it moved to a new id."""

    def add(app: Flask) -> None:
        @app.post("/others")
        def others() -> str:
            assert site.hardening is not None
            try:
                site.hardening.sessions.revoke_all("ada", except_current=True)
            except StoreError:
                return "later"
            return "done"

    site = make_site(store=f"sqlite:///{path}", before=add)
    owner, other = site.browser(), site.browser()
    owner.login()
    other.login()
    with locked(path):
        assert owner.post("/others").data == b"later"
        assert other.who() is None
        assert owner.who() == "ada"

    assert owner.post("/confirm").data == b"confirmed"  # which moves the session to a new id
    clock(6)

    assert owner.who() == "ada"
    assert other.who() is None
    assert stored(path) == 1


def test_password_change(wrapped: Site, broken: Break, clock: Clock) -> None:
    """Every session from before a changed password is out, that of the change included: what it
    is now could not be noted."""
    owner, thief = robbed(wrapped)
    with broken():
        assert owner.post("/password", {"password": "another good password"}).data == b"changed"
        assert thief.who() is None

    clock(6)

    assert thief.who() is None
    assert owner.login(password="another good password").data == b"welcome"
    assert owner.who() == "ada"


def test_other_processes(make_site: Make, path: Path, clock: Clock) -> None:
    """Another process learns of the logout when it is written, and not before."""
    key = secrets.token_hex(32)

    def same_key(app: Flask) -> None:
        app.secret_key = key

    # Each has users of its own, and an upgraded hash of one would be a changed one to the other.
    settings = {"store": f"sqlite:///{path}", "before": same_key, "password_upgrade": False}
    here, there = make_site(**settings), make_site(**settings)
    owner, thief = robbed(here)
    abroad = owner.copy_to(there.browser())
    with locked(path):
        owner.get("/logout")
        assert thief.who() is None
        assert abroad.who() == "ada"
    clock(6)
    here.browser().get("/who")

    assert abroad.who() is None


def told_by(site: Site) -> list[list[str]]:
    """Return the list of calls that `on_revoke` made, which grows."""
    told: list[list[str]] = []
    assert site.hardening is not None

    def gone(_: str | int, ids: Sequence[str]) -> None:
        told.append(list(ids))

    site.hardening.sessions.on_revoke(gone)
    return told


def test_on_revoke_is_told_once(wrapped: Site, broken: Break, clock: Clock) -> None:
    """Callbacks hear of the end when it is in force here, and not again when it is written."""
    assert wrapped.hardening is not None
    told, sessions = told_by(wrapped), wrapped.hardening.sessions
    owner, _ = robbed(wrapped)
    (first,) = sessions.list("ada")
    with broken():
        owner.get("/logout")
        assert told == [[first.id]]
    clock(6)
    owner.login()
    (second,) = sessions.list("ada")
    with broken(), pytest.raises(StoreError):
        sessions.revoke_all("ada")
    clock(6)
    owner.who()

    assert told == [[first.id], [second.id]]


def test_what_is_remembered_is_bounded(
    wrapped: Site, path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The oldest is forgotten where there are too many, and that is an event."""
    monkeypatch.setattr(owed, "MOST_OWED", 2)
    owners = [wrapped.browser() for _ in range(3)]
    for owner in owners:
        owner.login()
    thieves = [owner.copy_to(wrapped.browser()) for owner in owners]
    with locked(path):
        for owner in owners:
            owner.get("/logout")
        assert [thief.who() for thief in thieves] == ["ada", None, None]

    assert wrapped.names().count("revocation_forgotten") == 1


def test_what_ended_by_itself_is_not_written(wrapped: Site, path: Path, clock: Clock) -> None:
    """After a day the record is over anyway, and nothing is owed any more."""
    assert wrapped.hardening is not None
    owner, _ = robbed(wrapped)
    with locked(path):
        owner.get("/logout")
    clock(24 * 60 * 60 + 6)
    wrapped.browser().get("/who")

    assert "revocation_written" not in wrapped.names()
    assert not wrapped.hardening.wrapped().pipeline.sessions.registry._owed.debts


@pytest.fixture
def lasting(tmp_path: Path) -> Iterator[Server]:
    """A server that remembers everything over a restart."""
    with server(tmp_path / "redis", "--appendonly", "yes", "--appendfsync", "always") as one:
        yield one


def sessions_on(one: Server) -> int:
    """Return how many session records the server holds."""
    return sum(1 for _ in one.client().scan_iter("*:session}r:*"))


def test_redis_that_stops(make_site: Make, lasting: Server, clock: Clock) -> None:
    """A logout while the server is gone is in force when it is back, though it knows nothing."""
    site = make_site(store=f"redis://{lasting.name}")
    told = told_by(site)
    owner, thief = robbed(site, remember="1")
    lasting.stop()
    assert owner.get("/logout").status_code == 200
    lasting.start()

    assert sessions_on(lasting) == 1
    assert thief.who() is None
    assert told == []

    clock(6)
    until(lambda: bool(thief.who()) or "revocation_written" in site.names())

    assert sessions_on(lasting) == 0
    assert thief.who() is None
    assert len(told) == 1


def test_redis_that_takes_no_writes(make_site: Make, lasting: Server, clock: Clock) -> None:
    """A server that became a replica is read, and written again when it is the master."""
    site = make_site(store=f"redis://{lasting.name}")
    owner, thief = robbed(site)
    bob = site.browser()
    bob.login("bob")
    lasting.client().execute_command("REPLICAOF", "127.0.0.1", "1")
    owner.get("/logout")

    assert thief.who() is None
    assert bob.who() == "bob"
    assert "revocation_deferred" in site.names()

    lasting.client().execute_command("REPLICAOF", "NO", "ONE")
    clock(6)

    assert bob.who() == "bob"
    assert sessions_on(lasting) == 1
    assert thief.who() is None


def test_a_login_that_fails_ends_nothing(make_site: Make, lasting: Server, clock: Clock) -> None:
    """Who logs in again while the server is gone is still in by the old session afterwards."""
    site = make_site(store=f"redis://{lasting.name}")
    owner = site.browser()
    owner.login()
    lasting.stop()
    owner.login()
    lasting.start()
    clock(6)
    until(lambda: owner.who() == "ada")

    assert "revocation_deferred" not in site.names()
