"""Logins refused before Flask sees them: the same answer, byte for byte, or none at all.

"At the door" is the quick way, "inside" the one through Flask, which a request takes that a test
client would look at afterwards. A clock that stands still lets both be asked the same.
"""

from __future__ import annotations

import json
import logging
import random
import secrets
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from io import BytesIO, StringIO
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import pytest
import werkzeug.security
from flask import Blueprint, Flask, Request, Response, request, request_started
from flask.logging import wsgi_errors_stream
from flask_login import LoginManager, UserMixin, login_user
from redis_servers import IN_MEMORY, server
from werkzeug.exceptions import TooManyRequests
from werkzeug.middleware.proxy_fix import ProxyFix
from werkzeug.security import check_password_hash, generate_password_hash

from hardening import Hardening, Policy, events
from hardening.context import Context
from hardening.hooks.door import KEPT_S, MOST_BODY_BYTES, MOST_KEPT

PASSWORD = "correct horse battery staple"
HASH = generate_password_hash(PASSWORD, "pbkdf2:sha256:1000")
FORM = "application/x-www-form-urlencoded"
BROWSER = {
    "HTTP_HOST": "shop.example",
    "HTTP_ACCEPT": "text/html,*/*;q=0.8",
    "HTTP_SEC_FETCH_SITE": "same-origin",
    "HTTP_ORIGIN": "https://shop.example",
    "REMOTE_ADDR": "203.0.113.7",
    "SERVER_NAME": "shop.example",
    "SERVER_PORT": "443",
    "SERVER_PROTOCOL": "HTTP/1.1",
    "wsgi.url_scheme": "https",
    "SCRIPT_NAME": "",
    "QUERY_STRING": "",
}
INSIDE = {"werkzeug.debug.preserve_context": lambda _: None}


class User(UserMixin):
    def __init__(self, name: str) -> None:
        self.id = name
        self.password_hash = HASH


@dataclass
class Told:
    """What a request was answered, and what happened."""

    status: str
    headers: list[tuple[str, str]]
    body: bytes
    events: list[dict[str, Any]]
    """The lines that were written."""
    inside: bool = field(compare=False)
    """Whether Flask has seen it."""
    cookies: str = field(compare=False)


@contextmanager
def written_to(handlers: list[logging.Handler]) -> Iterator[None]:
    """Let events go to these handlers alone: pytest's own could look at a request."""
    logger = logging.getLogger("hardening.events")
    before = logger.handlers, logger.propagate
    logger.handlers, logger.propagate = handlers, False
    try:
        yield
    finally:
        logger.handlers, logger.propagate = before


@dataclass
class Shop:
    """A wrapped app, with a clock to turn."""

    app: Flask
    hardening: Hardening
    now: list[float]
    forms: list[dict[str, str]] = field(default_factory=list)
    """What the view was sent."""
    handlers: list[logging.Handler] = field(default_factory=list)
    """Where events are written to, besides what a test looks at."""

    def ask(self, body: bytes, **environ: Any) -> Told:
        """Send one POST to the login."""
        sent: dict[str, Any] = {
            **BROWSER,
            "REQUEST_METHOD": "POST",
            "PATH_INFO": "/login",
            "CONTENT_TYPE": FORM,
            "CONTENT_LENGTH": str(len(body)),
            "wsgi.input": BytesIO(body),
            "wsgi.errors": BytesIO(),
            **environ,
        }
        sent = {key: value for key, value in sent.items() if value is not None}
        started: list[Any] = []

        def start(status: str, headers: list[tuple[str, str]], *_: Any) -> None:
            started[:] = status, list(headers)

        lines = StringIO()
        with written_to([logging.StreamHandler(lines), *self.handlers]):
            result = self.app.wsgi_app(sent, start)
        answer = b"".join(result)
        getattr(result, "close", lambda: None)()
        seen = [json.loads(line) for line in lines.getvalue().splitlines()]
        for line in seen:
            del line["datetime"]
        cookies = [value for name, value in started[1] if name == "Set-Cookie"]
        jar = "; ".join(cookie.partition(";")[0] for cookie in cookies)
        return Told(*started, answer, seen, "werkzeug.request" in sent, jar)

    def login(self, name: str = "anna", password: str = "wrong", **environ: Any) -> Told:
        return self.ask(urlencode({"username": name, "password": password}).encode(), **environ)

    def lock(self, times: int = 6, **options: Any) -> None:
        """Fail until every further attempt is refused, at the door if possible."""
        for _ in range(times):
            self.login(**options)

    def both(self, body: bytes, **environ: Any) -> Told:
        """Send the same to both ways, the quick one first, and hold them to the same answer."""
        door = self.ask(body, **environ)
        inside = self.ask(body, **environ, **INSIDE)
        assert inside.inside
        assert door == inside
        assert door.status.startswith("429")
        return door


Make = Callable[..., Shop]


@pytest.fixture
def make(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Make:
    """Returns a function that makes a shop; all of them share one clock and one key."""
    now = [1_900_000_000.0]
    monkeypatch.setattr(Context, "now", lambda _: now[0])
    key = secrets.token_hex(32)

    def build(
        *,
        kind: type[Flask] = Flask,
        before: Callable[[Flask], object] = lambda _: None,
        after: Callable[[Flask], object] = lambda _: None,
        store: str = "memory://",
        mode: Any = None,
        **settings: Any,
    ) -> Shop:
        app = kind("shop", instance_path=str(tmp_path))
        app.secret_key = key
        users = {name: User(name) for name in ("anna", "bert")}
        manager = LoginManager(app)
        manager.login_view = "login"
        manager.user_loader(users.get)
        forms: list[dict[str, str]] = []

        @app.post("/login")
        def login() -> tuple[str, int]:
            sent = request.get_json() if request.is_json else request.form.to_dict()
            forms.append(sent)
            user = users.get(sent["username"])
            if user is None or not check_password_hash(user.password_hash, sent["password"]):
                return "no", 401
            login_user(user)
            return "yes", 200

        before(app)
        settings = {"guards": {"timing": False}, **settings}
        hardening = Hardening(app, store=store, mode=mode, policy=Policy(**settings))
        after(app)
        return Shop(app, hardening, now, forms)

    return build


@pytest.fixture(params=["memory://", "sqlite:///s.sqlite3"])
def shop(request: pytest.FixtureRequest, make: Make) -> Shop:
    """A shop that refuses anna's logins."""
    made = make(store=request.param)
    made.lock()
    return made


class TestTheSame:
    """The answer and the event are those that Flask's way would have given."""

    def test_page(self, shop: Shop) -> None:
        """A page for browsers."""
        told = shop.both(b"username=anna&password=wrong")

        assert not told.inside
        assert ("Retry-After", "60") in told.headers
        assert [line["event"] for line in told.events] == ["excess_rate_limit_exceeded"]

    def test_time_goes_on(self, shop: Shop) -> None:
        """How long to wait is worked out each time."""
        shop.now[0] += 0.9
        told = shop.both(b"username=anna&password=wrong")
        assert not told.inside
        shop.now[0] += 30
        shop.login()
        later = shop.both(b"username=anna&password=wrong")

        assert not later.inside
        assert ("Retry-After", "30") in later.headers

    @pytest.mark.parametrize("accept", ["application/json", "*/*", None])
    def test_json(self, shop: Shop, accept: str | None) -> None:
        """JSON for a client that asks for it, or sends it."""
        body = json.dumps({"username": "anna", "password": "wrong"}).encode()
        kind = {"CONTENT_TYPE": "application/json", "HTTP_ACCEPT": accept}
        assert shop.both(body, **kind).inside  # the first of its shape
        told = shop.both(body, **kind)

        assert not told.inside
        assert json.loads(told.body)["retry_after"] == 60

    def test_unknown_name(self, make: Make) -> None:
        """A name that does not exist is refused with the same bytes as one that does."""
        shop = make()
        shop.lock()
        shop.lock(name="nobody", REMOTE_ADDR="203.0.113.8")
        known = shop.both(b"username=anna&password=wrong")
        unknown = shop.both(b"username=nobody&password=wrong", REMOTE_ADDR="203.0.113.8")

        assert not known.inside
        assert not unknown.inside
        assert (known.status, known.headers, known.body) == (
            unknown.status,
            unknown.headers,
            unknown.body,
        )

    def test_by_account(self, make: Make) -> None:
        """An account that was tried from everywhere."""
        shop = make(limit_account="5/hour")
        for number in range(7):
            shop.login(REMOTE_ADDR=f"198.51.100.{number}")
        told = shop.both(b"username=anna&password=wrong", REMOTE_ADDR="198.51.100.77")

        assert not told.inside
        assert told.events[0]["limit"] == "account"

    def test_by_address(self, make: Make) -> None:
        """A network that tries every name."""
        shop = make(limit_address="5/minute")
        for number in range(7):
            shop.login(f"name{number}")
        told = shop.both(b"username=another&password=wrong")

        assert not told.inside
        assert told.events[0]["limit"] == "address"

    def test_stopped(self, make: Make) -> None:
        """After a hundred failures only an unlock helps; that is an event of its own."""
        shop = make(limit_pair="1000/minute", limit_address="1000/minute")
        for number in range(102):
            shop.now[0] += 1000 if number > 9 else 0  # the free ones within an hour
            shop.login()
        told = shop.both(b"username=anna&password=wrong")

        assert not told.inside
        assert told.events[0]["event"] == "authn_login_lock"

    def test_any_request(self, make: Make) -> None:
        """Whatever else a request brings, both ways answer alike."""
        shop = make(limit_address="5/minute", https=False)
        shop.lock(8)
        draw = random.Random(8)
        choices: dict[str, list[Any]] = {
            "HTTP_ACCEPT": [None, "text/html", "application/json", "*/*"],
            "HTTP_HOST": ["shop.example", "other.example:8080", "localhost", None],
            "HTTP_SEC_FETCH_SITE": ["same-origin", "none", "cross-site", "same-site", None],
            "HTTP_ORIGIN": [None, "https://shop.example", "https://evil.example", "null"],
            "HTTP_COOKIE": [None, "theme=dark", "session=x", "known_device=1.2.3"],
            "HTTP_USER_AGENT": [None, "curl/8", "Mozilla/5.0"],
            "HTTP_X_FORWARDED_FOR": [None, None, "198.51.100.9"],
            "HTTP_X_FORWARDED_PROTO": [None, None, "https", "http"],
            "HTTP_AUTHORIZATION": [None, None, "Basic YW5uYTp3cm9uZw==", "Bearer x"],
            "HTTP_X_HTTP_METHOD_OVERRIDE": [None, None, "PUT"],
            "QUERY_STRING": ["", "", "next=/a", "username=bert"],
            "SCRIPT_NAME": ["", "/shop"],
            "REMOTE_ADDR": ["203.0.113.7", "203.0.113.7", "10.0.0.1", "127.0.0.1", ""],
            "wsgi.url_scheme": ["https", "https", "http"],
            "CONTENT_TYPE": [
                FORM,
                f"{FORM}; charset=utf-8",
                "application/json",
                "text/plain",
                None,
            ],
        }
        bodies = [
            b"username=anna&password=wrong",
            b"email=Anna%20&user=BERT&pw=1",
            b"username=%EF%BD%81nna&password=wrong",
            b"username=anna&password=",
            b"username=&password=wrong",
            b"a=b&password=x&" + b"&".join(b"user%d=%d" % (i, i) for i in range(12)),
            b'{"username": "anna", "password": "x"}',
            b'{"user": {"email": "\xc3\xa4@b.c"}, "password": 1}',
            b"[" * 2000,
            b"",
        ]
        at_the_door = 0
        for _ in range(250):
            environ = {name: draw.choice(values) for name, values in choices.items()}
            if draw.random() < 0.8:  # mostly what browsers send, with a few things changed
                kept = draw.sample(sorted(choices), 12)
                environ = {name: value for name, value in environ.items() if name not in kept}
            body = draw.choice(bodies[:3]) if draw.random() < 0.5 else draw.choice(bodies)
            inside = shop.ask(body, **environ, **INSIDE)
            if inside.status[:3] in ("429", "403"):  # nothing is counted, so it stays like that
                assert shop.ask(body, **environ) == inside, environ
                again = shop.ask(body, **environ)
                assert again == inside, environ
                at_the_door += not again.inside
        assert at_the_door > 60


class TestLifted:
    """What lifts a limit is in force at the next attempt."""

    def test_unlock(self, shop: Shop) -> None:
        """An operator's unlock."""
        shop.hardening.logins.unlock("anna")
        shop.now[0] += 1  # as long as an unlock of a pair may go unseen
        told = shop.login(password=PASSWORD)

        assert told.status.startswith("200")

    def test_unlock_elsewhere(self, make: Make) -> None:
        """An unlock in another process of the same store."""
        shop = make(store="sqlite:///s.sqlite3", limit_account="5/hour")
        for number in range(7):
            shop.login(REMOTE_ADDR=f"198.51.100.{number}")
        assert not shop.login(REMOTE_ADDR="198.51.100.77").inside
        make(store="sqlite:///s.sqlite3", limit_account="5/hour").hardening.logins.unlock("anna")

        assert shop.login(password=PASSWORD, REMOTE_ADDR="198.51.100.77").status.startswith("200")

    def test_new_password(self, make: Make) -> None:
        """A password that was set anew lets the next attempt reach its check."""

        def resets(app: Flask) -> None:
            @app.post("/reset")
            def reset() -> str:
                werkzeug.security.generate_password_hash(PASSWORD)
                return "done"

        shop = make(after=resets)
        shop.lock()
        assert not shop.login().inside
        shop.ask(b"password=x", PATH_INFO="/reset")
        shop.now[0] += 0.1

        assert shop.login().inside

    def test_its_end(self, shop: Shop) -> None:
        """The window's end; the body that was looked at reaches the view whole."""
        for _ in range(60):
            shop.now[0] += 1
            shop.login()  # its shape is known all the time
        count = len(shop.forms)
        told = shop.login(password=PASSWORD)

        assert told.status.startswith("200")
        assert shop.forms[count:] == [{"username": "anna", "password": PASSWORD}]

    def test_known_device(self, make: Make) -> None:
        """The owner's own browser has a budget of its own."""
        shop = make()
        jar = shop.login(password=PASSWORD).cookies
        shop.lock(7)
        assert not shop.login().inside

        assert shop.login(password=PASSWORD, HTTP_COOKIE=jar).status.startswith("200")

    def test_another_account(self, shop: Shop) -> None:
        """Others log in from elsewhere, and nothing of their form is lost."""
        told = shop.login("bert", PASSWORD, REMOTE_ADDR="203.0.113.99")

        assert told.status.startswith("200")
        assert shop.forms[-1] == {"username": "bert", "password": PASSWORD}


def hooked(app: Flask) -> None:
    app.after_request(lambda response: response)


def torn(app: Flask) -> None:
    app.teardown_request(lambda _: None)


def torn_down(app: Flask) -> None:
    app.teardown_appcontext(lambda _: None)


def preprocessed(app: Flask) -> None:
    app.url_value_preprocessor(lambda _endpoint, _values: None)


def handled(app: Flask) -> None:
    app.register_error_handler(429, lambda _: ("ours", 429))


def handled_by_kind(app: Flask) -> None:
    app.register_error_handler(Exception, lambda error: TooManyRequests().get_response())


def in_a_blueprint(app: Flask) -> None:
    pages = Blueprint("pages", "pages")
    pages.after_request(lambda response: response)
    app.register_blueprint(pages)


def middleware(app: Flask) -> None:
    app.wsgi_app = ProxyFix(app.wsgi_app)  # type: ignore[method-assign]  # as its documentation does


def patched(app: Flask) -> None:
    original = app.full_dispatch_request
    app.full_dispatch_request = lambda: original()  # type: ignore[method-assign]  # as profilers do


class Own(Flask):
    def process_response(self, response: Response) -> Response:
        return super().process_response(response)


class OwnRequest(Request):
    pass


class WithOwnRequest(Flask):
    request_class = OwnRequest


class TestTheAppHasASay:
    """Where the app could notice the difference, every attempt goes through Flask."""

    @pytest.mark.parametrize(
        "before",
        [
            hooked,
            torn,
            torn_down,
            preprocessed,
            handled,
            handled_by_kind,
            in_a_blueprint,
            middleware,
            patched,
        ],
    )
    def test_hooks(self, make: Make, before: Callable[[Flask], None]) -> None:
        """Functions around a request, error handlers, middlewares between Flask and us."""
        shop = make(before=before)
        shop.lock()
        told = shop.login()

        assert told.inside
        assert told.status.startswith("429")

    @pytest.mark.parametrize("kind", [Own, WithOwnRequest])
    def test_classes(self, make: Make, kind: type[Flask]) -> None:
        """An app class or a request class of its own."""
        shop = make(kind=kind)
        shop.lock()

        assert shop.login().inside

    def test_signals(self, make: Make) -> None:
        """Somebody who listens to Flask's signals hears every request."""
        shop = make()
        heard: list[object] = []
        with request_started.connected_to(lambda *_, **__: heard.append(1), shop.app):
            shop.lock(8)

        assert len(heard) == 8

    @pytest.mark.parametrize("name", [None, "excess_rate_limit_exceeded", "authn_login_fail"])
    def test_who_hears_the_event(self, make: Make, name: str | None) -> None:
        """Who listens to a refusal's event may look at the request while it is sent."""
        shop = make()
        shop.lock()
        paths: list[str] = []

        def hear(*_: object, **__: object) -> None:
            paths.append(request.path)

        channel = events.event if name is None else events.signal(name)
        with channel.connected_to(hear, shop.app):
            told = shop.login()

        assert told.inside == (name != "authn_login_fail")
        assert paths == (["/login"] if told.inside else [])

    @pytest.mark.parametrize("what", ["formatter", "filter", "handler", "stream", "logger"])
    def test_how_events_are_written(
        self, make: Make, what: str, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """A part of the app's on the way to the log may add what the request says."""

        class OwnFormatter(logging.Formatter):
            pass

        class OwnHandler(logging.NullHandler):
            pass

        logger = logging.getLogger("hardening.events")
        handler = OwnHandler() if what == "handler" else logging.StreamHandler(StringIO())
        if what == "stream":
            handler = logging.StreamHandler(wsgi_errors_stream)
            monkeypatch.setattr("sys.stderr", StringIO())
        if what == "formatter":
            handler.setFormatter(OwnFormatter())
        if what == "filter":
            handler.addFilter(lambda record: True)
        if what == "logger":
            monkeypatch.setattr(logger, "filters", [lambda record: True])
        shop = make()
        shop.handlers.append(handler)
        shop.lock(**{"wsgi.errors": StringIO()})

        assert shop.login(**{"wsgi.errors": StringIO()}).inside

    def test_the_libraries_own_parts(self, make: Make) -> None:
        """What `logging` brings along looks at nothing but the record."""
        handler = logging.StreamHandler(StringIO())
        handler.setFormatter(logging.Formatter("%(message)s"))
        handler.addFilter(logging.Filter("hardening"))
        shop = make()
        shop.handlers.append(handler)
        shop.lock()

        assert not shop.login().inside

    @pytest.mark.parametrize("setting", ["DEBUG", "TESTING"])
    def test_development(self, make: Make, setting: str) -> None:
        """A debug server and a test suite see requests as they are used to."""
        shop = make(after=lambda app: app.config.update({setting: True}))
        shop.lock()

        assert shop.login().inside

    def test_observing(self, make: Make) -> None:
        """While observing nothing is refused."""
        shop = make(mode="observe")
        shop.lock()

        assert shop.login().status.startswith("401")

    def test_before_request_functions(self, make: Make) -> None:
        """Those of the app do not run for a refused login, on either way."""
        ran: list[int] = []
        shop = make(before=lambda app: app.before_request(lambda: ran.append(1)))
        shop.lock(5)
        before = len(ran)
        shop.lock(3)

        assert not shop.login().inside
        assert len(ran) == before

    def test_a_middleware_around_us(self, make: Make) -> None:
        """One that was put there after the wrap sees every request, and what it says counts."""
        shop = make(after=middleware, trusted_proxies=None)
        shop.lock(HTTP_X_FORWARDED_FOR="198.51.100.1")

        assert not shop.login(HTTP_X_FORWARDED_FOR="198.51.100.1").inside
        assert shop.login(HTTP_X_FORWARDED_FOR="198.51.100.2").status.startswith("401")


class TestWhatGoesOn:
    """What the door does not know for sure."""

    @pytest.mark.parametrize(
        "strange",
        [
            {"HTTP_COOKIE": "__Host-session=x"},
            {"HTTP_COOKIE": "remember_token=x"},
            {"HTTP_COOKIE": "__Host-known_device=x"},
            {"HTTP_AUTHORIZATION": "Basic x"},
            {"HTTP_SEC_FETCH_SITE": "cross-site"},
            {"HTTP_SEC_FETCH_SITE": None},
            {"QUERY_STRING": "next=/"},
            {"REQUEST_METHOD": "PUT"},
            {"CONTENT_TYPE": "text/plain"},
            {"HTTP_UPGRADE": "websocket"},
        ],
    )
    def test_more_than_a_login(self, shop: Shop, strange: dict[str, Any]) -> None:
        """Cookies of ours, credentials, another site, a query."""
        assert not shop.login().inside
        for _ in range(2):
            assert shop.login(**strange).inside

    def test_large(self, shop: Shop) -> None:
        """A body that is no login's is not read at the door."""
        pad = "x" * MOST_BODY_BYTES

        assert shop.ask(f"username=anna&password=wrong&pad={pad}".encode()).inside

    def test_cut_off(self, shop: Shop) -> None:
        """A body that ends too early is the app's to judge, with what there is."""
        told = shop.login(CONTENT_LENGTH="500")

        assert told.inside
        assert told == shop.login(CONTENT_LENGTH="500", **INSIDE)

    def test_a_connection_that_breaks(self, shop: Shop) -> None:
        """What the server raises while the body is read, it raises in the app."""

        class Breaks(BytesIO):
            def read(self, size: int | None = -1) -> bytes:
                part = super().read(4)
                if not part:
                    raise OSError("gone")
                return part

        told = shop.login(**{"wsgi.input": Breaks(b"username=")})

        assert told.inside
        assert told == shop.login(**{"wsgi.input": Breaks(b"username="), **INSIDE})

    def test_in_pieces(self, shop: Shop) -> None:
        """A server may give the body out in pieces."""

        class Pieces(BytesIO):
            def read(self, size: int | None = -1) -> bytes:
                return super().read(min(size or 1, 3))

        body = b"username=anna&password=wrong"

        assert not shop.login(**{"wsgi.input": Pieces(body)}).inside

    def test_no_larger_than_the_app_takes(self, make: Make) -> None:
        """A body over the app's own limit is the app's to refuse."""
        shop = make()
        shop.lock()
        shop.app.config["MAX_CONTENT_LENGTH"] = 10

        assert shop.login().inside

    def test_an_own_failure(self, make: Make, monkeypatch: pytest.MonkeyPatch) -> None:
        """A mistake of ours is an event, and the request goes through Flask, body and all."""
        shop = make()
        shop.lock()
        monkeypatch.setattr("hardening.logins.glance.seconds", lambda _: 1 / 0)
        told = shop.login()

        assert told.inside
        assert told.status.startswith("429")
        assert [line["event"] for line in told.events] == [
            "guard_failed",
            "excess_rate_limit_exceeded",
        ]

    def test_a_second_at_most(self, shop: Shop) -> None:
        """After a second an attempt goes through Flask, so what the app has become counts."""
        assert not shop.login().inside
        shop.now[0] += KEPT_S

        assert shop.login().inside
        assert not shop.login().inside

    def test_bounded(self, make: Make) -> None:
        """However many shapes there are, few are kept."""
        shop = make()
        shop.lock()
        for number in range(MOST_KEPT + 10):
            shop.login(HTTP_HOST=f"h{number}.example")
        shop.login(HTTP_HOST="a" * 5000)
        door = shop.app.wsgi_app.__dict__["_hooks"].door

        assert len(door._kept) <= MOST_KEPT
        assert not any("a" * 5000 in shape for shape in door._kept)


def test_the_same_work_for_every_name(make: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whether a name exists, or was seen to lead to a hash, changes nothing that is done."""
    shop = make()
    shop.lock()
    shop.lock(name="nobody", REMOTE_ADDR="203.0.113.8")
    asked: list[list[bytes]] = []
    memory = type(shop.hardening.wrapped().context.store)
    original = memory.glance

    def watched(store: Any, claims: Any, now: float) -> Any:
        asked.append([claim.key[:2] for claim in claims])
        return original(store, claims, now)

    monkeypatch.setattr(memory, "glance", watched)
    assert not shop.login().inside
    assert not shop.login("nobody", REMOTE_ADDR="203.0.113.8").inside

    assert len(asked) == 2
    assert asked[0] == asked[1]


def test_on_redis(make: Make, tmp_path: Path) -> None:
    """A refusal is repeated for a second without asking the server; then that is asked."""
    with server(tmp_path / "redis", *IN_MEMORY) as one:
        shop = make(store=f"redis://{one.name}")
        shop.lock()
        told = shop.both(b"username=anna&password=wrong")
        assert not told.inside
        make(store=f"redis://{one.name}").hardening.logins.unlock("anna")
        shop.now[0] += KEPT_S

        assert shop.login(password=PASSWORD).status.startswith("200")
