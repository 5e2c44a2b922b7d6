"""``flask hardening sessions`` and ``revoke`` on a real app, in processes of their own."""

from __future__ import annotations

import json
import os
import secrets
import subprocess
import sys
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from servers import free_port

ROOT = Path(__file__).resolve().parents[2]
SHOP = """
import os
from flask import Flask
from flask_login import LoginManager, UserMixin, login_user
from hardening import harden

app = Flask("shop", instance_path=os.environ["SHOP_INSTANCE"])
app.secret_key = os.environ["SECRET_KEY"]
bare = Flask("bare")


class User(UserMixin):
    def __init__(self, name):
        self.id = name


LoginManager(app).user_loader(User)


@app.post("/login/<name>")
def login(name):
    login_user(User(name))
    return "in"


harden(app, store=os.environ.get("SHOP_STORE"))


def log_in(name, agent):
    answer = app.test_client().post(
        f"/login/{name}",
        base_url="https://shop.example",
        headers={"User-Agent": agent},
        environ_overrides={"REMOTE_ADDR": "203.0.113.7"},
    )
    assert answer.status_code == 200
"""
FIREFOX = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"


class Shop:
    """The app in a folder, asked from outside only."""

    def __init__(self, folder: Path) -> None:
        (folder / "shop.py").write_text(SHOP)
        # What an installation adds: without it Flask does not know the command.
        info = folder / "flask_hardening-0.1.0.dist-info"
        info.mkdir()
        (info / "METADATA").write_text("Name: flask-hardening\nVersion: 0.1.0\n")
        text = "[flask.commands]\nhardening = flask_hardening:flask_commands\n"
        (info / "entry_points.txt").write_text(text)
        self._folder = folder
        self.environment = {
            "SHOP_INSTANCE": str(folder / "instance"),
            "SECRET_KEY": secrets.token_urlsafe(48),
            "PYTHONPATH": os.pathsep.join([str(folder), str(ROOT)]),
        }

    def run(self, *command: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, *command],
            cwd=self._folder,
            env={**os.environ, **self.environment},
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )

    def log_in(self, name: str) -> None:
        code = f"import shop; shop.log_in({name!r}, {FIREFOX!r})"
        done = self.run("-c", code)
        assert done.returncode == 0, done.stderr

    def ask(self, *words: str, app: str = "shop:app") -> subprocess.CompletedProcess[str]:
        return self.run("-m", "flask", "--app", app, "hardening", *words)

    def listed(self, name: str) -> list[dict[str, Any]]:
        done = self.ask("sessions", name, "--format", "json")
        assert done.returncode == 0, done.stderr
        found: list[dict[str, Any]] = json.loads(done.stdout)
        return found


@pytest.fixture
def shop(tmp_path: Path) -> Iterator[Shop]:
    """An app on its embedded store, which every process shares."""
    return Shop(tmp_path)


def test_list(shop: Shop) -> None:
    """`sessions` prints who is logged in from where, for people and for programs."""
    shop.log_in("ada")
    (found,) = shop.listed("ada")
    text = shop.ask("sessions", "ada")

    assert found["label"] == "Firefox on Linux"
    assert (found["network"], found["prefix"]) == ("203.0.113.7", "203.0.113.x")
    assert datetime.fromisoformat(found["created"]) <= datetime.fromisoformat(found["last_seen"])
    assert text.returncode == 0
    assert text.stdout.startswith(f"{found['id']}  Firefox on Linux  from 203.0.113.7  since ")
    assert len(text.stdout.splitlines()) == 1


def test_nobody(shop: Shop) -> None:
    """A user without sessions, known or not, is no error."""
    assert shop.listed("ada") == []
    assert shop.ask("sessions", "ada").stdout == "no live session\n"
    assert shop.ask("revoke", "ada").stdout == "0 ended\n"


def test_revoke_one(shop: Shop) -> None:
    """`revoke --session` ends that session; asked again, it says that there is none and exits 1."""
    shop.log_in("ada")
    shop.log_in("ada")
    first, second = shop.listed("ada")
    done = shop.ask("revoke", "ada", "--session", first["id"])
    again = shop.ask("revoke", "ada", "--session", first["id"])

    assert (done.returncode, done.stdout) == (0, "1 ended\n")
    assert [one["id"] for one in shop.listed("ada")] == [second["id"]]
    assert (again.returncode, again.stdout) == (1, "")
    assert f"Error: ada has no live session {first['id']}" in again.stderr


def test_revoke_all(shop: Shop) -> None:
    """Without a session it ends all of that user, and of nobody else; JSON says how many."""
    for name in ("ada", "ada", "bob"):
        shop.log_in(name)
    (bobs,) = shop.listed("bob")
    wrong = shop.ask("revoke", "ada", "--session", bobs["id"])
    done = shop.ask("revoke", "ada", "--format", "json")

    assert wrong.returncode == 1
    assert (done.returncode, json.loads(done.stdout)) == (0, {"ended": 2})
    assert shop.listed("ada") == []
    assert len(shop.listed("bob")) == 1


@pytest.mark.parametrize(
    "words", [("sessions",), ("revoke",), ("sessions", "ada", "--format", "xml"), ("revok", "ada")]
)
def test_wrong_use(shop: Shop, words: tuple[str, ...]) -> None:
    """Wrong use exits 2 with the usage."""
    done = shop.ask(*words)

    assert (done.returncode, done.stdout) == (2, "")
    assert "Usage: " in done.stderr


def test_not_wrapped(shop: Shop) -> None:
    """An app without the wrapper exits 2 and is told what is missing."""
    done = shop.ask("sessions", "ada", app="shop:bare")

    assert done.returncode == 2
    assert "call harden(app)" in done.stderr


@pytest.mark.parametrize("words", [("sessions", "ada"), ("revoke", "ada")])
def test_store_down(shop: Shop, words: tuple[str, ...]) -> None:
    """Where the store cannot be asked, a command exits 1 with one line and no traceback."""
    shop.environment["SHOP_STORE"] = f"redis://127.0.0.1:{free_port()}/0"
    done = shop.ask(*words)
    last = done.stderr.strip().splitlines()[-1]

    assert (done.returncode, done.stdout) == (1, "")
    assert last.startswith("Error: ")
    assert "Traceback" not in done.stderr


def test_switched_off(shop: Shop) -> None:
    """With the wrapper switched off, an operator can still see and end what is in the store."""
    shop.log_in("ada")
    shop.environment["HARDENING_MODE"] = "off"

    assert len(shop.listed("ada")) == 1
    assert shop.ask("revoke", "ada").stdout == "1 ended\n"
    assert shop.listed("ada") == []
