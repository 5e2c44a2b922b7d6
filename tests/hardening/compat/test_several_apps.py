"""Several apps in one process: each keeps to itself."""

from __future__ import annotations

import gc
import secrets
import weakref
from collections.abc import Callable
from pathlib import Path

import pytest
from flask import Flask, request
from flask_login import LoginManager, UserMixin, current_user, login_user, user_logged_in
from site_app import FIREFOX, Site, build_app
from werkzeug.middleware.dispatcher import DispatcherMiddleware
from werkzeug.test import Client, TestResponse

from hardening import Hardening, harden

Make = Callable[..., Site]
BASE = "https://app.example"


class Member(UserMixin):
    """A user of several apps."""

    def __init__(self, name: str) -> None:
        self.id = name


def shared_manager_app(name: str, manager: LoginManager) -> Flask:
    """Return an app that uses a login manager which other apps use too."""
    app = Flask(name)
    app.secret_key = secrets.token_hex(32)
    manager.init_app(app)

    @app.post("/login")
    def login() -> str:
        login_user(Member(request.form["username"]), remember="remember" in request.form)
        return "welcome"

    @app.get("/who")
    def who() -> str:
        return current_user.id if current_user.is_authenticated else "nobody"

    @app.post("/logout")
    def logout() -> str:
        from flask_login import logout_user

        logout_user()
        return "bye"

    return app


@pytest.fixture
def manager() -> LoginManager:
    """A login manager for several apps."""
    made = LoginManager()
    made.user_loader(Member)
    return made


def send(client: Client, method: str, path: str, data: dict[str, str] | None = None) -> str:
    answer: TestResponse = client.open(
        path,
        method=method,
        data=data,
        base_url=BASE,
        headers={"User-Agent": FIREFOX},
        environ_overrides={"REMOTE_ADDR": "203.0.113.7"},
    )
    return answer.get_data(as_text=True)


def replay(client: Client, app: Flask) -> Client:
    """Return a client of `app` with the cookies that `client` holds."""
    copy = app.test_client()
    for cookie in client._cookies.values():
        copy.set_cookie(cookie.key, cookie.value, domain="app.example", secure=True)
    return copy


def test_one_manager_two_apps(manager: LoginManager) -> None:
    """Of two apps on one login manager the wrapped one is protected, the other one is untouched."""
    wrapped, bare = shared_manager_app("wrapped", manager), shared_manager_app("bare", manager)
    harden(wrapped, store="memory://")
    replayed = {}
    for app in (wrapped, bare, wrapped):
        owner = app.test_client()
        send(owner, "POST", "/login", {"username": "ada", "remember": "1"})
        thief = replay(owner, app)

        assert send(owner, "GET", "/who") == "ada"

        send(owner, "POST", "/logout")
        replayed[app.name] = send(thief, "GET", "/who")

    assert replayed == {"wrapped": "nobody", "bare": "ada"}


def test_one_manager_two_wrapped_apps(manager: LoginManager, tmp_path: Path) -> None:
    """Two wrapped apps with stores of their own do not see each other's sessions."""
    first, second = shared_manager_app("first", manager), shared_manager_app("second", manager)
    second.secret_key = first.secret_key
    objects = [
        harden(app, store=f"sqlite:///{tmp_path}/{app.name}.sqlite3") for app in (first, second)
    ]
    owner = first.test_client()
    send(owner, "POST", "/login", {"username": "ada"})

    assert send(owner, "GET", "/who") == "ada"
    assert send(replay(owner, second), "GET", "/who") == "nobody"
    assert [len(one.sessions.list("ada")) for one in objects] == [1, 0]


def test_one_object_many_apps(manager: LoginManager) -> None:
    """A factory may be called many times: every app works and none lets in another's session."""
    hardening = Hardening(store="memory://")
    receivers = len(user_logged_in.receivers)
    clients = []
    for number in range(20):
        app = shared_manager_app(f"app{number}", manager)
        hardening.init_app(app)
        owner = app.test_client()
        send(owner, "POST", "/login", {"username": f"user{number}"})
        clients.append((app, owner))

    for number, (app, owner) in enumerate(clients):
        stranger = clients[number - 1][1]

        assert send(owner, "GET", "/who") == f"user{number}"
        assert send(replay(stranger, app), "GET", "/who") == "nobody"
        with app.app_context():
            assert len(hardening.sessions.list(f"user{number}")) == 1

    kept = [weakref.ref(app) for app, _ in clients]
    del app, owner, stranger, clients
    gc.collect()

    # The last one may still be held by the test client's context.
    assert sum(ref() is not None for ref in kept) <= 1
    assert len(user_logged_in.receivers) <= receivers + 1


def mounted(cookies: dict[str, dict[str, str]]) -> tuple[Client, list[Site]]:
    """Return a client for two wrapped apps under prefixes, with these settings each."""
    sites = []
    for prefix, config in cookies.items():
        app, users = build_app()
        app.config.update(config, APPLICATION_NAME=prefix)
        sites.append(Site(app, users, harden(app, store="memory://")))
    mounts = {prefix: site.app for prefix, site in zip(cookies, sites, strict=True)}
    return Client(DispatcherMiddleware(Flask("front"), mounts)), sites


NAMES = {f"/{one}": {"SESSION_COOKIE_NAME": one, "REMEMBER_COOKIE_NAME": f"r{one}"} for one in "ab"}
PATHS = {
    f"/{one}": {"SESSION_COOKIE_PATH": f"/{one}", "REMEMBER_COOKIE_PATH": f"/{one}"} for one in "ab"
}
LOGIN = {"password": "correct horse battery staple", "remember": "1"}


@pytest.mark.parametrize(
    ("config", "prefix"), [(NAMES, "__Host-"), (PATHS, "__Secure-")], ids=["names", "paths"]
)
def test_two_prefixes(config: dict[str, dict[str, str]], prefix: str) -> None:
    """Apps under two prefixes keep two logins, by name or by path, and end them one by one."""
    client, sites = mounted(config)
    send(client, "POST", "/a/login", {"username": "ada", **LOGIN})
    send(client, "POST", "/b/login", {"username": "bob", **LOGIN})

    assert all(
        cookie.key.startswith((prefix, "known_device", "__Host-known_device"))
        for cookie in client._cookies.values()
    )
    assert "ada" in send(client, "GET", "/a/who")
    assert "bob" in send(client, "GET", "/b/who")

    send(client, "POST", "/a/logout")

    assert "ada" not in send(client, "GET", "/a/who")
    assert "bob" in send(client, "GET", "/b/who")
    assert [len(site.hardening.sessions.list("bob")) for site in sites if site.hardening] == [0, 1]


def test_two_prefixes_one_name() -> None:
    """Where both use one cookie, as the bare apps would, neither takes the other's for its own."""
    client, _ = mounted({"/a": {}, "/b": {}})
    send(client, "POST", "/a/login", {"username": "ada", **LOGIN})

    assert "ada" not in send(client, "GET", "/b/who")


def test_app_at_the_root_and_one_below() -> None:
    """An app below a path does not take the root app's cookie, nor the other way round."""
    root, _ = build_app()
    below, _ = build_app()
    below.config.update(PATHS["/a"])
    for app in (root, below):
        harden(app, store="memory://")
    client = Client(DispatcherMiddleware(root, {"/a": below}))
    send(client, "POST", "/login", {"username": "bob", **LOGIN})

    assert "bob" not in send(client, "GET", "/a/who")

    send(client, "POST", "/a/login", {"username": "ada", **LOGIN})

    assert "ada" in send(client, "GET", "/a/who")
    assert "bob" in send(client, "GET", "/who")
