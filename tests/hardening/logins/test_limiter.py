"""The Flask-Limiter for the app's own views."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from flask import Blueprint, Flask
from flask_limiter import RateLimitExceeded

from hardening.errors import StoreError
from hardening.logins.limiter import make_limiter
from hardening.storage.base import Store
from hardening.storage.memory import MemoryStore
from hardening.storage.sqlite import SqliteStore

HERE = {"REMOTE_ADDR": "203.0.113.1"}


def get(site: Any, path: str, address: str = "203.0.113.1") -> int:
    return int(site.client().get(path, environ_base={"REMOTE_ADDR": address}).status_code)


def add(site: Any, path: str, view: Callable[[], Any]) -> None:
    # As for an app that decorates a view lazily: Flask takes no new rule after its first
    # request, but the function of a known one can be replaced.
    site.app.view_functions[path.strip("/")] = view


@pytest.fixture
def pages(site: Any) -> Any:
    """The same app with two more pages, after it has served requests."""
    for name in ("a", "b"):
        site.app.add_url_rule(f"/{name}", name, lambda: "page")
    assert get(site, "/a") == 200
    return site


def test_a_limit_on_one_view(pages: Any) -> None:
    """A decorated view is limited for each client, also if it is decorated late; another view
    is not touched."""
    limiter = make_limiter(pages.context)
    add(pages, "/a", limiter.limit("2/hour")(lambda: "page"))

    assert [get(pages, "/a") for _ in range(3)] == [200, 200, 429]
    assert get(pages, "/a", "203.0.113.2") == 200
    assert {get(pages, "/b") for _ in range(5)} == {200}


def test_it_hooks_nothing(pages: Any) -> None:
    """The app's own lists of functions are as before."""
    before = {name: list(found) for name, found in pages.app.before_request_funcs.items()}
    after = {name: list(found) for name, found in pages.app.after_request_funcs.items()}
    make_limiter(pages.context)

    assert before == pages.app.before_request_funcs
    assert after == pages.app.after_request_funcs


def test_the_apps_own_handler(pages: Any) -> None:
    """A breach is Flask-Limiter's exception, so that a handler for it works."""
    limiter = make_limiter(pages.context)
    add(pages, "/a", limiter.limit("1/hour")(lambda: "page"))
    pages.app.error_handler_spec[None][429][RateLimitExceeded] = lambda error: ("slow down", 418)

    assert [get(pages, "/a") for _ in range(2)] == [200, 418]


def test_one_ipv6_customer(pages: Any) -> None:
    """Its clients are the networks that the throttle counts."""
    limiter = make_limiter(pages.context)
    add(pages, "/a", limiter.limit("1/hour")(lambda: "page"))

    assert get(pages, "/a", "2001:db8::1") == 200
    assert get(pages, "/a", "2001:db8::2") == 429


def test_a_hidden_client_is_counted(pages: Any) -> None:
    """Clients whose address is hidden share one budget; an empty key would mean none."""
    limiter = make_limiter(pages.context)
    add(pages, "/a", limiter.limit("1/hour")(lambda: "page"))
    hidden = {"REMOTE_ADDR": "10.0.0.1", "HTTP_X_FORWARDED_FOR": "10.1.1.1"}
    statuses = [pages.client().get("/a", environ_base=hidden).status_code for _ in range(2)]

    assert statuses == [200, 429]


def test_a_blueprint(new_app: Callable[[], Flask], wrapped: Callable[..., Any]) -> None:
    """All views of a limited blueprint are limited, those beside it are not."""
    app = new_app()
    site = wrapped(app, MemoryStore())
    limiter = make_limiter(site.context)
    blueprint = Blueprint("api", __name__)
    blueprint.add_url_rule("/in", "in", lambda: "page")
    app.register_blueprint(blueprint)
    app.add_url_rule("/out", "out", lambda: "page")
    limiter.limit("2/hour")(blueprint)

    assert [get(site, "/in") for _ in range(3)] == [200, 200, 429]
    assert {get(site, "/out") for _ in range(4)} == {200}


def test_conditional_deductions(pages: Any) -> None:
    """`deduct_when` works: only what it names is counted."""
    limiter = make_limiter(pages.context)
    codes = iter([200, 200, 404, 404, 404])
    limited = limiter.limit("2/hour", deduct_when=lambda response: response.status_code == 404)
    add(pages, "/a", limited(lambda: ("page", next(codes))))

    assert [get(pages, "/a") for _ in range(5)] == [200, 200, 404, 404, 429]


def test_headers_if_asked_for(pages: Any) -> None:
    """Flask-Limiter's own switch for headers is honoured."""
    pages.app.config["RATELIMIT_HEADERS_ENABLED"] = True
    limiter = make_limiter(pages.context)
    add(pages, "/a", limiter.limit("2/hour")(lambda: "page"))
    answer = pages.client().get("/a", environ_base=HERE)

    assert answer.headers["X-RateLimit-Remaining"] == "1"
    assert "X-RateLimit-Remaining" not in pages.client().get("/b", environ_base=HERE).headers


def test_workers_share_it(
    new_app: Callable[[], Flask], wrapped: Callable[..., Any], tmp_path: Path
) -> None:
    """Two processes' limiters on one file count together."""
    statuses = []
    for _ in range(2):
        app = new_app()
        site = wrapped(app, SqliteStore(tmp_path / "s.sqlite3"))
        limiter = make_limiter(site.context)
        app.add_url_rule("/a", "a", limiter.limit("1/hour")(page))
        statuses.append(get(site, "/a"))

    assert statuses == [200, 429]


def page() -> str:
    return "page"


def test_another_limiters_settings_are_not_taken(pages: Any) -> None:
    """The defaults and the storage of the app's own Flask-Limiter are left to it."""
    pages.app.config["RATELIMIT_DEFAULT"] = "1/hour"
    pages.app.config["RATELIMIT_STORAGE_URI"] = "redis://nowhere.invalid"
    limiter = make_limiter(pages.context)
    add(pages, "/a", limiter.limit("3/hour")(lambda: "page"))

    assert [get(pages, "/a") for _ in range(4)] == [200, 200, 200, 429]


def test_a_store_that_is_down(pages: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """Limits of this process take over."""

    def fail(*_: object) -> None:
        raise StoreError("down")

    limiter = make_limiter(pages.context)
    add(pages, "/a", limiter.limit("2/hour")(lambda: "page"))
    monkeypatch.setattr(type(pages.store), "reserve", fail)
    monkeypatch.setattr(type(pages.store), "counted", fail)

    assert [get(pages, "/a") for _ in range(3)] == [200, 200, 429]


def test_counted(store: Store) -> None:
    """What a counter holds can be read without taking from it."""
    from hardening.storage.base import Claim

    store.reserve([Claim(b"k", 5, 60)] * 3, 100.0)

    assert store.counted(b"k", 120.0) == (3, 160.0)
    assert store.counted(b"k", 160.0) == (0, 160.0)
    assert store.counted(b"none", 7.0) == (0, 7.0)
