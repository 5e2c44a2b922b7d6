"""A tiny wrapped app: the throttle's two steps around real views, with a clock to turn."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from flask import Flask, Response, abort, request
from flask.testing import FlaskClient
from flask_login import (
    LoginManager,
    UserMixin,
    user_logged_in,
    user_login_confirmed,
)

from hardening import events
from hardening.client import ClientReader
from hardening.context import Context
from hardening.logins.detect import Endpoints
from hardening.logins.throttle import Throttle
from hardening.policy import Mode, Policy
from hardening.state import ENVIRON_KEY, PasswordCheck, State, state_of
from hardening.storage.base import Store
from hardening.storage.memory import MemoryStore
from hardening.storage.sqlite import SqliteStore

PASSWORDS = {"anna": "right", "bert": "own", "mallory": "own"}


class User(UserMixin):
    def __init__(self, name: str) -> None:
        self.id = f"id-{name}"
        self.username = name
        self.email = f"{name}@example.org"
        self.active = True

    @property
    def is_active(self) -> bool:
        return self.active


class Clock:
    def __init__(self) -> None:
        self.now = 1_000_000.0

    def __call__(self) -> float:
        return self.now


@dataclass
class Site:
    """One app with a throttle, and what a test looks at."""

    app: Flask
    context: Context
    store: Store
    clock: Clock
    endpoints: Endpoints
    throttle: Throttle
    users: dict[str, User]
    events: list[tuple[str, dict[str, Any]]] = field(default_factory=list)
    reached: list[str] = field(default_factory=list)
    """The passwords that views compared."""

    def client(self) -> FlaskClient:
        return self.app.test_client()

    def correct(self, name: str, password: str) -> bool:
        """The app's own comparison, in a way that nothing can see."""
        self.reached.append(password)
        return PASSWORDS.get(name) == password

    def checked(self, name: str, password: str) -> bool:
        """The same through a function that the wrapper adopted."""
        state = state_of(request)
        assert state is not None
        ok = self.correct(name, password)
        state.checks.append(PasswordCheck("stored", password, ok))
        return ok

    def named(self, event: str) -> list[dict[str, Any]]:
        return [details for name, details in self.events if name == event]

    def post(
        self,
        name: str = "anna",
        password: str = "wrong",
        *,
        address: str = "203.0.113.1",
        client: FlaskClient | None = None,
        path: str = "/login",
        **options: Any,
    ) -> Any:
        if not {"data", "json"} & set(options):
            options["data"] = {"username": name, "password": password}
        options.setdefault("environ_base", {"REMOTE_ADDR": address})
        return (client or self.client()).post(path, **options)


def wrap(app: Flask, store: Store, *, policy: Policy | None = None, mode: Mode = "enforce") -> Site:
    """Wrap `app` as the extension does, with the throttle alone."""
    manager = getattr(app, "login_manager", None) or LoginManager(app)
    users = {name: User(name) for name in PASSWORDS}
    manager.user_loader(
        lambda wanted: next((user for user in users.values() if user.get_id() == wanted), None)
    )
    context = Context(app, policy or Policy(), mode, lambda: store)
    endpoints = Endpoints(context)
    clock = Clock()
    site = Site(app, context, store, clock, endpoints, Throttle(context, endpoints, clock), users)
    reader = ClientReader(context.policy.trusted_proxies)

    @app.before_request
    def judge() -> None:
        state = State(reader.read(request.environ), cookies_secured=request.is_secure)
        from flask import session

        state.user_id_at_open = session.get("_user_id")
        request.environ[ENVIRON_KEY] = state
        refusal = site.throttle.before(request, state)
        if refusal is not None:
            context.report(refusal.event, refusal.level, **dict(refusal.details))
            if context.enforcing:
                state.extra_headers += refusal.headers
                abort(refusal.status, refusal.reason)

    @app.after_request
    def settle(response: Response) -> Response:
        state = state_of(request)
        assert state is not None
        response.headers.extend(state.extra_headers)
        site.throttle.after(request, state, response)
        return response

    def logged_in(_: Flask, user: Any, **__: Any) -> None:
        state = state_of(request)
        assert state is not None
        state.logged_in = user

    def confirmed(_: Flask, **__: Any) -> None:
        state = state_of(request)
        assert state is not None
        state.confirmed = True

    user_logged_in.connect(logged_in, app, weak=False)
    user_login_confirmed.connect(confirmed, app, weak=False)
    events.event.connect(
        lambda _, name, details, **__: site.events.append((name, dict(details))), app, weak=False
    )
    return site


@pytest.fixture(params=["memory", "sqlite"])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Store]:
    made: Store = (
        MemoryStore() if request.param == "memory" else SqliteStore(tmp_path / "s.sqlite3")
    )
    yield made
    made.close()


@pytest.fixture
def new_app() -> Callable[[], Flask]:
    """Returns a function that makes an app with a login manager and no view."""

    def make() -> Flask:
        app = Flask("shop")
        app.secret_key = "0f" * 32
        LoginManager(app)
        return app

    return make


@pytest.fixture
def wrapped() -> Callable[..., Site]:
    """Returns `wrap`, for tests that bring an app of their own."""
    return wrap


@pytest.fixture
def site(store: Store, new_app: Callable[[], Flask], wrapped: Callable[..., Site]) -> Site:
    """An app whose login view re-renders its form with status 200 when the password is wrong."""
    return simple(new_app(), store, wrapped)


@pytest.fixture
def simple_site(
    store: Store, new_app: Callable[[], Flask], wrapped: Callable[..., Site]
) -> Callable[..., Site]:
    """Returns a function that makes the same app with a policy, a mode or another store."""

    def make(*, store: Store = store, **options: Any) -> Site:
        return simple(new_app(), store, wrapped, **options)

    return make


def simple(app: Flask, store: Store, wrapped: Callable[..., Site], **options: Any) -> Site:
    from flask_login import login_user

    made: list[Site] = []

    @app.route("/login", methods=["GET", "POST", "PUT"])
    def login() -> Any:
        name, password = request.values.get("username", ""), request.values.get("password", "")
        if request.method != "GET" and made[0].correct(name, password):
            login_user(made[0].users[name])
            return "welcome"
        return "the form"

    app.login_manager.login_view = "login"  # type: ignore[attr-defined]  # set by Flask-Login
    made.append(wrapped(app, store, **options))
    return made[0]
