"""Who is named, and that the view can still read everything."""

from __future__ import annotations

import base64
from typing import Any

import pytest
from flask import Flask, Request, request
from hypothesis import given
from hypothesis import strategies as st

from hardening.logins.identify import (
    MOST_BODY_BYTES,
    MOST_NAME_LENGTH,
    Sent,
    account,
    normalise,
    read,
)

JSON = "application/json"


def look(fields: tuple[str, ...] = (), **options: Any) -> Sent:
    app = Flask("shop")
    with app.test_request_context("/login", method="POST", **options):
        return read(request, fields)


@pytest.mark.parametrize(
    "field",
    [
        "username",
        "user",
        "email",
        "login",
        "name",
        "identifier",
        "account",
        "phone",
        "login-email",
        "form-0-username",
        "user[email]",
        "auth.user",
        "userName",
        "Email",
        "email_or_username",
        "emailAddress",
    ],
)
def test_usual_names_of_fields(field: str) -> None:
    """What forms usually call it is found, with a form's prefix too."""
    assert look(data={field: "Anna", "password": "x"}) == Sent(("anna",), True, "read")


@pytest.mark.parametrize("field", ["csrf_token", "first_name", "next", "remember", "city", "q"])
def test_other_fields_name_nobody(field: str) -> None:
    """What is no name is not counted."""
    assert look(data={field: "Anna", "password": "x"}).names == ()


@pytest.mark.parametrize(
    "field",
    ["password", "passwd", "pwd", "pass", "user_password", "login-password", "Passwort", "pin"],
)
def test_password_fields(field: str) -> None:
    """A password is seen under its usual names, if it is not empty."""
    assert look(data={"user": "a", field: "x"}).password
    assert not look(data={"user": "a", field: ""}).password


@pytest.mark.parametrize("field", ["shipping", "spinner", "compare"])
def test_near_passwords(field: str) -> None:
    """A word that merely contains the letters of one is no password."""
    assert not look(data={"user": "a", field: "x"}).password


def test_every_place_is_read() -> None:
    """Query string, form and HTTP Basic are read, each distinct name once."""
    basic = base64.b64encode(b"carl:secret").decode()
    found = look(
        data={"username": ["Bert", "bert", "dora"]},
        query_string={"email": "anna"},
        headers={"Authorization": f"Basic {basic}"},
    )

    assert found == Sent(("bert", "dora", "anna", "carl"), True, "read")


def test_json() -> None:
    """JSON is read with what is nested in it, numbers as well."""
    body = {"user": {"email": "anna", "password": "x"}, "login": 7, "names": ["z"]}

    found = look(json=body)

    assert {"anna", "7"} == set(found.names)
    assert found.password


@pytest.mark.parametrize("body", ["[]", '"x"', "null", "{", "[" * 20_000, "\xff", '{"user": {}}'])
def test_json_of_another_form(body: str) -> None:
    """Whatever JSON a client sends, nothing is raised."""
    assert look(data=body.encode("latin-1"), content_type=JSON).names == ()


def test_json_sent_as_text() -> None:
    """Views that parse whatever comes are not a way around."""
    body = '{"username": "anna", "password": "x"}'

    assert look(data=body, content_type="text/plain") == Sent(("anna",), True, "read")


def test_own_fields() -> None:
    """The policy's fields are the only ones, under any name."""
    data = {"badge": "A1", "username": "anna", "password": "x"}

    assert look(("badge",), data=data).names == ("a1",)


def test_large_and_unknown_bodies() -> None:
    """A body that is too large, of unknown length or kind is not touched."""

    class Untouchable:
        def read(self, *_: object) -> bytes:
            raise AssertionError("the body was read")

        readline = readinto = __iter__ = read

    form = "application/x-www-form-urlencoded"
    for headers, expected in (
        ({"CONTENT_LENGTH": str(MOST_BODY_BYTES + 1), "CONTENT_TYPE": form}, "oversized"),
        ({"HTTP_TRANSFER_ENCODING": "chunked", "CONTENT_TYPE": form}, "unknown"),
        ({"CONTENT_LENGTH": "9", "CONTENT_TYPE": "application/octet-stream"}, "unknown"),
    ):
        environ = {"REQUEST_METHOD": "POST", "wsgi.input": Untouchable(), **headers}

        assert read(Request(environ), ()) == Sent((), True, expected)  # type: ignore[arg-type]


READERS = {
    "form": (lambda: request.form["username"], {"data": {"username": "anna"}}, "anna"),
    "data": (
        lambda: request.get_data(as_text=True),
        {"data": {"username": "anna"}},
        "username=anna",
    ),
    "values": (lambda: request.values["username"], {"data": {"username": "anna"}}, "anna"),
    "json": (lambda: request.get_json()["username"], {"json": {"username": "anna"}}, "anna"),
    "json bytes": (
        lambda: request.get_data(as_text=True),
        {"data": "{}", "content_type": JSON},
        "{}",
    ),
    "text": (
        lambda: request.get_json(silent=True),
        {"data": '{"a": 1}', "content_type": "text/plain"},
        None,
    ),
    "forced": (
        lambda: request.get_json(force=True),
        {"data": '{"a": 1}', "content_type": "text/plain"},
        {"a": 1},
    ),
    "stream": (
        lambda: request.stream.read(),
        {"data": b"\x00raw", "content_type": "application/octet-stream"},
        b"\x00raw",
    ),
}


@pytest.mark.parametrize("way", READERS)
def test_the_view_reads_as_before(way: str) -> None:
    """Looking first changes nothing of what the view gets."""
    reader, options, expected = READERS[way]
    app = Flask("shop")
    with app.test_request_context("/login", method="POST", **options):
        read(request, ())

        assert reader() == expected


def test_bad_json_is_still_the_views_400() -> None:
    """A view that asks for JSON still answers 400 to what is none."""
    app = Flask("shop")
    app.before_request(lambda: read(request, ()) and None)
    app.add_url_rule("/login", "login", lambda: request.get_json(), methods=["POST"])
    answer = app.test_client().post("/login", data="{", content_type=JSON)

    assert answer.status_code == 400


def test_space_in_front_does_not_push_a_name_out() -> None:
    """However much space stands around a name, it is the same account."""
    assert normalise(" " * 1000 + "anna" + "\u3000" * 1000) == "anna"


@given(st.text())
def test_normalising_again_changes_nothing(name: str) -> None:
    """A name's one form is its own one form, never too long, and space around is nothing."""
    once = normalise(name)

    assert len(once) <= MOST_NAME_LENGTH
    assert normalise(once) == once
    assert normalise(f"  {name}\u3000") == once


_APP = Flask("shop")
_APP.secret_key = "0f" * 32


def test_hashes_depend_on_the_key() -> None:
    """Another app's hash of the same name is another, so that tables of names do not help."""
    other = Flask("blog")
    other.secret_key = "1f" * 32

    assert account(_APP, "anna").key != account(other, "anna").key
    assert account(_APP, "anna").key == account(_APP, "anna").key
