"""Which store the setting ``store`` means, and what is refused."""

from __future__ import annotations

import os
import stat
import tempfile
from pathlib import Path

import pytest

from hardening.errors import ConfigurationError
from hardening.storage import check, open_store
from hardening.storage.base import Record, Store
from hardening.storage.memory import MemoryStore


def opened(spec: str | Store | None, instance: Path, *, app: str = "shop") -> Store:
    return open_store(spec, app_name=app, instance_path=str(instance), testing=False)


@pytest.fixture(autouse=True)
def temporary(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A system's temporary directory of this test's own."""
    folder = tmp_path / "system-temporary"
    folder.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(folder))
    return folder


@pytest.fixture
def blocked(tmp_path: Path) -> Path:
    """An instance folder that nobody can make: a file is in its place."""
    (tmp_path / "instance").write_text("a file")
    return tmp_path / "instance"


def test_the_default_is_a_file_in_the_instance_folder(tmp_path: Path) -> None:
    """Without a setting there is one private file, in a folder that is made private."""
    opened(None, tmp_path / "a" / "instance")
    folder = tmp_path / "a" / "instance"

    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    assert (folder / "hardening-shop.sqlite3").is_file()


def test_workers_share_the_default(tmp_path: Path) -> None:
    """Two workers of one app open the same store; another app's is another one."""
    first, second = opened(None, tmp_path / "i"), opened(None, tmp_path / "i")

    assert first.store_id() == second.store_id()
    assert first.store_id() != opened(None, tmp_path / "i", app="blog").store_id()


@pytest.mark.parametrize("app", ["../../etc/passwd", "a b", "ü", "", "x" * 300])
def test_an_apps_name_stays_one_file(tmp_path: Path, app: str) -> None:
    """No name leaves the folder or breaks the file's name."""
    opened(None, tmp_path / "i", app=app)

    assert any(path.name.startswith("hardening-") for path in (tmp_path / "i").iterdir())


def test_names_that_look_alike_stay_apart(tmp_path: Path) -> None:
    """Two apps whose names differ only in what a file name cannot hold share nothing."""
    ids = {opened(None, tmp_path / "i", app=app).store_id() for app in ("a.b", "a/b", "a_b")}

    assert len(ids) == 3


def test_testing_means_memory(tmp_path: Path) -> None:
    """A test suite writes no file unless it asks for one."""
    store = open_store(None, app_name="shop", instance_path=str(tmp_path / "i"), testing=True)

    assert isinstance(store, MemoryStore)
    assert not (tmp_path / "i").exists()


def test_memory_if_asked_for(tmp_path: Path) -> None:
    """``memory://`` is this process's own."""
    assert isinstance(opened("memory://", tmp_path), MemoryStore)


def test_relative_and_absolute_files(tmp_path: Path) -> None:
    """Three slashes are relative to the instance folder, four absolute."""
    opened("sqlite:///deep/own.sqlite3", tmp_path)
    opened(f"sqlite:///{tmp_path}/absolute.sqlite3", tmp_path / "elsewhere")

    assert (tmp_path / "deep" / "own.sqlite3").is_file()
    assert (tmp_path / "absolute.sqlite3").is_file()


def test_a_store_of_ones_own(tmp_path: Path) -> None:
    """An object that is a store is used as it is."""
    mine = MemoryStore()

    assert mine is opened(mine, tmp_path)


def test_the_fall_back(blocked: Path, temporary: Path) -> None:
    """Where the instance folder cannot be written, every worker finds the same private folder
    in the temporary directory."""
    first, second = opened(None, blocked), opened(None, blocked)
    (folder,) = temporary.iterdir()

    assert first.store_id() == second.store_id()
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700


def test_a_read_only_instance_folder(
    tmp_path: Path, temporary: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The same where the folder is there but not writable, which the superuser running these
    tests cannot bring about by a mode."""
    really = os.access
    monkeypatch.setattr(
        os, "access", lambda path, mode: Path(path) != tmp_path and really(path, mode)
    )
    opened(None, tmp_path)

    assert len(list(temporary.iterdir())) == 1


@pytest.mark.parametrize("plant", ["link", "open", "file"])
def test_a_planted_folder_is_refused(
    blocked: Path, temporary: Path, tmp_path: Path, plant: str
) -> None:
    """A link, a folder open to others or a file under our name is not used, and the refusal
    names the setting."""
    opened(None, blocked)
    (folder,) = temporary.iterdir()
    folder.rename(tmp_path / "moved")
    if plant == "link":
        folder.symlink_to(tmp_path / "moved")
    elif plant == "open":
        folder.mkdir()
        folder.chmod(0o777)
    else:
        folder.write_text("x")

    for attempt in (lambda: opened(None, blocked), lambda: looked_at(None, blocked)):
        with pytest.raises(ConfigurationError, match=r"^store: ") as caught:
            attempt()
        assert "instance" in str(caught.value)


@pytest.mark.skipif(os.geteuid() != 0, reason="only the superuser can give folders away")
def test_another_users_folder_is_refused(blocked: Path, temporary: Path) -> None:
    """Whoever made the folder first cannot hand us his store, not even as the superuser."""
    opened(None, blocked)
    (folder,) = temporary.iterdir()
    os.chown(folder, 12345, 12345)

    with pytest.raises(ConfigurationError, match="belongs to user number 12345"):
        opened(None, blocked)


def looked_at(spec: str | Store | None, instance: Path) -> None:
    check(spec, app_name="shop", instance_path=str(instance))


def test_check_makes_nothing_that_can_wait(tmp_path: Path) -> None:
    """The look at start leaves no file and no folder behind."""
    looked_at(None, tmp_path / "a" / "b")
    looked_at("sqlite:///x.sqlite3", tmp_path / "a")
    looked_at("memory://", tmp_path / "a")

    assert [path.name for path in tmp_path.iterdir()] == ["system-temporary"]


REFUSED = [
    "postgresql://bob:hunter2@db.example/x",
    "postgresql://bob:hun?hunter2@db.example/x",
    "mysql://x?password=p@hunter2",
    "user:hunter2@host",
    "sqlite://",
    "sqlite:///",
    "sqlite:///:memory:",
    "sqlite:///x.db?mode=ro",
    "memory",
    "memory://x",
    "",
]


@pytest.mark.parametrize("spec", REFUSED)
def test_unknown_stores_are_refused(tmp_path: Path, spec: str) -> None:
    """The refusal names the setting and the choices, and never repeats a password."""
    for attempt in (lambda: opened(spec, tmp_path), lambda: looked_at(spec, tmp_path)):
        with pytest.raises(ConfigurationError) as caught:
            attempt()

        assert caught.value.key == "store"
        assert "memory://" in caught.value.choices
        assert "hunter2" not in str(caught.value)


def test_another_object_is_refused(tmp_path: Path) -> None:
    """A path object or a number is no store; the message names its kind."""
    with pytest.raises(ConfigurationError, match="int"):
        opened(7, tmp_path)  # type: ignore[arg-type]  # the mistake under test


def test_an_explicit_file_has_no_fall_back(blocked: Path, temporary: Path) -> None:
    """A file that was asked for and cannot be written is refused, not replaced."""
    for attempt in (
        lambda: opened("sqlite:///x.sqlite3", blocked),
        lambda: looked_at("sqlite:///x.sqlite3", blocked),
    ):
        with pytest.raises(ConfigurationError, match=r"^store: "):
            attempt()
    assert list(temporary.iterdir()) == []


def test_opened_stores_work(tmp_path: Path) -> None:
    """What `open_store` returns can be written and read at once."""
    for spec in (None, "memory://", "sqlite:///x"):
        store = opened(spec, tmp_path)
        store.put("setting", Record("k", "", b"x", 2.0))

        assert store.get("setting", "k", 1.0) is not None
