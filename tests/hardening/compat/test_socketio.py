"""Flask-SocketIO answers in front of Flask and keeps a connection open after the request."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import pytest
import simple_websocket
from flask import Flask
from flask_login import current_user, logout_user
from flask_socketio import ConnectionRefusedError as Refused
from flask_socketio import SocketIO
from site_app import FIREFOX, Browser, Site
from werkzeug.serving import make_server

from hardening import StoreError

Make = Callable[..., Site]
OWN = {"Origin": "https://app.example", "Sec-Fetch-Site": "same-origin"}
SIBLING = {"Origin": "https://evil.app.example", "Sec-Fetch-Site": "same-site"}


class Chat:
    """A wrapped site with a Socket.IO server that only lets users in."""

    def __init__(self, make_site: Make, late: bool, **options: Any) -> None:
        self.socketio = SocketIO(async_mode="threading", cors_allowed_origins="*", **options)
        if late:
            self.site = make_site(before=self.socketio.init_app)
        else:
            self.site = make_site()
            self.socketio.init_app(self.site.app)

        @self.socketio.on("connect")
        def connect(auth: Any = None) -> None:
            if not current_user.is_authenticated:
                raise Refused("log in first")

        @self.socketio.on("who")
        def who() -> str:
            return current_user.id if current_user.is_authenticated else "nobody"

    def connect(self, browser: Browser, headers: dict[str, str] | None = None) -> Any:
        cookies = "; ".join(f"{name}={value}" for name, value in browser.cookies().items())
        sent = {"User-Agent": browser.agent, "Cookie": cookies} | (headers or OWN)
        return self.socketio.test_client(
            self.site.app, headers=sent, query_string="?EIO=4&transport=polling"
        )


@pytest.fixture(params=["wrapped last", "wrapped first"])
def chat(request: pytest.FixtureRequest, make_site: Make) -> Chat:
    """The chat, wrapped before or after Flask-SocketIO."""
    return Chat(make_site, request.param == "wrapped last")


@pytest.fixture
def sharing(make_site: Make) -> Chat:
    """A chat whose events use Flask's own session."""
    return Chat(make_site, late=True, manage_session=False)


def test_users_connect(chat: Chat) -> None:
    """Who is logged in connects, and the events know who it is; others are refused."""
    owner = chat.site.browser()

    assert not chat.connect(owner).is_connected()

    owner.login()
    client = chat.connect(owner)

    assert client.is_connected()
    assert client.emit("who", callback=True) == "ada"


def test_revoked_session_does_not_connect(chat: Chat) -> None:
    """The next connect of a session that was revoked is refused."""
    owner = chat.site.browser()
    owner.login()
    assert chat.site.hardening is not None
    chat.site.hardening.sessions.revoke_all("ada")

    assert not chat.connect(owner).is_connected()


def test_open_connection_becomes_anonymous(chat: Chat) -> None:
    """Events on a connection that was open before the logout have no user any more."""
    owner = chat.site.browser()
    owner.login()
    client = chat.connect(owner)
    owner.get("/logout")

    assert client.emit("who", callback=True) == "nobody"


@pytest.mark.parametrize("options", [{}, {"manage_session": False}])
def test_logout_in_an_event(make_site: Make, options: dict[str, Any]) -> None:
    """`logout_user` in an event ends the session that the connection was made with."""
    chat = Chat(make_site, late=True, **options)
    told: list[object] = []

    @chat.socketio.on("leave")
    def leave() -> str:
        logout_user()
        return "bye"

    owner, other = chat.site.browser(), chat.site.browser()
    owner.login(remember="1")
    other.login()
    assert chat.site.hardening is not None
    chat.site.hardening.sessions.on_revoke(lambda user_id, _: told.append(user_id))
    client = chat.connect(owner)

    assert client.emit("leave", callback=True) == "bye"
    assert client.emit("who", callback=True) == "nobody"
    assert told == ["ada"]
    assert "authn_token_revoked" in chat.site.names()
    assert owner.who() is None
    assert not chat.connect(owner).is_connected()
    assert other.who() == "ada"


def test_logout_in_an_event_while_the_store_is_down(
    chat: Chat, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The event goes on, and the session is out in this process."""

    @chat.socketio.on("leave")
    def leave() -> str:
        logout_user()
        return "bye"

    owner = chat.site.browser()
    owner.login()
    client = chat.connect(owner)
    assert chat.site.hardening is not None
    store = chat.site.hardening.wrapped().context.store

    def full(*_: object) -> bool:
        raise StoreError("full")

    monkeypatch.setattr(type(store), "delete", full)

    assert client.emit("leave", callback=True) == "bye"
    assert owner.who() is None
    assert {"store_down", "revocation_deferred"} <= set(chat.site.names())


def test_events_end_no_session(sharing: Chat) -> None:
    """Events that save Flask's own session leave the login alone."""
    owner = sharing.site.browser()
    owner.login()
    client = sharing.connect(owner)

    assert client.emit("who", callback=True) == "ada"
    assert owner.who() == "ada"


@pytest.mark.parametrize("headers", [SIBLING, {"Origin": "https://evil.example"}])
def test_sibling_page_gets_nobodys_rights(chat: Chat, headers: dict[str, str]) -> None:
    """A page of a sibling subdomain, whose requests carry the cookies, connects as nobody."""
    owner = chat.site.browser()
    owner.login()

    assert not chat.connect(owner, headers).is_connected()
    assert "malicious_csrf" in chat.site.names()
    assert owner.who() == "ada"


def test_on_revoke(chat: Chat) -> None:
    """Every way to end a session is told, with the user and the sessions."""
    told: list[tuple[Any, list[str]]] = []
    assert chat.site.hardening is not None
    sessions = chat.site.hardening.sessions

    @sessions.on_revoke
    def gone(user_id: str | int, ids: Sequence[str]) -> None:
        told.append((user_id, list(ids)))

    def fresh() -> tuple[Browser, str]:
        browser = chat.site.browser()
        browser.login()
        told.clear()
        return browser, sessions.list("ada")[-1].id

    owner, first = fresh()
    owner.get("/logout")

    assert told == [("ada", [first])]

    owner, first = fresh()
    owner.post("/clear")

    assert told == [("ada", [first])]

    owner, first = fresh()
    sessions.revoke(first)

    assert told == [("ada", [first])]

    owner, first = fresh()
    other = chat.site.browser()
    other.login()
    both = {one.id for one in sessions.list("ada")}
    sessions.revoke_all("ada")

    assert told[0][0] == "ada"
    assert set(told[0][1]) == both

    owner, first = fresh()
    chat.site.users["ada"].password_hash = "pbkdf2:sha256:1000$x$y"
    owner.who()

    assert told == [("ada", [first])]


def test_on_revoke_before_the_app(make_site: Make) -> None:
    """A callback that fails is an event and undoes nothing; the next one is called."""
    site = make_site()
    assert site.hardening is not None
    told: list[object] = []
    site.hardening.sessions.on_revoke(lambda *_: 1 / 0)
    site.hardening.sessions.on_revoke(lambda user_id, _: told.append(user_id))
    owner = site.browser()
    owner.login()
    owner.get("/logout")

    assert told == ["ada"]
    assert "on_revoke_failed" in site.names()
    assert owner.who() is None


def test_disconnecting_on_revoke(chat: Chat) -> None:
    """What the documentation shows: the connections of a session close with it."""
    connections: dict[str | None, str] = {}
    assert chat.site.hardening is not None
    sessions = chat.site.hardening.sessions

    @chat.socketio.on("join")
    def join() -> None:
        from flask import request

        connections[sessions.current()] = request.sid  # type: ignore[attr-defined]

    @sessions.on_revoke
    def close(_: str | int, ids: Sequence[str]) -> None:
        for one in ids:
            if one in connections:
                chat.socketio.server.disconnect(connections[one])

    owner = chat.site.browser()
    owner.login()
    client = chat.connect(owner)
    client.emit("join")

    assert client.is_connected()

    owner.get("/logout")

    assert not client.is_connected()


@pytest.fixture(params=["wrapped last", "wrapped first"])
def served(request: pytest.FixtureRequest, make_site: Make) -> Iterator[tuple[Chat, int]]:
    """The chat under Werkzeug's server, on plain http; yields it and its port."""

    def plain(**settings: Any) -> Site:
        return make_site(https=False, **settings)

    chat = Chat(plain, request.param == "wrapped last")
    server = make_server("127.0.0.1", 0, chat.site.app, threaded=True)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield chat, server.server_port
    server.shutdown()
    thread.join()
    server.server_close()


def cookies_of(site: Site) -> str:
    """Return the cookies of somebody who is logged in on plain http."""
    owner = site.browser(address="127.0.0.1")
    fields = {"username": "ada", "password": "correct horse battery staple"}
    owner.post("/login", fields, base_url="http://app.example")
    return "; ".join(f"{name}={value}" for name, value in owner.cookies().items())


def talk(port: int, headers: dict[str, str]) -> str:
    """Open a real WebSocket to Socket.IO; return the first packet after "connect"."""
    client = simple_websocket.Client(
        f"ws://127.0.0.1:{port}/socket.io/?EIO=4&transport=websocket",
        headers={"User-Agent": FIREFOX} | headers,
    )
    # Not after the first packet: where that comes together with the handshake's answer, this
    # client hands it out only when more has arrived.
    client.send("40")
    answer = str(client.receive(timeout=20))
    while answer.startswith("0"):
        answer = str(client.receive(timeout=20))
    client.close()
    return answer


def test_real_websocket(served: tuple[Chat, int]) -> None:
    """A page of the site connects; one of another site does not, with the same cookies."""
    chat, port = served
    cookies = cookies_of(chat.site)
    own = {"Cookie": cookies, "Origin": "http://127.0.0.1"}  # as this client's Host: no port
    other = {"Cookie": cookies, "Origin": "http://evil.example"}

    assert talk(port, own).startswith('40{"sid"')
    assert "log in first" in talk(port, other)

    assert chat.site.hardening is not None
    chat.site.hardening.sessions.revoke_all("ada")

    assert "log in first" in talk(port, own)


def test_flask_websocket_is_refused(make_site: Make) -> None:
    """A WebSocket that a view serves is refused with 403 when another site opens it."""

    def view(app: Flask) -> None:
        app.add_url_rule("/ws", view_func=lambda: "upgraded", endpoint="ws", websocket=True)

    site = make_site(before=view)
    upgrade = {"Upgrade": "websocket", "Connection": "Upgrade"}

    assert site.browser().get("/ws", headers=upgrade | SIBLING).status_code == 403
    assert site.browser().get("/ws", headers=upgrade | OWN).status_code == 200
