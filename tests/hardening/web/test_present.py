"""Which headers a response has, as several guards ask one after the other."""

from __future__ import annotations

from flask import Response

from hardening.client import Client
from hardening.present import header_names
from hardening.state import State


def state() -> State:
    return State(Client("", None, None, None, local=False, proxy="none"))


def test_names_are_lowered() -> None:
    """Names count whatever letters they are written in."""
    response = Response("x", headers={"X-Own": "1", "VARY": "Cookie"})

    assert header_names(state(), response) >= {"x-own", "vary", "content-type"}


def test_what_a_guard_adds_is_seen() -> None:
    """A header that was added, or taken out, since the last look counts."""
    asked, response = state(), Response("x")
    assert "set-cookie" not in header_names(asked, response)
    response.set_cookie("a", "b")
    assert "set-cookie" in header_names(asked, response)
    del response.headers["Set-Cookie"]

    assert "set-cookie" not in header_names(asked, response)


def test_another_response() -> None:
    """A response that takes the place of another has headers of its own, be they as many."""
    asked = state()
    header_names(asked, Response("x", headers={"X-One": "1"}))

    assert "x-two" in header_names(asked, Response("x", headers={"X-Two": "2"}))
