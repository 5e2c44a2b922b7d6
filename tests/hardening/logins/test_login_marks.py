"""What an app says of its views itself, which comes before whatever is found."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask
from flask.views import MethodView
from flask_login import login_required, login_user

from hardening import ConfigurationError, Hardening, Policy


def plain() -> str:
    return "page"


def enters() -> str:
    login_user(None)
    return ""


class Page(MethodView):
    def post(self) -> str:
        return ""


def wrap(app: Flask, hardening: Hardening) -> Any:
    hardening.init_app(app)
    return hardening.wrapped().pipeline.endpoints


def made(**settings: Any) -> Hardening:
    return Hardening(policy=Policy(**settings), store="memory://")


def test_each_way_to_mark(new_app: Callable[[], Flask]) -> None:
    """A function, what a decorator wrapped, a class and an endpoint's name can be marked, before
    and after the app is wrapped."""
    hardening = made()
    app = new_app()
    view = hardening.login_view()(functools.partial(plain))
    app.add_url_rule("/a", "a", view, methods=["POST"])
    app.add_url_rule("/b", "b", login_required(hardening.login_view(lambda: "")), methods=["POST"])
    app.add_url_rule("/c", view_func=Page.as_view("c"))
    app.add_url_rule("/d", "d", plain, methods=["POST"])
    hardening.login_view(Page, kind="code")
    endpoints = wrap(app, hardening)
    before = endpoints.kinds("d")
    hardening.login_view("d", kind="reset")

    assert endpoints.login("a") == "marked in the code"
    assert endpoints.login("b") == "marked in the code"
    assert endpoints.code("c") == "marked in the code"
    assert (before, endpoints.kinds("d")) == (frozenset(), {"reset"})


def test_a_mark_comes_first(new_app: Callable[[], Flask]) -> None:
    """It comes before the policy's list, the login manager, the code, and what was seen."""
    app = new_app()
    for name in ("login", "listed", "entered"):
        app.add_url_rule(f"/{name}", name, enters if name == "entered" else plain, methods=["POST"])
    hardening = made(login_endpoints=("listed", "entered"))
    endpoints = wrap(app, hardening)
    before = endpoints.login("entered"), endpoints.login("login")
    hardening.login_view("entered", kind="none")
    hardening.login_view("login")
    endpoints.observed("entered")

    assert before == ("policy.login_endpoints", None)
    assert endpoints.kinds("entered") == frozenset()
    assert endpoints.login("login") == "marked in the code"
    assert endpoints.login("listed") == "policy.login_endpoints"


def test_unknown_kinds(new_app: Callable[[], Flask]) -> None:
    """A kind that does not exist is refused where it is written."""
    for mark in (lambda h: h.login_view("a", kind="signin"), lambda h: h.login_view(kind="x")):
        with pytest.raises(ConfigurationError, match=r"login_view.*'none'"):
            mark(made())


def test_a_view_that_cannot_be_hashed(new_app: Callable[[], Flask]) -> None:
    """It cannot be marked, and does not stand in the way of others."""

    class Odd:
        __hash__ = None  # type: ignore[assignment]  # that is the point

        def __call__(self) -> str:
            return ""

    app = new_app()
    app.add_url_rule("/odd", "odd", Odd(), methods=["POST"])
    app.add_url_rule("/b", "b", plain, methods=["POST"])
    hardening = made()
    hardening.login_view(plain)

    assert wrap(app, hardening).table() == [("b", "/b", "login", "marked in the code")]
