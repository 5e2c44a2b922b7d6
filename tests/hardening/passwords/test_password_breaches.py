"""The question whether a password has leaked, against a server that speaks the range protocol."""

from __future__ import annotations

import hashlib
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest

from hardening import ConfigurationError, events
from hardening.passwords.policy import breach, breached, check

LEAKED = "correct horse battery"


class Ranges:
    """What the local server answers, and what it was asked."""

    def __init__(self) -> None:
        self.asked: list[tuple[str, dict[str, str]]] = []
        self.status = 200
        self.body: bytes | None = None
        self.url = ""

    def answer(self, prefix: str) -> bytes:
        if self.body is not None:
            return self.body
        mark = hashlib.sha1(LEAKED.encode()).hexdigest().upper()
        lines = ["0" * 34 + "A:3", "F" * 35 + ":0"]
        if prefix == mark[:5]:
            lines.insert(1, f"{mark[5:]}:17")
        return "\r\n".join(lines).encode()


@pytest.fixture
def ranges(monkeypatch: pytest.MonkeyPatch) -> Iterator[Ranges]:
    """A server on this machine, asked past any proxy of the environment."""
    told = Ranges()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            told.asked.append((self.path, dict(self.headers)))
            body = told.answer(self.path.rpartition("/")[2])
            self.send_response(told.status)
            self.send_header("Content-Length", str(len(body)))
            self.send_header("Location", "/range/00000")
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: Any) -> None:
            pass

    monkeypatch.setenv("no_proxy", "*")
    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    told.url = f"http://127.0.0.1:{server.server_port}/range/"
    yield told
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture
def said() -> Iterator[list[dict[str, Any]]]:
    """Details of the events that say that nobody could be asked."""
    found: list[dict[str, Any]] = []

    def listen(_sender: Any, details: dict[str, Any], **_: Any) -> None:
        found.append(details)

    channel = events.signal("password_breach_unknown")
    channel.connect(listen)
    yield found
    channel.disconnect(listen)


def test_a_leaked_password_is_counted(ranges: Ranges, said: list[Any]) -> None:
    """The number of times comes back; another password counts 0."""
    assert 17 == breached(LEAKED, url=ranges.url)
    assert 0 == breached("something else entirely", url=ranges.url)
    assert [] == said


def test_only_five_digits_leave_the_process(ranges: Ranges) -> None:
    """Neither the password nor the rest of its digest is sent, and padding is asked for."""
    breached(LEAKED, url=ranges.url)
    ((path, headers),) = ranges.asked
    mark = hashlib.sha1(LEAKED.encode()).hexdigest().upper()

    assert f"/range/{mark[:5]}" == path
    assert "true" == headers["Add-Padding"]
    assert mark[5:] not in repr(ranges.asked)
    assert "correct" not in repr(ranges.asked)


def test_padding_is_no_leak(ranges: Ranges) -> None:
    """An entry with the count 0 is there to hide how many others there are."""
    mark = hashlib.sha1(LEAKED.encode()).hexdigest().upper()
    ranges.body = f"{mark[5:]}:0".encode()

    assert 0 == breached(LEAKED, url=ranges.url)


@pytest.mark.parametrize(
    ("status", "body"),
    [
        (500, b""),
        (404, b"no such range"),
        (301, b""),
        (200, b"\xff\xfe"),
        (200, b"A" * (2 * 1024 * 1024)),
    ],
    ids=["error", "missing", "redirect", "binary", "endless"],
)
def test_an_unusable_answer_is_an_event_and_no_refusal(
    ranges: Ranges, said: list[Any], status: int, body: bytes
) -> None:
    """Fails open: the password is taken, and redirects are not followed."""
    ranges.status, ranges.body = status, body

    assert breached(LEAKED, url=ranges.url) is None
    assert 1 == len(said)
    assert 1 == len(ranges.asked)


def test_a_malformed_count_is_an_event(ranges: Ranges, said: list[Any]) -> None:
    """A line for this password without a number says nothing."""
    mark = hashlib.sha1(LEAKED.encode()).hexdigest().upper()
    ranges.body = f"{mark[5:]}:many".encode()

    assert breached(LEAKED, url=ranges.url) is None
    assert [{"error": "ValueError"}] == said


def test_no_server_is_an_event_and_no_refusal(said: list[Any], unused_port: int) -> None:
    """Fails open where nothing listens."""
    assert breached(LEAKED, url=f"http://127.0.0.1:{unused_port}/range/") is None
    assert ["ConnectionRefusedError", "URLError"].count(said[0]["error"]) == 1


@pytest.fixture
def unused_port() -> int:
    import socket

    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return int(one.getsockname()[1])


@pytest.mark.parametrize(
    "url",
    [
        "http://ranges.example/range/",
        "file:///etc/passwd/",
        "https:///",
        "https://ranges.example/r",
    ],
)
def test_other_addresses_are_refused(url: str) -> None:
    """Digits of a digest go nowhere in the clear, and nothing but http is opened."""
    with pytest.raises(ConfigurationError, match="https address that ends in /"):
        breached(LEAKED, url=url)


def test_the_policy_asks_only_about_what_it_would_take(
    ranges: Ranges, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A password with another problem is refused without anybody being asked."""
    monkeypatch.setattr(breach, "URL", ranges.url)
    monkeypatch.setitem(breached.__kwdefaults__, "url", ranges.url)

    assert ["breached"] == [problem.code for problem in check(LEAKED, breaches=True)]
    assert ["too_short"] == [problem.code for problem in check("xk3!9qLw", breaches=True)]
    assert () == check(LEAKED)
    assert 1 == len(ranges.asked)
