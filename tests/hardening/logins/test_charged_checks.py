"""Every password check is charged to the account whose stored hash it was given."""

from __future__ import annotations

import secrets
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from flask import Flask, jsonify, redirect, request, session
from flask_login import LoginManager, UserMixin, current_user, login_required, login_user
from werkzeug.security import check_password_hash, generate_password_hash

from hardening import Policy, events, harden
from hardening.cli import group
from hardening.errors import StoreError
from hardening.passwords import work
from hardening.storage.memory import MemoryStore

RIGHT = "the right password of anna"
OWN = "mallory has one of her own"
CHEAP = "pbkdf2:sha256:1000"


class User(UserMixin):
    def __init__(self, name: str, password: str) -> None:
        self.id = f"id-{name}"
        self.username = name
        self.email = f"{name}@example.org"
        self.hash = generate_password_hash(password, CHEAP)


@dataclass
class Shop:
    """A wrapped app with many ways to try a password."""

    app: Flask
    users: dict[str, User]
    store: Any
    events: list[tuple[str, dict[str, Any]]] = field(default_factory=list)
    computed: list[str] = field(default_factory=list)
    """One entry for each hash that was computed."""
    hardening: Any = None

    def find(self, name: str) -> User | None:
        return next((u for u in self.users.values() if name in (u.username, u.email)), None)

    def send(self, path: str = "/login", method: str = "POST", **options: Any) -> Any:
        address = options.pop("address", "203.0.113.1")
        client = options.pop("client", None) or self.app.test_client()
        return client.open(
            path,
            method=method,
            base_url="https://shop.example",
            environ_overrides={"REMOTE_ADDR": address},
            **options,
        )

    def log_in(self, name: str = "anna", password: str = "wrong", **options: Any) -> Any:
        return self.send(data={"username": name, "password": password}, **options)

    def named(self, event: str) -> list[dict[str, Any]]:
        return [details for name, details in self.events if name == event]


def build(shop: Shop) -> None:
    app = shop.app

    def checked(name: str, password: str) -> User | None:
        user = shop.find(name)
        if user is not None and check_password_hash(user.hash, password):
            return user
        return None

    @app.route("/login", methods=["GET", "POST"])
    def login() -> Any:
        name, password = request.values.get("username", ""), request.values.get("password", "")
        user = checked(name, password) if password else None
        if user is None:
            return "the form", 401 if password else 200
        login_user(user)
        return redirect("/")

    @app.route("/sign", methods=["POST"])
    def sign() -> Any:
        """A field whose name nobody recognises."""
        user = checked(request.form["who"], request.form["password"])
        if user is not None:
            login_user(user)
            return "welcome"
        return "no", 400

    @app.post("/current-password")
    @login_required
    def current() -> Any:
        ok = check_password_hash(current_user.hash, request.form["current_password"])
        return jsonify(ok=ok)

    @app.post("/swallows")
    def swallows() -> Any:
        try:
            user = checked(request.form["who"], request.form["password"])
        except Exception:  # as many apps do around their log-in
            user = checked(request.form["who"], request.form["password"])
        return "welcome" if user else "sorry"

    @app.route("/api", methods=["GET", "PUT", "DELETE"])
    def api() -> Any:
        sent = request.authorization
        user = checked(sent.username or "", sent.password or "") if sent else None
        return ("data", 200) if user else ("no", 401)

    @app.post("/batch")
    def batch() -> Any:
        tried = [checked("anna", password) for password in request.get_json()["guesses"]]
        return jsonify(found=any(tried))

    @app.post("/password")
    @login_required
    def password() -> Any:
        """A history of passwords that must not be used again."""
        new = request.form["new_password"]
        history = [*session.get("history", []), current_user.hash]
        if any(check_password_hash(old, new) for old in history):
            return "used before"
        current_user.hash = generate_password_hash(new, CHEAP)
        return "changed"

    @app.post("/reset/<name>")
    def reset(name: str) -> Any:
        shop.users[name].hash = generate_password_hash(request.form["new_password"], CHEAP)
        return redirect("/login")

    app.login_manager.login_view = "login"  # type: ignore[attr-defined]  # set by Flask-Login


@pytest.fixture
def make_shop(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Shop]:
    """Returns a function that makes the shop; its arguments go to the policy."""
    kept: list[Any] = []

    def make(*, store: Any = None, mode: Any = None, **settings: Any) -> Shop:
        app = Flask("shop", instance_path=str(tmp_path))
        app.secret_key = secrets.token_hex(32)
        manager = LoginManager(app)
        users = {name: User(name, word) for name, word in (("anna", RIGHT), ("mallory", OWN))}
        manager.user_loader(
            lambda wanted: next((u for u in users.values() if u.id == wanted), None)
        )
        shop = Shop(app, users, store or MemoryStore())
        build(shop)
        shop.hardening = harden(
            app,
            store=shop.store,
            mode=mode,
            policy=Policy(**{"guards": {"timing": False}, "password_upgrade": False} | settings),
        )

        def listen(_: Any, name: str, details: dict[str, Any], **__: Any) -> None:
            shop.events.append((name, dict(details)))

        kept.append(listen)
        events.event.connect(listen, app)
        compute = work.compute

        def counted(call: Any, *arguments: Any) -> Any:
            shop.computed.append("one")
            return compute(call, *arguments)

        for module in ("hardening.passwords.hasher", "hardening.passwords.answers"):
            monkeypatch.setattr(f"{module}.compute", counted)
        return shop

    return make


@pytest.fixture
def shop(make_shop: Callable[..., Shop]) -> Shop:
    return make_shop()


def hashed(shop: Shop, ask: Callable[[], Any]) -> tuple[int, int]:
    """Return the status of an answer, and how many hashes were computed for it."""
    before = len(shop.computed)
    answer = ask()
    return int(answer.status_code), len(shop.computed) - before


def basic(name: str, password: str) -> dict[str, Any]:
    return {"auth": (name, password)}


WAYS: dict[str, Callable[[Shop, int], Any]] = {
    "get": lambda shop, n: shop.send(
        f"/login?username=anna&password=wrong{n}", "GET", address=f"198.51.100.{n}"
    ),
    "unknown field": lambda shop, n: shop.send(
        "/sign", data={"who": "anna", "password": f"wrong{n}"}, address=f"198.51.100.{n}"
    ),
    "decoy": lambda shop, n: shop.send(
        "/sign",
        data={"who": "anna", "username": f"decoy{n}", "password": f"wrong{n}"},
        address=f"198.51.100.{n}",
    ),
    "basic": lambda shop, n: shop.send(
        "/api", "GET", **basic("anna", f"wrong{n}"), address=f"198.51.100.{n}"
    ),
    "put": lambda shop, n: shop.send(
        "/api", "PUT", **basic("anna", f"wrong{n}"), address=f"198.51.100.{n}"
    ),
    "alias": lambda shop, n: shop.log_in(
        ("anna", "anna@example.org")[n % 2], f"wrong{n}", address=f"198.51.100.{n}"
    ),
}


@pytest.mark.parametrize("way", list(WAYS))
def test_ten_free_checks_whatever_the_way(way: str, shop: Shop) -> None:
    """After ten checks of one hash from anywhere nothing is hashed any more, and the client is
    told to wait."""
    seen = [hashed(shop, lambda n=n: WAYS[way](shop, n)) for n in range(14)]

    assert [count for _, count in seen] == [1] * 10 + [0] * 4
    assert {status for status, _ in seen[:10]} <= {400, 401}
    assert {status for status, _ in seen[10:]} == {429}


def test_five_checks_from_one_address(shop: Shop) -> None:
    """One address has the same five a minute as at a login page, and is told how long."""
    answers = [shop.send("/api", "GET", **basic("anna", f"wrong{n}")) for n in range(6)]

    assert [answer.status_code for answer in answers] == [401] * 5 + [429]
    assert answers[-1].headers["Retry-After"] == "60"
    assert len(shop.named("authn_login_fail")) == 5


def test_ways_share_one_budget(shop: Shop) -> None:
    """Two guesses at each of three doors are six."""
    doors = (WAYS["get"], WAYS["unknown field"], WAYS["basic"])
    seen = [hashed(shop, lambda n=n: doors[n % 3](shop, n // 12 + 1)) for n in range(6)]

    assert sum(count for _, count in seen) == 5
    assert seen[-1][0] == 429


def test_one_attempt_is_one_unit(shop: Shop) -> None:
    """At a login page name and hash are two counters, and an attempt takes one of each."""
    answers = [shop.log_in(password=f"wrong{n}").status_code for n in range(6)]
    others = [shop.log_in(f"user{n}").status_code for n in range(16)]

    assert answers == [401] * 5 + [429]
    assert others == [401] * 15 + [429]  # with anna's five: 20 a minute from one address


def test_a_current_password_form(shop: Shop) -> None:
    """Whoever sits at somebody's open session cannot guess the password without end."""
    client = shop.app.test_client()
    shop.log_in(password=RIGHT, client=client)
    data = [{"current_password": f"wrong{n}"} for n in range(8)]
    seen = [
        hashed(shop, lambda d=d: shop.send("/current-password", data=d, client=client))
        for d in data
    ]

    assert [status for status, _ in seen] == [200] * 5 + [429] * 3
    assert sum(count for _, count in seen) == 5


def test_a_view_that_swallows_the_refusal(shop: Shop) -> None:
    """It is told "wrong password", and nothing is computed."""
    data = [{"who": "anna", "password": f"wrong{n}"} for n in range(5)]
    for one in data:
        shop.send("/swallows", data=one)
    status, count = hashed(
        shop, lambda: shop.send("/swallows", data={"who": "anna", "password": RIGHT})
    )
    answer = shop.send("/swallows", data={"who": "anna", "password": RIGHT})

    assert (status, count) == (200, 0)
    assert answer.get_data(as_text=True) == "sorry"
    assert answer.headers["Retry-After"] == "60"


def test_a_batch_of_guesses_in_one_request(shop: Shop) -> None:
    """A request that tries fifty passwords gets five of them looked at."""
    guesses = [f"wrong{n}" for n in range(49)] + [RIGHT]
    status, count = hashed(shop, lambda: shop.send("/batch", json={"guesses": guesses}))

    assert (status, count) == (429, 5)


def test_a_client_that_always_sends_its_password(shop: Shop) -> None:
    """HTTP Basic with the right password is never counted, also while others guess."""
    statuses = {shop.send("/api", "GET", **basic("anna", RIGHT)).status_code for _ in range(40)}
    for n in range(20):
        WAYS["basic"](shop, n)

    assert statuses == {200}
    assert shop.send("/api", "GET", **basic("anna", RIGHT)).status_code == 200
    assert shop.send("/api", "GET", address="192.0.2.1", **basic("anna", "no")).status_code == 429


def test_a_history_of_passwords(shop: Shop) -> None:
    """Comparing a new password with a dozen old ones is no guessing of twelve accounts."""
    client = shop.app.test_client()
    shop.log_in(password=RIGHT, client=client)
    with client.session_transaction(base_url="https://shop.example") as kept:
        kept["history"] = [generate_password_hash(f"old{n}", CHEAP) for n in range(12)]
    changed = shop.send("/password", data={"new_password": "a new one"}, client=client)
    statuses = [shop.log_in(f"user{n}").status_code for n in range(20)]

    assert changed.get_data(as_text=True) == "changed"
    assert statuses == [401] * 19 + [429]


def test_a_success_clears_only_the_account_that_logged_in(shop: Shop) -> None:
    """A login with an own account of a look-alike name leaves the victim's failures alone."""
    shop.users["Anna"] = User("ANNA", OWN)
    for n in range(5):
        shop.log_in(password=f"wrong{n}", address="198.51.100.1")
    refused = shop.log_in("ANNA", OWN, address="198.51.100.1").status_code
    entered = shop.log_in("ANNA", OWN, address="198.51.100.2").status_code
    for n in range(5, 14):
        last = hashed(
            shop, lambda n=n: shop.log_in(password=f"wrong{n}", address=f"198.51.100.{n}")
        )

    assert (refused, entered) == (429, 302)
    assert last == (429, 0)
    assert len(shop.computed) == 5 + 1 + 5


def test_the_owners_device_passes(shop: Shop) -> None:
    """While strangers use up the hash's budget by another door, the owner's browser gets in."""
    client = shop.app.test_client()
    shop.log_in(password=RIGHT, client=client)
    for n in range(14):
        WAYS["unknown field"](shop, n)
    stranger = shop.log_in(password=RIGHT + "!", address="192.0.2.9")
    owner = shop.log_in(password=RIGHT, client=client, address="192.0.2.10")
    again = shop.send("/current-password", data={"current_password": RIGHT + "?"}, client=client)

    assert (stranger.status_code, owner.status_code) == (429, 302)
    assert again.get_json() == {"ok": False}


def test_a_stolen_device_has_a_small_budget_for_one_account(shop: Shop) -> None:
    """Its thief guesses five times a minute, at that account alone."""
    client = shop.app.test_client()
    shop.log_in("mallory", OWN, client=client)
    own = [shop.log_in("mallory", f"wrong{n}", client=client).status_code for n in range(6)]
    data = [{"who": "anna", "username": "mallory", "password": f"w{n}"} for n in range(12)]
    shop.events.clear()
    others = [
        hashed(shop, lambda d=d: shop.send("/sign", data=d, address="192.0.2.3"))[1] for d in data
    ]

    assert own == [401] * 5 + [429]
    assert sum(others) <= 5


def test_a_device_dies_with_the_password(shop: Shop) -> None:
    """After a reset it is a stranger for the new password's hash."""
    client = shop.app.test_client()
    shop.log_in("anna", RIGHT, client=client)
    shop.send("/reset/anna", data={"new_password": "brand new"})
    for n in range(12):
        WAYS["unknown field"](shop, n)
    data = {"who": "anna", "username": "anna", "password": "brand new"}
    answer = shop.send("/sign", data=data, client=client, address="192.0.2.4")

    assert answer.status_code == 429


def test_a_reset_lifts_the_hard_stop(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    """After 100 failures nobody gets in but who set a new password, who gets in at once."""
    now = [1_800_000_000.0]
    monkeypatch.setattr("hardening.context.time.time", lambda: now[0])
    for n in range(100):
        shop.log_in(password=f"wrong{n}", address=f"198.51.{n}.1")
        now[0] += 900 if n >= 9 else 0
    stopped = shop.log_in(password=RIGHT, address="192.0.2.1")
    shop.send("/reset/anna", data={"new_password": "brand new"}, address="192.0.2.1")
    shop.computed.clear()
    unknown = [shop.log_in("nobody", address="192.0.2.2").status_code for _ in range(2)]
    entered = shop.log_in(password="brand new", address="192.0.2.1")
    wrong = shop.log_in(password="old", address="192.0.2.5")

    assert (stopped.status_code, stopped.headers["Retry-After"]) == (429, "86400")
    assert unknown == [401, 401]
    assert (entered.status_code, wrong.status_code) == (302, 401)
    assert shop.named("authn_login_unlock")[-1]["by"] == "new password"


def test_somebody_elses_reset_lifts_nothing(shop: Shop) -> None:
    """Mallory's own reset gives no further guess at Anna, whose refusal looks as before."""
    for n in range(5):
        shop.log_in(password=f"wrong{n}")
        shop.log_in("nobody", f"wrong{n}", address="203.0.113.2")
    shop.send("/reset/mallory", data={"new_password": "her new one"})
    shop.computed.clear()
    known = shop.log_in(password=RIGHT)
    unknown = shop.log_in("nobody", address="203.0.113.2")

    assert shop.computed == []
    assert (known.status_code, known.data) == (unknown.status_code, unknown.data)
    assert known.status_code == 429
    assert known.headers["Retry-After"] == unknown.headers["Retry-After"]


@pytest.mark.parametrize("how", ["api", "command"])
def test_an_unlock_reaches_the_hash(how: str, shop: Shop) -> None:
    """What was charged to the stored hash is lifted by the name."""
    for n in range(14):
        shop.log_in(("anna", "anna@example.org")[n % 2], f"w{n}", address=f"198.51.100.{n}")
    refused = shop.log_in(password=RIGHT, address="192.0.2.1").status_code
    if how == "api":
        with shop.app.app_context():
            shop.hardening.logins.unlock("anna")
    else:
        result = shop.app.test_cli_runner().invoke(group, ["unlock", "anna"])

        assert result.output == "unlocked\n"
    entered = shop.log_in(password=RIGHT, address="192.0.2.1").status_code

    assert (refused, entered) == (429, 302)


def test_sent_on_from_the_login_page(shop: Shop) -> None:
    """Somebody who is logged in and posts the form again, to be sent on, has not failed."""
    view = shop.app.view_functions["login"]
    shop.app.view_functions["login"] = lambda: (
        redirect("/") if current_user.is_authenticated else view()
    )
    client = shop.app.test_client()
    shop.log_in(password=RIGHT, client=client)
    statuses = {shop.log_in(password=f"wrong{n}", client=client).status_code for n in range(12)}

    assert statuses == {302}
    assert not shop.named("authn_login_fail")


def test_observing_refuses_nothing(make_shop: Callable[..., Shop]) -> None:
    """Every check is computed, and the event says what would have been."""
    shop = make_shop(mode="observe")
    seen = [hashed(shop, lambda n=n: WAYS["basic"](shop, n))[0] for n in range(12)]

    assert set(seen) == {401}
    assert shop.named("excess_rate_limit_exceeded")[0]["mode"] == "observe"


def test_outside_a_request(shop: Shop) -> None:
    """A script that checks many passwords is not limited."""
    with shop.app.app_context():
        answers = [check_password_hash(shop.users["anna"].hash, f"w{n}") for n in range(30)]

    assert answers == [False] * 30


def test_the_guard_switched_off(make_shop: Callable[..., Shop]) -> None:
    """Nothing is counted without the throttle, nor in a view that is exempt from it."""
    off = make_shop(guards={"throttle": False})
    some = make_shop()
    some.hardening.exempt("api", "throttle")

    for shop in (off, some):
        assert {WAYS["basic"](shop, n).status_code for n in range(15)} == {401}


class Broken(MemoryStore):
    def reserve(self, *_: Any, **__: Any) -> Any:
        raise StoreError("down") from OSError("no route")


def test_a_store_that_is_down(make_shop: Callable[..., Shop]) -> None:
    """Checks are counted by this process then, and nobody gets a 500."""
    shop = make_shop(store=Broken())
    seen = [hashed(shop, lambda n=n: WAYS["basic"](shop, n)) for n in range(12)]

    assert [status for status, _ in seen] == [401] * 10 + [429] * 2


def test_an_apps_own_page(shop: Shop) -> None:
    """A handler for 429 shows this refusal too."""
    shop.app.register_error_handler(429, lambda error: (f"ours {error.code}", 429))
    answers = [shop.send("/api", "GET", **basic("anna", f"wrong{n}")) for n in range(6)]

    assert answers[-1].get_data(as_text=True) == "ours 429"
