"""Failing logins do the same hash work, whoever is named. Work is counted, never timed."""

from __future__ import annotations

import json
import secrets
from collections import Counter
from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask, Response, redirect, request
from flask_login import LoginManager, login_user
from site_app import User
from werkzeug.security import check_password_hash

from hardening import Policy, events, harden
from hardening.facts import status_of
from hardening.logins.census import KEPT_DAYS, MOST_FAMILIES, Census, levelled
from hardening.logins.levelling import Levelling
from hardening.passwords import originals, work
from hardening.passwords.hasher import STANDARD, make_hash
from hardening.passwords.work import Work
from hardening.storage.memory import MemoryStore

PASSWORD = "right and long enough"
OLD = {
    "argon": lambda: make_hash(PASSWORD, STANDARD),
    "pbkdf2": lambda: originals.werkzeug_generate(PASSWORD, "pbkdf2:sha256:1000"),
    "pbkdf2-more": lambda: originals.werkzeug_generate(PASSWORD, "pbkdf2:sha256:2500"),
    "scrypt": lambda: originals.werkzeug_generate(PASSWORD, "scrypt:1024:8:1"),
    "bcrypt": lambda: "$2b$05$" + "a" * 53,
    "unusable": lambda: "!",
}
NEW = Work(("argon2id", 19456, 1), 2)


class Site:
    """One wrapped app with users of every kind, and the work of its last request."""

    def __init__(self, store: Any = "memory://", view: Any = None, **options: Any) -> None:
        mode = options.pop("mode", None)
        self.app = Flask("shop")
        self.app.secret_key = secrets.token_hex(32)
        self.users = {name: User(name, make()) for name, make in OLD.items()}
        self.users["inactive"] = User("inactive", OLD["scrypt"]())
        self.users["inactive"].enabled = False
        LoginManager(self.app).user_loader(self.users.get)
        self.app.add_url_rule("/login", "login", view or self.login, methods=["GET", "POST"])
        self.events: list[tuple[str, dict[str, Any]]] = []
        events.event.connect(self._listen, self.app)
        self.hardening = harden(self.app, policy=Policy(**options), store=store, mode=mode)

    def login(self) -> Any:
        user = self.users.get(request.form["username"])
        known = user and check_password_hash(user.password_hash, request.form["password"])
        return "welcome" if known and login_user(user) else "wrong name or password"

    def _listen(self, _sender: Any, name: str, details: dict[str, Any], **_: Any) -> None:
        self.events.append((name, details))

    def named(self, event: str) -> list[dict[str, Any]]:
        return [details for name, details in self.events if name == event]

    def post(self, name: str, password: str = "wrong", **options: Any) -> Any:
        options.setdefault("data", {"username": name, "password": password})
        return self.app.test_client().post(
            "/login", base_url="https://shop.example", environ_base=_address(), **options
        )


_addresses = iter(range(1, 1 << 16))


def _address() -> dict[str, str]:
    number = next(_addresses)  # one for each attempt: limits are not what is tested here
    return {"REMOTE_ADDR": f"198.51.{number >> 8}.{number & 255}"}


@pytest.fixture
def spent(monkeypatch: pytest.MonkeyPatch) -> Counter[tuple[Any, ...]]:
    """Every hash computation of this process, by family: a spy where all of them pass."""
    found: Counter[tuple[Any, ...]] = Counter()
    inner = work._in_place

    def spy(call: Callable[[], Any], most: int) -> Any:
        found["computations",] += 1
        return inner(call, most)

    def note(done: Work) -> None:
        found[done.family] += done.units
        noted(done)

    noted = work.note
    monkeypatch.setattr(work, "_in_place", spy)
    monkeypatch.setattr(work, "note", note)
    return found


def _cost(site: Site, spent: Counter[tuple[Any, ...]], *arguments: Any, **options: Any) -> dict:  # type: ignore[type-arg]
    spent.clear()
    site.post(*arguments, **options)
    return {family: units for family, units in spent.items() if family != ("computations",)}


def test_a_name_that_does_not_exist_costs_one_new_hash(spent: Counter[Any]) -> None:
    """Before anything was seen, an unknown name takes what a user with a new hash takes."""
    site = Site()

    unknown = _cost(site, spent, "nobody")

    assert unknown == {NEW.family: NEW.units}
    assert _cost(site, spent, "argon") == unknown


def test_all_kinds_of_names_cost_the_same(spent: Counter[Any]) -> None:
    """Known with any hash, inactive, with an unusable hash, and unknown: the same work."""
    site = Site()
    for name in site.users:
        site.post(name)  # the census meets every kind once

    costs = [_cost(site, spent, name) for name in [*site.users, "nobody"]]

    assert all(cost == costs[0] for cost in costs)
    assert costs[0] == {
        NEW.family: 2,
        ("pbkdf2", "sha256"): 2500,
        ("scrypt", 1024, 8): 1,
        ("bcrypt",): 32,
    }


def test_the_right_password_of_an_inactive_user_costs_the_same(spent: Counter[Any]) -> None:
    """It fails like any other attempt, so it takes as long."""
    site = Site()
    site.post("inactive")

    assert _cost(site, spent, "inactive", PASSWORD) == _cost(site, spent, "nobody")


def test_a_password_with_two_spellings_costs_twice_for_everybody(spent: Counter[Any]) -> None:
    """A password that is not in NFC is tried twice; that must not tell a known name either."""
    site = Site()
    site.post("scrypt")
    decomposed = "cafe\u0301"

    known = _cost(site, spent, "scrypt", decomposed)

    assert known == _cost(site, spent, "nobody", decomposed)
    assert known == {NEW.family: 4, ("scrypt", 1024, 8): 2}


def test_a_password_that_is_no_text_costs_nobody_anything(spent: Counter[Any]) -> None:
    """A lone surrogate out of JSON cannot be hashed, for no name."""

    def view() -> Any:
        sent = request.get_json()
        user = site.users.get(sent["username"])
        if user and check_password_hash(user.password_hash, sent["password"]):
            login_user(user)
        return "wrong"

    site = Site(view=view)
    for name in ("argon", "nobody"):
        body = json.dumps({"username": name, "password": "\ud800"})
        assert _cost(site, spent, data=body, content_type="application/json", name="") == {}


def test_json_logins_are_levelled(spent: Counter[Any]) -> None:
    """The password is found in a JSON body too."""

    def view() -> Any:
        sent = request.get_json()
        user = site.users.get(sent["username"])
        if user and check_password_hash(user.password_hash, sent["password"]):
            login_user(user)
        return {"ok": False}

    site = Site(view=view)

    costs = [
        _cost(site, spent, "", data=None, json={"username": name, "password": "x"})
        for name in ("argon", "nobody")
    ]

    assert costs == [{NEW.family: 2}] * 2


def test_a_login_that_works_is_left_alone(spent: Counter[Any]) -> None:
    """Success tells who it was anyway: no work is added."""
    site = Site()
    site.post("scrypt")

    assert _cost(site, spent, "argon", PASSWORD) == {NEW.family: 2}


def test_a_refused_login_costs_nobody_anything(spent: Counter[Any]) -> None:
    """With 429 no hash is computed, for known and unknown names, and the answers are alike."""
    site = Site(limit_account="1/hour", limit_pair="100/minute")
    answers = []
    for name in ("argon", "nobody"):
        for _ in range(2):
            site.post(name)
        spent.clear()
        answer = site.post(name)
        answers.append((answer.status_code, answer.data, dict(answer.headers)))

        assert spent == {}
    assert answers[0][0] == 429
    assert answers[0] == answers[1]


def test_a_form_without_its_token_costs_nothing(spent: Counter[Any]) -> None:
    """400 before any name was looked up says nothing about names, and must not cost work."""

    def view() -> Any:
        return Response("no token", 400)

    assert _cost(Site(view=view), spent, "nobody") == {}


def test_an_app_that_answers_400_to_wrong_passwords_is_levelled(spent: Counter[Any]) -> None:
    """Where a checked password ended in 400, an unknown name does the same work, and counts."""

    def view() -> Any:
        user = site.users.get(request.form["username"])
        if user is None or not check_password_hash(user.password_hash, request.form["password"]):
            return Response("wrong", 400)
        login_user(user)
        return "welcome"

    site = Site(view=view)
    site.post("argon")
    site.events.clear()

    assert _cost(site, spent, "nobody") == {NEW.family: 2}
    assert site.named("authn_login_fail")


def test_a_redirect_back_to_the_form_is_levelled(spent: Counter[Any]) -> None:
    """Flash and redirect is how many apps refuse."""

    def view() -> Any:
        user = site.users.get(request.form["username"])
        if user is None or not check_password_hash(user.password_hash, request.form["password"]):
            return redirect("/login")
        login_user(user)
        return "welcome"

    site = Site(view=view)

    assert _cost(site, spent, "nobody") == _cost(site, spent, "argon") == {NEW.family: 2}


def test_a_check_that_nobody_sees_is_said_and_not_levelled(spent: Counter[Any]) -> None:
    """Own hashing: one event, a line in `status`, and no work that would hide nothing."""

    def view() -> Any:
        if request.form["password"] == "own":
            login_user(site.users["argon"])
            return "welcome"
        return "wrong"

    site = Site(view=view)
    for _ in range(2):
        site.post("argon", "own")

    assert site.named("login_check_unseen") == [{"endpoint": "login"}]
    assert _cost(site, spent, "nobody") == {}
    with site.app.app_context():
        assert status_of(site.hardening)["facts"]["unseen checks"] == "login"


def test_a_check_seen_later_is_levelled_after_all(spent: Counter[Any]) -> None:
    """LDAP beside local accounts: once an adopted check ran, failing logins are level."""

    def view() -> Any:
        if request.form["username"] == "ldap":
            login_user(site.users["argon"])
            return "welcome"
        return site.login()

    site = Site(view=view)
    site.post("ldap")
    site.post("argon")

    assert _cost(site, spent, "nobody") == {NEW.family: 2}
    assert site.hardening.wrapped().pipeline.timing.census.unseen() == frozenset()


def test_observing_says_what_it_would_level(spent: Counter[Any]) -> None:
    """No work is added in observe mode; one event for an endpoint."""
    site = Site(mode="observe")
    for _ in range(2):
        assert _cost(site, spent, "nobody") == {}

    assert site.named("login_timing_uneven") == [
        {"endpoint": "login", "kind": "argon2id", "mode": "observe"}
    ]


def test_switched_off_it_does_nothing(spent: Counter[Any]) -> None:
    """`guards={"timing": False}` is the app as it was."""
    assert _cost(Site(guards={"timing": False}), spent, "nobody") == {}


@pytest.mark.parametrize(("guards", "units"), [(None, 0), ({"timing": True}, 1)])
def test_test_suites_are_spared_unless_they_ask(
    spent: Counter[Any], guards: Any, units: int
) -> None:
    """Under `app.testing` a loopback client's logins are not levelled, unless asked for."""
    site = Site(guards=guards)
    site.app.testing = True
    spent.clear()
    site.app.test_client().post("/login", data={"username": "nobody", "password": "wrong"})

    assert sum(spent[family] for family in spent if family != ("computations",)) == units


def test_without_the_throttle_it_works_too(spent: Counter[Any]) -> None:
    """The guard reads the request by itself, also after the view has parsed it."""
    site = Site(guards={"throttle": False, "passwords": False})
    site.post("pbkdf2")

    assert _cost(site, spent, "nobody") == {("pbkdf2", "sha256"): 1000}


def test_a_new_worker_knows_what_an_old_one_saw(spent: Counter[Any]) -> None:
    """The census is in the store: after a restart the first unknown name is level already."""
    store = MemoryStore()
    Site(store=store).post("scrypt")

    assert _cost(Site(store=store), spent, "nobody") == {NEW.family: 2, ("scrypt", 1024, 8): 1}


def test_an_outsized_hash_is_not_levelled_to(spent: Counter[Any]) -> None:
    """One hash that costs ten times what libraries make must not slow every failing login."""
    site = Site()
    site.users["argon"].password_hash = "pbkdf2:sha256:1600000$salt$" + "0" * 64
    site.post("argon")

    assert _cost(site, spent, "nobody") == {NEW.family: 2}
    assert site.named("login_timing_uneven") == [{"endpoint": "login", "kind": "pbkdf2"}]


class Clock:
    now = 1_000_000_000.0


@pytest.fixture
def census() -> Any:
    """Returns a census on a store of its own, with a clock to turn."""

    class Context:
        store = MemoryStore()
        clock = Clock()

        def now(self) -> float:
            return self.clock.now

    return Census(Context())  # type: ignore[arg-type]  # all that it asks for


def test_the_census_is_bounded_and_forgets(census: Any) -> None:
    """It keeps a few families, and none that no login has met for a season."""
    for number in range(10):
        census.saw([Work(("scrypt", 2 ** (number + 1), 8), 1)], "login")

    assert len(census.works()) == MOST_FAMILIES
    census._context.clock.now += (KEPT_DAYS + 1) * 86400
    assert census.works() == ()


@pytest.mark.parametrize(
    "value",
    [
        b"",
        b"[]",
        b'{"work": 3, "unseen": 4}',
        b'{"work": [[["scrypt", 1073741824, 8], 1, 1]]}',
        b'{"work": [[["pbkdf2", "shake_128"], 1000, 1]]}',
        b'{"work": [[["argon2id", 65536, 1], 4000, 1]]}',
        b'{"work": [[[["a"]], 1, 1], 7, [[], 1, 1]], "unseen": [1]}',
        b"[" * 100_000,
    ],
)
def test_a_record_that_somebody_else_wrote_gains_nothing(census: Any, value: bytes) -> None:
    """Whoever can write to the store cannot make logins expensive or fail."""
    from hardening.storage.base import Record

    census._context.store.put("setting", Record("login-work", "", value, 2e9))

    assert census.works() == ()
    assert census.unseen() == frozenset()


@pytest.mark.parametrize("make", OLD.values(), ids=OLD)
def test_what_is_levelled_can_be_spent(make: Callable[[], str]) -> None:
    """Every family that a stored hash can be of has a dummy that does just that work."""
    from hardening.passwords.dummy import spend
    from hardening.passwords.legacy import work_of

    found = work_of(make())

    assert found is None or levelled(found)
    if found is not None:
        spend(found, b"anything")


def test_a_failure_inside_reaches_nobody(monkeypatch: pytest.MonkeyPatch) -> None:
    """The answer leaves as it is, and an event says what failed."""

    def broken(*_: Any) -> None:
        raise RuntimeError

    monkeypatch.setattr(Levelling, "_level", broken)
    site = Site()

    assert site.post("nobody").data == b"wrong name or password"
    assert site.named("guard_failed")[0]["guard"] == "timing"
