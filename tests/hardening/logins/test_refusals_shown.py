"""What a refused client sees: JSON for programs, Flask-Limiter's handler, both init orders."""

from __future__ import annotations

import secrets
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from flask_limiter import Limiter, RateLimitExceeded
from flask_limiter.util import get_remote_address
from flask_login import LoginManager

from hardening import Policy, harden
from hardening.context import Context


@pytest.fixture(autouse=True)
def stopped_clock(monkeypatch: pytest.MonkeyPatch) -> None:
    """Lets no second pass between two requests."""
    monkeypatch.setattr(Context, "now", lambda _context: 1_800_000_000.0)


def shop(folder: Path, *, own: str = "none") -> Flask:
    """An app, wrapped, with a Flask-Limiter of its own from before, from after, or none."""
    app = Flask("shop", instance_path=str(folder))
    app.secret_key = secrets.token_hex(32)
    LoginManager(app)
    options: dict[str, Any] = {"default_limits": ["3/minute"], "storage_uri": "memory://"}
    if own == "before":
        Limiter(get_remote_address, app=app, **options)
    hardening = harden(app, store="memory://", policy=Policy(limit_pair="1/minute"))
    if own == "after":
        Limiter(get_remote_address, app=app, **options)
    app.add_url_rule("/login", "login", lambda: ("no", 401), methods=["POST"])
    app.add_url_rule("/page", "page", lambda: "page")
    app.add_url_rule("/report", "report", hardening.limiter.limit("2/hour")(lambda: "report"))
    return app


def refused(app: Flask, name: str = "anna", **options: Any) -> Any:
    sent = {"username": name, "password": "wrong"}
    if not options.pop("as_json", False):
        options["data"] = sent
    else:
        options["json"] = sent
    for _ in range(2):
        answer = app.test_client().post("/login", base_url="https://shop.example", **options)
    return answer


@pytest.mark.parametrize(
    "options", [{"as_json": True}, {"headers": {"Accept": "application/json, text/plain, */*"}}]
)
def test_json_for_programs(options: dict[str, Any], tmp_path: Path) -> None:
    """A client that sends JSON or asks for it gets JSON, the same for every name."""
    app = shop(tmp_path)
    answers = [refused(app, name, **dict(options)) for name in ("anna", "nobody")]

    assert answers[0].status_code == 429
    assert answers[0].get_json() == {
        "error": "too_many_requests",
        "message": "Too many attempts to log in. Please wait before you try again.",
        "retry_after": 60,
    }
    assert answers[0].data == answers[1].data
    assert answers[0].headers["Retry-After"] == "60"


def test_a_browser_that_sends_json_gets_a_page(tmp_path: Path) -> None:
    """Who says that HTML will do is shown the page."""
    answer = refused(shop(tmp_path), headers={"Accept": "text/html,application/json"})

    assert answer.content_type == "text/html; charset=utf-8"


def test_a_handler_for_flask_limiter(tmp_path: Path) -> None:
    """An app whose only handler is for `RateLimitExceeded` shows its page for us too."""
    app = shop(tmp_path)

    @app.errorhandler(RateLimitExceeded)
    def own(error: RateLimitExceeded) -> Any:
        return f"slow down: {error.description} {error.limit.limit}", 429

    answer = refused(app)

    assert answer.get_data(as_text=True).startswith("slow down: Too many attempts to log in.")
    assert answer.headers["Retry-After"] == "60"


@pytest.mark.parametrize("own", ["before", "after"])
def test_beside_an_own_limiter(own: str, tmp_path: Path) -> None:
    """Its limits hold for its pages, ours for logins and for what ours decorates."""
    app = shop(tmp_path, own=own)
    client = app.test_client()

    def get(path: str) -> int:
        return int(client.get(path, base_url="https://shop.example").status_code)

    assert refused(app).status_code == 429
    assert [get("/page") for _ in range(4)] == [200, 200, 200, 429]
    assert [get("/report") for _ in range(3)] == [200, 200, 429]
