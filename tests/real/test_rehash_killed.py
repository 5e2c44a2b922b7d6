"""A bulk re-hash that is killed again and again: every user gets in afterwards, and once only."""

from __future__ import annotations

import os
import random
import secrets
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from flask import Flask, request
from flask_login import LoginManager, UserMixin, login_user
from flask_sqlalchemy import SQLAlchemy
from postgres import Postgres
from rehash_tables import engine_of, fits, old_hash, password_of, stored, users
from sqlalchemy import Engine
from werkzeug.security import check_password_hash

from hardening import harden

ROOT = Path(__file__).resolve().parents[2]
ROWS = 120
KILLS = 5


@pytest.fixture(params=["sqlite", "postgresql"])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """The address of an empty database."""
    if request.param == "sqlite":
        (tmp_path / "users.sqlite").touch()
        return f"sqlite:///{tmp_path / 'users.sqlite'}"
    postgres: Postgres = request.getfixturevalue("postgres")
    return postgres.create(f"killed_{secrets.token_hex(4)}")


@pytest.fixture
def engine(url: str) -> Iterator[Engine]:
    one = engine_of(url)
    yield one
    one.dispose()


def worker(url: str, batch: int = 5) -> subprocess.Popen[str]:
    """Start a run in a process of its own."""
    path = os.pathsep.join([str(ROOT), str(ROOT / "tests" / "support")])
    return subprocess.Popen(
        [sys.executable, str(ROOT / "tests" / "support" / "rehash_worker.py"), url, str(batch)],
        stdout=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONPATH": path},
    )


def kill(process: subprocess.Popen[str], at: Callable[[str], bool], after_s: float) -> str:
    """Kill -9 so long after the first line that `at` accepts; return the last line read."""
    assert process.stdout is not None
    last = ""
    for line in process.stdout:
        last = line.strip()
        if at(last) or last.startswith("end"):
            break
    time.sleep(after_s)  # where in its work the kill meets it, not how long a test waits
    process.send_signal(signal.SIGKILL)
    process.wait(60)
    process.stdout.close()
    return last


def test_killed_at_random_points(url: str, engine: Engine) -> None:
    """Killed while it reads, hashes or writes, it leaves each row old or wrapped, never between."""
    users(engine, ROWS)
    seen: list[int] = []
    for _ in range(KILLS):
        process = worker(url)
        kill(process, lambda line: line == "ready" or line.isdigit(), random.uniform(0, 0.05))
        held = stored(engine)
        seen.append(sum(each.startswith("$hardening-wrap$") for each in held))
        _all_old_or_wrapped(held)
    assert seen == sorted(seen)  # what is done stays done
    _finish(url)

    _log_everybody_in(url, stored(engine))


def test_killed_during_commits(url: str, engine: Engine) -> None:
    """Killed just when it commits, a batch is written in full or not at all."""
    users(engine, ROWS)
    for _ in range(KILLS):
        kill(worker(url), lambda line: line == "commit", random.choice([0, 0, 0.0005, 0.002]))
        held = stored(engine)
        _all_old_or_wrapped(held)
        assert 0 == sum(each.startswith("$hardening-wrap$") for each in held) % 5
    _finish(url)

    _log_everybody_in(url, stored(engine))


def test_two_of_which_one_is_killed(url: str, engine: Engine) -> None:
    """What a killed run held is free at once for the one beside it."""
    users(engine, ROWS)
    first, second = worker(url), worker(url)
    kill(first, lambda line: line == "commit", 0)
    said = second.communicate(timeout=300)[0]

    assert 0 == second.returncode
    assert "end " in said
    _log_everybody_in(url, stored(engine))


def _finish(url: str) -> None:
    process = worker(url)
    said = process.communicate(timeout=300)[0]
    assert 0 == process.returncode
    assert said.splitlines()[-1].startswith("end ")


def _all_old_or_wrapped(held: list[Any]) -> None:
    for number, each in enumerate(held):
        if each != old_hash(number):
            assert each.startswith("$hardening-wrap$")
            assert fits(password_of(number), each)


def _log_everybody_in(url: str, held: list[Any]) -> None:
    """Log every user in through a wrapped app, which leaves plain Argon2id behind."""
    assert ROWS == sum(each.startswith("$hardening-wrap$") for each in held)
    app = _app(url)
    client = app.test_client()
    for number in range(ROWS):
        wrong = client.post("/login", data={"id": number + 1, "password": password_of(number + 1)})
        assert 401 == wrong.status_code
        right = client.post("/login", data={"id": number + 1, "password": password_of(number)})
        assert 200 == right.status_code
    engine = engine_of(url)
    now = stored(engine)
    engine.dispose()
    assert all(each.startswith("$argon2id$") for each in now)
    assert 200 == client.post("/login", data={"id": 1, "password": password_of(0)}).status_code


def _app(url: str) -> Flask:
    app = Flask("shop")
    app.config.update(SECRET_KEY=secrets.token_urlsafe(48), SQLALCHEMY_DATABASE_URI=url)
    app.testing = True
    database = SQLAlchemy(app)

    class User(UserMixin, database.Model):  # type: ignore[name-defined, misc]  # made at run time
        __tablename__ = "users"
        id = database.Column(database.Integer, primary_key=True)
        pw = database.Column(database.String(255))

    manager = LoginManager(app)
    manager.user_loader(lambda user_id: database.session.get(User, int(user_id)))

    @app.post("/login")
    def login() -> tuple[str, int]:
        user = database.session.get(User, int(request.form["id"]))
        if user is None or not check_password_hash(user.pw, request.form["password"]):
            return "no", 401
        login_user(user)
        return "in", 200

    harden(app, store="memory://")
    return app
