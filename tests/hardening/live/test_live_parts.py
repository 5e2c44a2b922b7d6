"""The parts of the process that loads an app, each by itself."""

from __future__ import annotations

import os
import sys
from datetime import timedelta
from pathlib import Path
from types import ModuleType

import pytest
from flask import Flask, Response

from hardening.live import shadow as shadow_module
from hardening.live.cookies import cookies_of
from hardening.live.databases import databases_of
from hardening.live.forms import login_form
from hardening.live.loading import told
from hardening.live.patches import placed
from hardening.live.settings import key_of, login_of, settings_of
from hardening.live.shadow import Shadow

KEY = "k2J9vQx7LmZr4TgYw8NbHs3PdFc6EuRa"


@pytest.fixture
def shadow(tmp_path: Path) -> Shadow:
    """Return an empty shadow."""
    folder = tmp_path / "own"
    folder.mkdir()
    return Shadow(str(folder))


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """Return a folder with one file, which a link leads to as well."""
    folder = tmp_path / "project"
    folder.mkdir()
    (folder / "a.txt").write_text("a")
    (tmp_path / "link").symlink_to(folder)
    return folder


def test_what_is_written_is_a_copy(shadow: Shadow, project: Path) -> None:
    """A file is copied once, under whatever name of its folder, and read there from then on."""
    file = project / "a.txt"

    assert file == shadow.reading(file)
    copy = Path(shadow.writing(file))
    copy.write_text("b")

    assert "a" == file.read_text()
    assert str(copy) == shadow.reading(project.parent / "link" / "a.txt")
    assert str(copy) == shadow.writing(os.fsencode(file))
    assert (1, True) == (shadow.copied, shadow.inside(copy))


def test_what_is_made_and_removed(shadow: Shadow, project: Path) -> None:
    """A new folder is the shadow's, a removed file is gone for the app alone."""
    made = shadow.made(project / "new")
    Path(made).mkdir()

    assert None is shadow.removed(project / "a.txt")
    with pytest.raises(FileNotFoundError):
        shadow.reading(project / "a.txt")
    with pytest.raises(FileNotFoundError):
        shadow.removed(project / "a.txt")
    with pytest.raises(FileExistsError):
        shadow.made(project / "new")
    assert ["a.txt"] == [path.name for path in project.iterdir()]
    again = Path(shadow.writing(project / "a.txt"))
    assert not again.exists()
    assert str(again).startswith(made.removesuffix("/new"))


def test_what_has_no_folder_or_is_too_large(
    shadow: Shadow, project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Python says itself that a folder is missing; a large file is not copied."""
    monkeypatch.setattr(shadow_module, "LARGEST", 0)

    assert project / "no" / "b" == shadow.writing(project / "no" / "b")
    with pytest.raises(OSError, match="too large"):
        shadow.writing(project / "a.txt")


@pytest.mark.parametrize(
    ("database", "is_uri", "expected"),
    [
        ("a.db", False, "<a.db>"),
        ("file:a.db?mode=ro", True, "file:%3Ca.db%3E?mode=ro"),
        ("file:///x/a%20b.db", True, "file:%3C/x/a%20b.db%3E"),
        ("file:a.db", False, "<file:a.db>"),
        (":memory:", True, ":memory:"),
        ("", False, ""),
        ("file::memory:?cache=shared", True, "file::memory:?cache=shared"),
        ("file:m?mode=memory", True, "file:m?mode=memory"),
    ],
)
def test_addresses_of_sqlite(database: str, is_uri: bool, expected: str) -> None:
    """Paths and addresses lead to the copy; what is in memory stays there."""
    assert expected == placed(database, is_uri, lambda path: f"<{path}>")


def test_login_form() -> None:
    """The form with one password is filled in, hidden fields and boxes as a browser would."""
    page = """
        <form action=/search><input name=q></form>
        <form action=/register method=POST><input name=name><input type=password name=a>
          <input type=password name=b></form>
        <form action=/in method=POST><input type=hidden name=token value="t&amp;1">
          <input name=nickname><INPUT type=email name=email><input type=password name=pw>
          <input type=checkbox name=stay><button name=go value=1>In</button>
          <input type=submit name=other value=2></form>
    """
    form = login_form(page)

    assert form is not None
    assert ("/in", "post") == (form.action, form.method)
    assert {
        "token": "t&1",
        "email": "ada",
        "pw": "geheim",
        "stay": "on",
        "go": "1",
        "other": "2",
    } == {name: value for name, value in form.filled("ada", "geheim").items() if name != "nickname"}
    assert login_form("<form><input type=password name=pw></form>") is None


def test_cookies() -> None:
    """Attributes are read as browsers do, prefixes and deletions included; values never."""
    response = Response()
    lines = [
        f"__Host-session={KEY}; Secure; HttpOnly; Path=/; SameSite=lax",
        f"remember_token={KEY}; Domain=x.example; Max-Age=60",
        "session=; Max-Age=0",
        "other=1",
    ]
    for line in lines:
        response.headers.add("Set-Cookie", line)

    found = cookies_of(Flask("a"), response)

    assert ["session", "remember", "session", "other"] == [cookie["kind"] for cookie in found]
    first = found[0]
    assert (True, True, "Lax") == (first["secure"], first["httponly"], first["samesite"])
    assert [False, False, True, False] == [cookie["deleted"] for cookie in found]
    assert [False, True, False, False] == [cookie["domain"] for cookie in found]
    assert KEY not in repr(found)


@pytest.mark.parametrize(
    ("config", "expected"),
    [
        ({}, []),
        ({"SQLALCHEMY_DATABASE_URI": "sqlite:///a.db"}, ["sqlite"]),
        ({"DATABASE": "postgres://a:b@c/d"}, ["postgresql"]),
        ({"SQLALCHEMY_BINDS": {"x": "mysql+pymysql://c/d"}}, ["mysql"]),
        ({"MONGODB_SETTINGS": {"host": "h"}}, ["mongodb"]),
        ({"MYSQL_HOST": "h", "SQLALCHEMY_DATABASE_URI": "sqlite://"}, ["mysql", "sqlite"]),
        ({"MYSQL_HOST": None}, []),
    ],
)
def test_databases(
    config: dict[str, object], expected: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The configuration tells which databases would be asked."""
    for name in ("psycopg", "psycopg2", "pymongo", "mongoengine", "sqlalchemy.engine", "peewee"):
        monkeypatch.delitem(sys.modules, name, raising=False)
    app = Flask("a")
    app.config.update(config)

    assert expected == databases_of(app)


def test_clients_tell_of_databases(monkeypatch: pytest.MonkeyPatch) -> None:
    """Who has no address but a client of a database connects by hand."""
    for name in ("psycopg", "pymongo", "mongoengine", "sqlalchemy.engine", "peewee"):
        monkeypatch.delitem(sys.modules, name, raising=False)
    monkeypatch.setitem(sys.modules, "psycopg2", ModuleType("psycopg2"))
    app = Flask("a")

    assert ["psycopg2"] == databases_of(app)
    app.config["DATABASE_URL"] = "sqlite:///a.db"
    assert ["sqlite"] == databases_of(app)


def test_settings_hold_no_secret() -> None:
    """Of keys it is told how good they are; lengths of time are seconds; odd values are named."""
    app = Flask("a")
    app.config.update(
        SECRET_KEY=KEY,
        SECRET_KEY_FALLBACKS=["dev", KEY, 3],
        SESSION_COOKIE_SECURE=object(),
        REMEMBER_COOKIE_DURATION=timedelta(days=2),
        MAIL_PASSWORD=KEY,
    )

    assert {
        "kind": "text",
        "weakness": None,
        "fallbacks": [
            {"kind": "text", "weakness": "published", "current": False},
            {"kind": "text", "weakness": None, "current": True},
            {"kind": None, "weakness": None, "current": False},
        ],
    } == key_of(app)
    found = settings_of(app)
    assert ("object", 172_800) == (
        found["SESSION_COOKIE_SECURE"],
        found["REMEMBER_COOKIE_DURATION"],
    )
    assert KEY not in repr(found)
    assert login_of(app) is None


def test_errors_are_told_without_their_messages(tmp_path: Path) -> None:
    """The kind, and the last line of the project that it came through."""
    file = tmp_path / "app.py"
    text = f"import json\n\ndef read():\n    return json.loads('{KEY}')\n\nread()\n"
    file.write_text(text)
    with pytest.raises(ValueError, match="Expecting value") as caught:
        exec(compile(text, str(file), "exec"), {})

    assert "it raises JSONDecodeError in line 4 of app.py" == told(caught.value, str(tmp_path))
    assert "it raises ValueError" == told(ValueError(KEY), str(tmp_path))
