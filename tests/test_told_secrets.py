"""The watch over what the wrapper says sees what it is there for."""

from __future__ import annotations

import ast
import base64
import io
import json
import logging
import re
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from told_secrets import WATCH, Watch

import hardening.state  # noqa: F401  # the watch begins where it is imported
from hardening import ConfigurationError, events

ROOT = Path(__file__).resolve().parents[1]
PAGE = (ROOT / "docs" / "events.md").read_text()
SECRET = "zq-not-a-word-81"


def say(watch: Watch, text: str) -> None:
    watch.handle(logging.LogRecord("hardening", logging.INFO, "p", 1, text, None, None))


def environ(body: bytes = b"", kind: str = "application/x-www-form-urlencoded", **more: Any) -> Any:
    return {"wsgi.input": io.BytesIO(body), "CONTENT_TYPE": kind, **more}


def state(**held: Any) -> Any:
    usual = {"sid_at_open": None, "token": None, "csrf_at_open": None, "produced": [], "checks": []}
    return SimpleNamespace(**usual | held)


USED = {
    "form": lambda w: w.requested(environ(f"user=a&password={SECRET}".encode())),
    "user name": lambda w: w.requested(environ(f"username={SECRET}".encode())),
    "json": lambda w: w.requested(
        environ(json.dumps({"a": {"newPassword": SECRET}}).encode(), "application/json")
    ),
    "multipart": lambda w: w.requested(
        environ(
            f'--b\r\nContent-Disposition: form-data; name="otp"\r\n\r\n{SECRET}\r\n--b--'.encode(),
            "multipart/form-data; boundary=b",
        )
    ),
    "query": lambda w: w.requested(environ(QUERY_STRING=f"token={SECRET}")),
    "basic": lambda w: w.requested(
        environ(HTTP_AUTHORIZATION="Basic " + base64.b64encode(f"a:{SECRET}".encode()).decode())
    ),
    "bearer": lambda w: w.requested(environ(HTTP_AUTHORIZATION=f"Bearer {SECRET}")),
    "cookie": lambda w: w.requested(environ(HTTP_COOKIE=f"a=1; session={SECRET}")),
    "set-cookie": lambda w: w.answered([("Set-Cookie", f"s={SECRET}; Path=/")]),
    "key": lambda w: w.secret(SECRET.encode()),
    "session id": lambda w: w.state(state(sid_at_open=SECRET)),
    "stored hash": lambda w: w.state(
        state(checks=[SimpleNamespace(stored=SECRET, password="other")])
    ),
    "new hash": lambda w: w.state(state(produced=[SECRET])),
}


@pytest.mark.parametrize("use", USED.values(), ids=USED)
@pytest.mark.parametrize("form", ["{}", "a trace with {} in it", '{{"event": "e", "x": ["{}"]}}'])
def test_a_secret_that_is_told(use: Any, form: str) -> None:
    """Every kind of secret is found in a line, a trace or a field, said before or after."""
    watch = Watch()
    say(watch, form.format(SECRET))
    use(watch)

    assert len(watch.told()) == 1


def test_short_secrets() -> None:
    """A short one counts as a value of its own, not as a part of a word."""
    watch = Watch()
    watch.secret("hunt")
    say(watch, '{"event": "e", "x": "a hunter"}')
    before = watch.told()
    say(watch, '{"event": "e", "x": "hunt"}')

    assert (before, len(watch.told())) == ([], 1)


def test_other_lines() -> None:
    """What was not used may be said, and a new test begins with nothing."""
    watch = Watch()
    watch.requested(environ(f"comment={SECRET}&password=another-one".encode()))
    say(watch, SECRET)
    before = watch.told()
    watch.secret(SECRET)
    watch.start()
    say(watch, SECRET)

    assert (before, watch.told()) == ([], [])


def test_the_wrapper_is_watched() -> None:
    """Events and errors of the wrapper reach the watch while a test runs."""
    events.emit(None, "some_event", answer="seen")
    ConfigurationError("some_key", "is wrong")

    assert any('"answer": "seen"' in line for line in WATCH.said)
    assert "ConfigurationError: some_key: is wrong" in WATCH.said


REPORTS = ("report", "emit", "_once", "_say", "_tell", "tell")


def test_fields_are_documented() -> None:
    """docs/events.md names every field that the source gives an event it lists."""
    rows = re.findall(r"^\| `(\w+)` \|(.*)\|$", PAGE, re.MULTILINE)
    documented = {name: set(re.findall(r"`(\w+)`", fields)) for name, fields in rows}
    missing: dict[str, set[str]] = {}
    for path in (ROOT / "hardening").rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text())):
            if not isinstance(node, ast.Call) or not node.args:
                continue
            called = getattr(node.func, "attr", getattr(node.func, "id", ""))
            texts = [a.value for a in node.args if isinstance(a, ast.Constant)]
            if called in REPORTS and (name := next(iter(texts), None)) in documented:
                given = {str(keyword.arg) for keyword in node.keywords if keyword.arg}
                if left := given - documented[str(name)]:
                    missing[str(name)] = left

    assert len(documented) > 50
    assert {} == missing
