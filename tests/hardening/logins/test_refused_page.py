"""What somebody sees whose login is refused: the app's own page, if it has one for this."""

from __future__ import annotations

import secrets
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from flask import Blueprint, Flask
from flask_login import LoginManager
from werkzeug.exceptions import HTTPException, TooManyRequests

from hardening import Policy, harden

SENTENCE = "Too many attempts to log in. Please wait before you try again."
OWN = "our own page"


def own(_error: object) -> tuple[str, int]:
    return OWN, 429


def refused(app: Flask, folder: Path, path: str = "/login") -> Any:
    """Wrap `app`, fail until it refuses, and return that answer."""
    app.instance_path = str(folder)
    LoginManager(app)
    harden(app, store="memory://", policy=Policy(limit_pair="1/minute"))
    client = app.test_client()
    for _ in range(2):
        answer = client.post(
            path,
            base_url="https://shop.example",
            data={"username": "anna", "password": "wrong"},
            environ_base={"REMOTE_ADDR": "203.0.113.1"},
        )
    return answer


def shop(kind: type[Flask] = Flask) -> Flask:
    app = kind("shop")
    app.secret_key = secrets.token_hex(32)
    app.add_url_rule("/login", "login", lambda: ("no", 401), methods=["POST"])
    return app


def test_the_default_page_is_werkzeugs(tmp_path: Path) -> None:
    """Without a handler the page is the one that the exception itself makes."""
    answer = refused(shop(), tmp_path)
    expected = TooManyRequests(description=SENTENCE).get_response()

    assert answer.status_code == 429
    assert answer.get_data(as_text=True) == expected.get_data(as_text=True)
    assert answer.content_type == expected.content_type
    assert answer.headers.getlist("Retry-After") == ["60"]
    assert answer.headers.getlist("Cache-Control") == ["no-store"]


@pytest.mark.parametrize("what", [429, TooManyRequests, HTTPException, Exception])
def test_an_apps_handler_is_asked(what: Any, tmp_path: Path) -> None:
    """A handler for the status, the exception or a base of it renders the refusal."""
    app = shop()
    app.register_error_handler(what, own)
    answer = refused(app, tmp_path)

    assert (answer.status_code, answer.get_data(as_text=True)) == (429, OWN)
    assert answer.headers["Retry-After"] == "60"


@pytest.mark.parametrize("what", [404, ValueError])
def test_other_handlers_are_not_asked(what: Any, tmp_path: Path) -> None:
    """A handler for something else leaves the refusal's own page."""
    app = shop()
    app.register_error_handler(what, own)

    assert SENTENCE in refused(app, tmp_path).get_data(as_text=True)


def test_a_blueprints_handler_is_asked(tmp_path: Path) -> None:
    """The login view's blueprint may have a page of its own."""
    app, accounts = shop(), Blueprint("accounts", __name__)
    accounts.add_url_rule("/login", "login", lambda: ("no", 401), methods=["POST"])
    accounts.register_error_handler(429, own)
    app.register_blueprint(accounts, url_prefix="/accounts")

    assert refused(app, tmp_path, "/accounts/login").get_data(as_text=True) == OWN


@pytest.mark.parametrize("method", ["handle_http_exception", "handle_user_exception"])
def test_an_apps_own_error_handling_is_asked(method: str, tmp_path: Path) -> None:
    """An app class, or an extension such as Flask-RESTful, may replace how errors are shown."""
    replaced: Callable[..., Any] = lambda *_: own(None)  # noqa: E731  # a function on both
    of_class = refused(shop(type("Own", (Flask,), {method: replaced})), tmp_path)
    app = shop()
    setattr(app, method, replaced)

    assert of_class.get_data(as_text=True) == OWN
    assert refused(app, tmp_path).get_data(as_text=True) == OWN


def test_trapped_exceptions_are_raised(tmp_path: Path) -> None:
    """``TRAP_HTTP_EXCEPTIONS`` shows the refusal to a debugger as before."""
    app = shop()
    app.config.update(TRAP_HTTP_EXCEPTIONS=True, PROPAGATE_EXCEPTIONS=True)

    with pytest.raises(TooManyRequests):
        refused(app, tmp_path)


def test_the_wait_is_told_without_a_session(tmp_path: Path) -> None:
    """An app without a key has no session to save, and its refusal says ``Retry-After``."""
    app = shop()
    app.secret_key = None
    answer = refused(app, tmp_path)

    assert (answer.status_code, answer.headers["Retry-After"]) == (429, "60")
