"""``flask hardening upgrade-hashes`` as people call it: no app, a process of its own, Ctrl-C."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from rehash_tables import engine_of, everybody_gets_in, sqlite, stored, users
from sqlalchemy import Engine

ROOT = Path(__file__).resolve().parents[2]
PATIENCE_S = 60


@pytest.fixture
def engine(tmp_path: Path) -> Iterator[Engine]:
    sqlite(tmp_path).dispose()
    # What an installation adds: without it Flask does not know the command.
    info = tmp_path / "flask_hardening-0.1.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Name: flask-hardening\nVersion: 0.1.0\n")
    text = "[flask.commands]\nhardening = flask_hardening:flask_commands\n"
    (info / "entry_points.txt").write_text(text)
    one = engine_of(f"sqlite:///{tmp_path / 'users.sqlite'}")
    yield one
    one.dispose()


def start(engine: Engine, *words: str) -> subprocess.Popen[str]:
    folder = Path(str(engine.url.database)).parent
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join([str(folder), str(ROOT)])}
    environment.pop("FLASK_APP", None)
    command = [sys.executable, "-m", "flask", "hardening", *words, "--table", "users"]
    return subprocess.Popen(
        [*command, "--column", "pw", "--database-url", str(engine.url)],
        cwd=folder,
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def wrapped(engine: Engine) -> int:
    return sum(each.startswith("$hardening-wrap$") for each in stored(engine))


def test_without_an_app(engine: Engine) -> None:
    """In a folder without any app, the address and two names are enough."""
    users(engine, 3)

    process = start(engine, "upgrade-hashes")
    out, err = process.communicate(timeout=PATIENCE_S)

    assert 0 == process.returncode, err
    assert out.endswith("3 done\n")
    assert everybody_gets_in(stored(engine))


def test_interrupted(engine: Engine) -> None:
    """Ctrl-C finishes the batch at hand, says so, and exits 1; the next run does the rest."""
    users(engine, 2000)
    process = start(engine, "upgrade-hashes", "--batch", "1")
    until = time.monotonic() + PATIENCE_S
    while wrapped(engine) == 0 and time.monotonic() < until and process.poll() is None:
        time.sleep(0.05)  # until it is at work

    process.send_signal(signal.SIGINT)
    out, err = process.communicate(timeout=PATIENCE_S)

    assert 1 == process.returncode
    assert "interrupted; run again to go on" in err
    assert "Traceback" not in err
    assert f"{wrapped(engine)} done" in out
    assert 0 < wrapped(engine) < 2000
