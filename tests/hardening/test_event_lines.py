"""What an event looks like in the log, whatever an attacker or a mistake puts into it."""

from __future__ import annotations

import json
import logging
import re
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from flask import Flask
from hypothesis import given
from hypothesis import strategies as st

from hardening import events

NASTY = {
    "new line": "a\r\nforged",
    "terminal": "\x1b[31mred\x1b]0;title\x07",
    "separators": "a\u2028b\u2029c\x85d\x0be\x0cf",
    "direction": "\u202egpj.exe\u2066\u200f",
    "delete": "\x7f\x9b31m",
    "null": "\x00",
    "surrogate": "\ud800",
    "quote": '", "event": "authn_login_success',
    "invisible": "\u200b\ufeff\u00ad",
}


class Lines(logging.Handler):
    """Keeps what a file or a terminal would get."""

    def __init__(self) -> None:
        super().__init__()
        self.records: list[logging.LogRecord] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.records.append(record)

    @property
    def last(self) -> str:
        return logging.Formatter("%(message)s").format(self.records[-1])


@pytest.fixture(scope="module")
def lines() -> Iterator[Lines]:
    handler = Lines()
    before = events.logger.level
    events.logger.addHandler(handler)
    events.logger.setLevel(logging.INFO)
    yield handler
    events.logger.removeHandler(handler)
    events.logger.setLevel(before)


@pytest.fixture
def listening() -> Iterator[Callable[[Any], None]]:
    """Returns a function that connects a receiver until the test ends."""
    kept: list[Any] = []

    def listen(receiver: Any) -> None:
        kept.append(receiver)
        events.event.connect(receiver)

    yield listen
    for receiver in kept:
        events.event.disconnect(receiver)


@pytest.mark.parametrize("text", NASTY.values(), ids=NASTY)
def test_control_characters(lines: Lines, text: str) -> None:
    """Whatever a client sends, a line is one line of printable ASCII, and reads back the same."""
    events.emit(Flask(text), "authn_login_fail", "warning", agent=text, inner={text: [text]})

    assert re.fullmatch(r"[ -~]+", lines.last)
    assert json.loads(lines.last)["agent"] == text
    assert json.loads(lines.last)["inner"] == {text: [text]}


@given(st.text(), st.dictionaries(st.text(), st.text()))
def test_any_text(lines: Lines, text: str, inner: dict[str, str]) -> None:
    """So for any text at all."""
    events.emit(None, "x", text=text, inner=inner)

    assert re.fullmatch(r"[ -~]+", lines.last)
    assert json.loads(lines.last)["text"] == text


def test_what_every_line_has(lines: Lines) -> None:
    """Time in UTC to the millisecond, app, event and level come first; nothing can forge them."""
    forged = {"datetime": "1970", "appid": "other", "event": "authn_login_success"}
    before = datetime.now(UTC)
    events.emit(Flask("shop"), "authn_login_fail", "warning", **forged, account="a1")
    line = json.loads(lines.last)
    at = datetime.fromisoformat(line["datetime"])

    assert list(line) == ["datetime", "appid", "event", "level", "account"]
    assert (line["appid"], line["event"]) == ("shop", "authn_login_fail")
    assert line["level"] == "WARNING" == lines.records[-1].levelname
    assert line["datetime"].endswith("+00:00")
    assert timedelta(0) <= at - before + timedelta(milliseconds=1) < timedelta(minutes=1)


@pytest.mark.parametrize("number", [float("nan"), float("inf"), -float("inf")])
def test_numbers_that_json_does_not_have(lines: Lines, number: float) -> None:
    """A line is JSON for every reader, also for those that know no NaN."""

    def refuse(constant: str) -> None:
        raise ValueError(constant)

    events.emit(None, "x", wait=number, other=1)

    assert json.loads(lines.last, parse_constant=refuse)["other"] == 1


def test_values_that_are_no_plain_ones(lines: Lines) -> None:
    """Anything but a plain value is shown by the name of its type: its text is not asked for."""

    class Secret:
        def __repr__(self) -> str:
            raise AssertionError("asked")

        __str__ = __repr__

    circle: list[Any] = []
    circle.append(circle)
    events.emit(None, "x", one=Secret(), raw=b"bytes", several=[Secret()])
    first = json.loads(lines.last)
    events.emit(None, "x", keys={(1, 2): 3}, circle=circle, kept="kept")
    second = json.loads(lines.last)

    assert (first["one"], first["raw"], first["several"]) == ("<Secret>", "<bytes>", ["<Secret>"])
    assert (second["keys"], second["circle"], second["kept"]) == ("<dict>", "<list>", "kept")


def test_a_receiver_that_fails(lines: Lines, listening: Callable[[Any], None]) -> None:
    """It breaks nothing, and neither its text nor its trace, which may hold anything, is told."""
    seen: list[str] = []

    def breaks(_sender: Any, **_: Any) -> None:
        raise RuntimeError("holds the password hunter22")

    def sees(_sender: Any, name: str, **_: Any) -> None:
        seen.append(name)

    listening(breaks)
    listening(sees)
    events.emit(None, "some_event")
    record = lines.records[-1]

    assert seen == ["some_event"]
    assert record.exc_info is None
    assert json.loads(lines.last)["event"] == "event_receiver_failed"
    assert json.loads(lines.last)["of"] == "some_event"
    assert "hunter22" not in lines.last


def test_signals_by_name(listening: Callable[[Any], None]) -> None:
    """A receiver can ask for every event, or for one kind; it gets plain values."""
    every: list[Any] = []
    one: list[Any] = []

    def all_of_them(_sender: Any, name: str, level: str, details: Any) -> None:
        every.append((name, level, details))

    def only(_sender: Any, name: str, **_: Any) -> None:
        one.append(name)

    listening(all_of_them)
    events.signal("b").connect(only)
    events.emit(None, "a", "error", n=1)
    events.emit(None, "b")

    assert every == [("a", "error", {"n": 1}), ("b", "info", {})]
    assert one == ["b"]
