"""Watches whatever the wrapper says while a test runs, and whatever it must not say.

Collected as secrets, by no rule of the wrapper's own: passwords, codes and tokens in requests to
test clients, credentials in headers, the values of cookies in both directions, the keys of apps,
and what the guards hold of a request: hashes, session ids, remember tokens. Names that people log
in with are collected too: they may be told as hashes only. What is said are the records of every
logger of the wrapper, events in full, and the texts of its exceptions.
"""

from __future__ import annotations

import base64
import json
import logging
import re
from collections.abc import Callable, Iterator
from functools import lru_cache
from http.cookies import CookieError, SimpleCookie
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, unquote

ROOT = Path(__file__).resolve().parents[2]
SECRET = re.compile(r"pass|pwd|secret|token|otp|code|pin$|^pw$|key", re.IGNORECASE)
NAME = re.compile(r"^(?:user(?:_?name)?|e?mail|login|identifier|phone)$", re.IGNORECASE)
INSIDE = 8  # characters from which a secret counts inside a longer text too
ALONE = 3  # and from which it counts as a value of its own
LONGEST = 4096  # characters that are kept; the wrapper says nothing of that length
_MOST_STATES = 500  # kept before they are read, so that a storm of requests stays small


@lru_cache(maxsize=1)
def words() -> str:
    """Return the wrapper's own words; a test may use one of them as a password."""
    pages = ("guards.md", "settings.md", "events.md", "stores.md")
    return "\n".join((ROOT / "docs" / page).read_text() for page in pages)


class Watch(logging.Handler):
    """Everything said and every secret used since `start`."""

    def __init__(self) -> None:
        super().__init__()
        self.said: set[str] = set()
        """Whole lines and texts."""
        self.values: set[str] = set()
        """Values in events."""
        self._secrets: set[str] = set()
        self._states: list[Any] = []

    def start(self) -> None:
        """Forget what was before."""
        for kept in (self.said, self.values, self._secrets, self._states):
            kept.clear()

    def emit(self, record: logging.LogRecord) -> None:
        text = logging.Formatter("%(message)s").format(record)
        try:
            line = json.loads(text)
        except ValueError:
            self.said.add(text)
            return
        if isinstance(line, dict) and isinstance(line.get("event"), str):
            line.pop("datetime", None)
            self.values.update(_leaves([value for key, value in line.items() if key != "appid"]))
            self.said.add(json.dumps(line, ensure_ascii=False))

    def secret(self, *values: object) -> None:
        """Note values that must not be said."""
        for value in values:
            text = value.decode("latin-1") if isinstance(value, bytes) else value
            if isinstance(text, str) and ALONE <= len(text) <= LONGEST:
                self._secrets.add(text)

    def requested(self, environ: dict[str, Any]) -> None:
        """Note the secrets of a request."""
        for name, value in _sent(environ):
            if SECRET.search(name) or NAME.search(name):
                self.secret(value)
        scheme, _, rest = environ.get("HTTP_AUTHORIZATION", "").partition(" ")
        if scheme.lower() == "basic":
            self.secret(rest, *_decoded(rest).split(":", 1))
        else:
            self.secret(rest)
        self._cookies(environ.get("HTTP_COOKIE", ""))

    def answered(self, headers: Any) -> None:
        """Note the cookies of a response."""
        for name, value in headers:
            if name.lower() == "set-cookie":
                self._cookies(value.partition(";")[0])

    def state(self, state: Any) -> None:
        """Note what the guards keep of a request, once it is over."""
        self._states.append(state)
        if len(self._states) > _MOST_STATES:
            self._read_states(keep=_MOST_STATES // 2)

    def told(self) -> list[str]:
        """Return the texts that hold a secret."""
        self._read_states(keep=0)
        if not self.said:
            return []
        everything = "\n".join(self.said)
        ours = words()
        whole = [one for one in self._secrets if one in self.values and one not in ours]
        parts = [
            one
            for one in self._secrets
            if len(one) >= INSIDE and one in everything and one not in ours
        ]
        told = [json.dumps(one, ensure_ascii=False) for one in whole] + parts
        return [text for text in sorted(self.said) if any(one in text for one in told)]

    def _cookies(self, header: str) -> None:
        try:
            found = SimpleCookie(header)
        except CookieError:
            return
        for morsel in found.values():
            self.secret(morsel.value, unquote(morsel.value))

    def _read_states(self, keep: int) -> None:
        done, self._states[:] = self._states[: -keep or None], self._states[-keep:] if keep else []
        for state in done:
            self.secret(state.sid_at_open, state.token, state.csrf_at_open, *state.produced)
            for check in state.checks:
                self.secret(check.stored, check.password)


WATCH = Watch()


def install() -> None:
    """Watch this process from now on; the wrapper must have been imported."""
    from flask import Flask
    from werkzeug.test import Client

    from hardening.errors import HardeningError
    from hardening.state import State

    logger = logging.getLogger("hardening")
    logger.addHandler(WATCH)
    logger.setLevel(logging.DEBUG)

    run: Callable[..., Any] = Client.run_wsgi_app

    def run_wsgi_app(self: Any, environ: dict[str, Any], buffered: bool = False) -> Any:
        app = self.application
        if isinstance(app, Flask):
            fallbacks = app.config.get("SECRET_KEY_FALLBACKS") or ()
            WATCH.secret(app.config.get("SECRET_KEY"), *fallbacks)
        WATCH.requested(environ)
        answer = run(self, environ, buffered)
        WATCH.answered(answer[2])
        return answer

    Client.run_wsgi_app = run_wsgi_app  # type: ignore[method-assign]  # so that all are seen

    made = State.__init__

    def make(self: Any, *args: Any, **named: Any) -> None:
        made(self, *args, **named)
        WATCH.state(self)

    State.__init__ = make  # type: ignore[method-assign]  # as above

    def fail(self: Any, *args: Any, **named: Any) -> None:
        super(HardeningError, self).__init__(*args, **named)  # some are HTTP errors as well
        WATCH.said.add(f"{type(self).__name__}: {self}")

    HardeningError.__init__ = fail  # type: ignore[method-assign]  # as above


def _sent(environ: dict[str, Any]) -> Iterator[tuple[str, str]]:
    """Yield the fields of a test client's request, without taking its body away."""
    yield from parse_qsl(environ.get("QUERY_STRING", ""))
    stream = environ.get("wsgi.input")
    body = stream.getvalue() if hasattr(stream, "getvalue") else b""
    if len(body) > 1_000_000:
        return
    kind = environ.get("CONTENT_TYPE", "")
    if "json" in kind:
        try:
            yield from _pairs(json.loads(body))
        except (ValueError, RecursionError):
            return
    elif "multipart" in kind:
        for part in re.findall(rb'name="([^"]*)"\r\n\r\n(.*?)\r\n--', body, re.DOTALL):
            yield part[0].decode("latin-1"), part[1].decode("utf-8", "replace")
    else:
        yield from parse_qsl(body.decode("latin-1"))


def _pairs(value: Any) -> Iterator[tuple[str, str]]:
    if isinstance(value, dict):
        for key, inner in value.items():
            if isinstance(inner, str):
                yield key, inner
            else:
                yield from _pairs(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from _pairs(inner)


def _leaves(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        yield from _leaves(list(value.values()))
    elif isinstance(value, list):
        for inner in value:
            yield from _leaves(inner)


def _decoded(text: str) -> str:
    try:
        return base64.b64decode(text).decode("utf-8", "replace")
    except ValueError:
        return ""
