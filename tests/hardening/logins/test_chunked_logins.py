"""Logins whose body has no length are read like others, and the view reads them too."""

from __future__ import annotations

import io
from typing import Any
from urllib.parse import urlencode

import pytest
from flask import Flask, Request, request

from hardening.logins.identify import MOST_BODY_BYTES, read

JSON = b'{"username": "anna", "password": "x"}'
MULTIPART = (
    b'--b\r\nContent-Disposition: form-data; name="username"\r\n\r\nanna\r\n'
    b'--b\r\nContent-Disposition: form-data; name="password"\r\n\r\nx\r\n--b--\r\n'
)
FORM = "application/x-www-form-urlencoded"


class Trickle(io.RawIOBase):
    """A stream that gives a few bytes at a time, as a chunked body may come."""

    def __init__(self, body: bytes) -> None:
        self._body = io.BytesIO(body)

    def read(self, size: int = -1) -> bytes:
        return self._body.read(min(size, 7) if size >= 0 else -1)


@pytest.fixture
def app() -> Flask:
    app = Flask("shop")
    app.secret_key = "0f" * 32
    return app


def chunked(app: Flask, body: bytes, kind: str, *, terminated: bool = True) -> Any:
    environ = {"wsgi.input": Trickle(body), "HTTP_TRANSFER_ENCODING": "chunked"}
    environ |= {"wsgi.input_terminated": terminated, "CONTENT_TYPE": kind}
    context = app.test_request_context("/login", method="POST", environ_overrides=environ)
    context.request.environ.pop("CONTENT_LENGTH", None)
    return context


def own(found: Request) -> dict[str, str]:
    return dict(found.get_json()) if found.is_json else dict(found.form)


@pytest.mark.parametrize(
    ("body", "kind"),
    [
        (b"username=anna&password=x", FORM),
        (JSON, "application/json"),
        (MULTIPART, "multipart/form-data; boundary=b"),
    ],
    ids=["form", "json", "multipart"],
)
def test_it_is_read_twice(app: Flask, body: bytes, kind: str) -> None:
    """We see the name and the password, and so does the view."""
    with chunked(app, body, kind):
        sent = read(request, ())
        again = read(request, ())

        assert (sent.names, sent.password, sent.body) == (("anna",), True, "read")
        assert again == sent
        assert own(request) == {"username": "anna", "password": "x"}


def test_a_large_one_is_not_kept(app: Flask) -> None:
    """More than a login may have is oversized, and the view still reads all of it."""
    body = urlencode({"username": "anna", "password": "x", "more": "y" * MOST_BODY_BYTES})
    with chunked(app, body.encode(), FORM):
        sent = read(request, ())

        assert sent.body == "oversized"
        assert request.form["username"] == "anna"
        assert len(request.form["more"]) == MOST_BODY_BYTES


def test_a_stream_without_an_end_is_left_alone(app: Flask) -> None:
    """Where the server does not end the stream nothing is read of it."""
    with chunked(app, b"username=anna&password=x", FORM, terminated=False):
        sent = read(request, ())

        assert (sent.names, sent.password, sent.body) == ((), True, "unknown")
        assert request.environ["wsgi.input"].read(8) == b"usernam"
