"""Honest requests while a worker is offered more logins than it would ever let through.

One gunicorn worker with eight threads serves the wrapped app. One user who is logged in asks for
a page fifty times a second: for a while alone, then beside a flood of login attempts for many
accounts from many addresses, in turns. The attempts come at a fixed rate, whether or not the
answers do. Every hash that the server computes is counted.
"""

from __future__ import annotations

import argparse
import http.client
import json
import os
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections import Counter
from contextlib import suppress
from pathlib import Path
from urllib.parse import urlencode

import measure
import servers
import stacks

SENDERS = 16  # connections that the flood comes over
PAUSE_S = 0.02  # between two honest requests
HEADERS = {"Host": "shop.example", "X-Forwarded-Proto": "https", "Sec-Fetch-Site": "same-origin"}
FORM = {**HEADERS, "Content-Type": "application/x-www-form-urlencoded"}


class Client:
    """One connection, kept open.

    Args:
        port: the server's.
        address: from where it says it comes.
    """

    def __init__(self, port: int, address: str) -> None:
        self._connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
        self._address = {"X-Forwarded-For": address}
        self._cookies: dict[str, str] = {}

    def get(self, path: str) -> tuple[int, str]:
        """Return the status and the text of a page."""
        cookies = "; ".join(f"{name}={value}" for name, value in self._cookies.items())
        return self._ask("GET", path, None, {**HEADERS, "Cookie": cookies})

    def log_in(self, name: str, password: str) -> int:
        """Send the login form; keep what it sets."""
        body = urlencode({"username": name, "password": password})
        return self._ask("POST", "/login", body, FORM)[0]

    def _ask(
        self, method: str, path: str, body: str | None, headers: dict[str, str]
    ) -> tuple[int, str]:
        self._connection.request(method, path, body, {**headers, **self._address})
        answer = self._connection.getresponse()
        text = answer.read().decode()
        for line in answer.headers.get_all("Set-Cookie", []):
            name, _, value = line.partition(";")[0].partition("=")
            self._cookies[name] = value
        return answer.status, text


def attack(port: int, rate: float, seconds: float) -> Counter[int]:
    """Offer `rate` attempts a second for a while; return how they were answered."""
    answers: Counter[int] = Counter()
    start = time.monotonic()

    def send(sender: int) -> None:
        client = Client(port, f"203.0.113.{sender}")
        number = 0
        while (due := start + (number * SENDERS + sender) / rate) < start + seconds:
            time.sleep(max(0.0, due - time.monotonic()))
            answers[client.log_in(stacks.NAME if number % 2 else f"name {number % 8}", "x")] += 1
            number += 1

    threads = [threading.Thread(target=send, args=(sender,)) for sender in range(SENDERS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return answers


def honest(client: Client, seconds: float) -> list[float]:
    """Return how many milliseconds each of the honest requests took."""
    took = []
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        start = time.perf_counter()
        status, _ = client.get("/private")
        took.append((time.perf_counter() - start) * 1e3)
        if status != 200:
            raise SystemExit(f"an honest request was answered {status}")
        time.sleep(PAUSE_S)
    return took


def _attackers(port: int, rate: float, seconds: float) -> subprocess.Popen[str]:
    """Attack from a process of its own, so that it does not slow the honest client down."""
    code = f"import flood; print(*flood.attack({port}, {rate}, {seconds}).elements())"
    here = Path(__file__).parent
    return subprocess.Popen([sys.executable, "-c", code], cwd=here, stdout=-1, text=True)


def _computed(client: Client) -> Counter[str]:
    return Counter(json.loads(client.get("/computed")[1]))


def _cpu_s(parent: int) -> float | None:
    """Return the processor seconds of the children of `parent`; None where Linux is not there."""
    ticks = 0
    try:
        for path in Path("/proc").glob("[0-9]*/stat"):
            with suppress(OSError):  # a process that has just ended
                fields = path.read_text().rpartition(")")[2].split()
                ticks += int(fields[11]) + int(fields[12]) if int(fields[1]) == parent else 0
        return ticks / os.sysconf("SC_CLK_TCK")
    except (AttributeError, ValueError):
        return None


def measured(port: int, options: argparse.Namespace, server: int) -> dict[str, object]:
    """Return what was seen of the server on `port`, whose workers are children of `server`."""
    user = Client(port, "198.51.100.7")
    if user.log_in(stacks.NAME, stacks.PASSWORD) != 200:
        raise SystemExit("the honest user cannot log in")
    attack(port, 100.0, 2.0)  # what passes the limits is used up first
    alone: list[float] = []
    beside: list[float] = []
    answers: Counter[int] = Counter()
    hashes: Counter[str] = Counter()
    spent_s = cpu_s = 0.0
    for _ in range(options.turns):
        alone += honest(user, options.seconds)
        before = _computed(user)
        start, used = time.monotonic(), _cpu_s(server)
        attackers = _attackers(port, options.rate, options.seconds + 1.0)
        time.sleep(1.0)  # until they have begun
        beside += honest(user, options.seconds)
        text, _ = attackers.communicate()
        spent_s += time.monotonic() - start
        cpu_s += (_cpu_s(server) or 0.0) - (used or 0.0)
        answers.update(map(int, text.split()))
        hashes.update(_computed(user) - before)
    refused = answers[429]
    return {
        "offered_per_s": options.rate,
        "answered_per_s": round(answers.total() / spent_s),
        "worker_busy_percent": round(100 * cpu_s / spent_s),
        "attempts": answers.total(),
        "refused": refused,
        "reached_the_app": answers.total() - refused,
        "hashes": hashes["computed"],
        "hashes_for_refused": hashes["for_refused"],
        "honest_requests": len(alone) + len(beside),
        "alone_median_ms": round(statistics.median(alone), 2),
        "beside_median_ms": round(statistics.median(beside), 2),
        "ratio": round(statistics.median(beside) / statistics.median(alone), 2),
    }


def main() -> None:
    """Measure, print and write."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rate", type=float, default=1000.0, help="attempts offered a second")
    parser.add_argument("--turns", type=int, default=3, help="alone and beside the flood")
    parser.add_argument("--seconds", type=float, default=4.0, help="of each half of a turn")
    parser.add_argument("--json", type=Path, default=Path("build/bench/flood.json"))
    options = parser.parse_args()
    port = servers.free_port()
    with tempfile.TemporaryDirectory() as folder:
        path = os.pathsep.join([str(Path(__file__).parent), *sys.path])
        environ = {**os.environ, "FLOOD_FOLDER": folder, "PYTHONPATH": path}
        command = [sys.executable, "-m", "gunicorn", "--workers", "1", "--threads", "8"]
        command += ["--bind", f"127.0.0.1:{port}", "--log-level", "error", "--keep-alive", "60"]
        command.append("flood_app:app")
        server = subprocess.Popen(command, env=environ)
        try:
            servers.wait_for(port, server)
            row = measured(port, options, server.pid)
        finally:
            server.terminate()
            server.wait()
    print("A flood of logins at one gunicorn worker, and one honest user")
    for name, value in row.items():
        print(f"{name.replace('_', ' '):20} {value}")
    measure.write(options.json, row)
    print(f"written to {options.json}")


if __name__ == "__main__":
    main()
