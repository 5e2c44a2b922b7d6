"""Parallel logins on gunicorn's threads: hashes in turn, and 503 for those that wait too long."""

from __future__ import annotations

import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import requests
from flood_app import PEOPLE
from servers import free_port, running

SUPPORT = Path(__file__).parent.parent / "support"


def test_gunicorn_threads_hash_in_turn(tmp_path: Path) -> None:
    """Of twelve logins at once one is hashed at a time; the others wait, or get 503 with a time
    to come back. Then the server goes on as before."""
    port = free_port()
    command = [sys.executable, "-m", "gunicorn", "--bind", f"127.0.0.1:{port}"]
    command += ["--worker-class", "gthread", "--threads", str(PEOPLE), "flood_app:load()"]
    places = {"FLOOD_FOLDER": str(tmp_path), "PYTHONPATH": f"{SUPPORT}:{':'.join(sys.path)}"}

    def log_in(name: str) -> tuple[int, str | None]:
        form = {"username": name, "password": "wrong"}
        answer = requests.post(f"http://127.0.0.1:{port}/login", form, timeout=60)
        return answer.status_code, answer.headers.get("Retry-After")

    with running(command, port, tmp_path, name="gunicorn", environment=places):
        with ThreadPoolExecutor(PEOPLE) as pool:
            answers = list(pool.map(log_in, [f"user{number}" for number in range(PEOPLE)]))
        after = log_in("user0")

    computed = [int(line) for line in (tmp_path / "peak.log").read_text().split()]
    assert set(answers) == {(401, None), (503, "2")}
    assert after == (401, None)
    assert set(computed) == {1}
    assert len(computed) < PEOPLE + 1
