"""One-time codes, registrations and resets have limits of their own; honest ones pass."""

from __future__ import annotations

import secrets
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from flask import Flask, redirect, request, session
from flask.testing import FlaskClient
from flask_login import LoginManager, UserMixin, current_user, login_user
from werkzeug.security import check_password_hash, generate_password_hash

from hardening import Policy, harden
from hardening.storage.memory import MemoryStore

HASH = generate_password_hash("right", "pbkdf2:sha256:1000")
CODE = "123456"


class User(UserMixin):
    def __init__(self, name: str) -> None:
        self.id = name
        self.password_hash = HASH


Ask = Callable[..., Any]


class Shop:
    """A wrapped app with a second factor, a reset by code, and mail."""

    def __init__(self, folder: Path) -> None:
        self.app = Flask("shop", instance_path=str(folder))
        self.app.secret_key = secrets.token_hex(32)
        self.seen: list[str] = []
        users = {name: User(name) for name in ("anna", "bert")}
        manager = LoginManager(self.app)
        manager.login_view = "login"
        manager.user_loader(users.get)
        self._views(users)
        harden(self.app, store=MemoryStore(), policy=Policy(guards={"timing": False}))

    def _views(self, users: dict[str, User]) -> None:
        app = self.app

        @app.post("/login")
        def login() -> Any:
            user = users.get(request.form["username"])
            if user is None or not check_password_hash(
                user.password_hash, request.form["password"]
            ):
                return "no", 401
            session["mfa_user_id"] = user.id
            session["mfa_attempts"] = 1
            return redirect("/second")

        @app.post("/second")
        def second() -> Any:
            self.seen.append(request.form["code"])
            if request.form["code"] != CODE or "mfa_user_id" not in session:
                return "wrong code"
            login_user(users[session.pop("mfa_user_id")])
            return "welcome"

        @app.post("/reset/verify")
        def verify_code() -> Any:
            self.seen.append(request.form["code"])
            return "wrong code", 400

        @app.post("/forgot-password")
        def forgot() -> str:
            self.seen.append(request.form["email"])
            return "a mail is on its way, if there is such an account"

        @app.post("/register")
        def register() -> str:
            self.seen.append(request.form["email"])
            return "welcome"

        @app.post("/cart/voucher")
        def voucher() -> str:
            self.seen.append(request.form["code"])
            return f"no such voucher, {current_user.get_id()}"

        @app.post("/team/join")
        def join() -> str:
            self.seen.append("joined")
            return "joined"

    def send(
        self,
        path: str,
        client: FlaskClient | None = None,
        address: str = "203.0.113.1",
        **data: str,
    ) -> Any:
        return (client or self.app.test_client()).post(
            path,
            data=data,
            base_url="https://shop.example",
            environ_overrides={"REMOTE_ADDR": address},
        )

    def half_way(self, name: str = "anna", address: str = "203.0.113.1") -> FlaskClient:
        client = self.app.test_client()
        assert self.send("/login", client, address, username=name, password="right").location
        return client


@pytest.fixture
def shop(tmp_path: Path) -> Shop:
    return Shop(tmp_path)


def test_codes_of_one_account(shop: Shop) -> None:
    """Five codes a minute for one half-made login, also begun anew and from other addresses."""
    statuses = []
    for number in range(9):
        address = f"198.51.100.{number}"
        client = shop.half_way(address=address)
        statuses.append(shop.send("/second", client, address, code=f"{number:06}").status_code)

    assert statuses == [200] * 5 + [429] * 4
    assert len(shop.seen) == 5


def test_another_account_is_not_touched(shop: Shop) -> None:
    """Bert's codes are Bert's, from the same address too."""
    for number in range(6):
        shop.send("/second", shop.half_way(), code=f"{number:06}")
    answer = shop.send("/second", shop.half_way("bert"), code=CODE)

    assert answer.data == b"welcome"


def test_two_typing_mistakes_and_in(shop: Shop) -> None:
    """An honest second factor works, again and again: a right code gives its units back."""
    for _ in range(4):
        client = shop.half_way()
        answers = [shop.send("/second", client, code=code) for code in ("1", "2", CODE)]

        assert [answer.data for answer in answers] == [b"wrong code"] * 2 + [b"welcome"]


def test_a_limited_code_is_refused_even_if_it_is_right(shop: Shop) -> None:
    """The refusal comes before the view, and says how long it lasts."""
    client = shop.half_way()
    for number in range(5):
        shop.send("/second", client, code=f"{number:06}")
    answer = shop.send("/second", client, code=CODE)

    assert (answer.status_code, answer.headers["Retry-After"]) == (429, "60")
    assert CODE not in shop.seen


def test_codes_without_a_session(shop: Shop) -> None:
    """A reset by code is charged to the address of mail that it names, wherever it comes from."""
    statuses = [
        shop.send(
            "/reset/verify", address=f"198.51.100.{n}", email="Anna@example.org", code=f"{n}"
        ).status_code
        for n in range(14)
    ]

    assert statuses == [400] * 10 + [429] * 4


def test_codes_that_name_nobody(shop: Shop) -> None:
    """Without anything to tell whose code it is, the address is limited."""
    statuses = [shop.send("/reset/verify", code=f"{n}").status_code for n in range(9)]

    assert statuses == [400] * 5 + [429] * 4


def test_a_voucher_is_no_code(shop: Shop) -> None:
    """Other pages with a field called code are left alone, logged in or not."""
    client = shop.half_way()
    shop.send("/second", client, code=CODE)
    statuses = {
        shop.send("/cart/voucher", who, code=f"SAVE{n}").status_code
        for n in range(20)
        for who in (client, None)
    }

    assert statuses == {200}


def test_a_flood_of_registrations(shop: Shop) -> None:
    """Of two hundred in a minute from one address twenty arrive."""
    statuses = [
        shop.send("/register", email=f"u{n}@example.org", password="x").status_code
        for n in range(200)
    ]

    assert statuses == [200] * 20 + [429] * 180
    assert shop.send("/register", address="192.0.2.1", email="me", password="x").status_code == 200


def test_nobodys_mailbox_is_filled(shop: Shop) -> None:
    """Five resets an hour for one name, whoever asks; known and unknown names alike."""
    answers = [
        [shop.send("/forgot-password", address=f"198.51.{block}.{n}", email=name) for n in range(7)]
        for block, name in enumerate(("anna@example.org", "nobody@example.org"))
    ]

    assert [[a.status_code for a in group] for group in answers] == [[200] * 5 + [429] * 2] * 2
    assert answers[0][-1].data == answers[1][-1].data
    assert len(shop.seen) == 10


def test_joining_a_team(shop: Shop) -> None:
    """What somebody who is logged in does under such a name is no registration."""
    client = shop.half_way()
    shop.send("/second", client, code=CODE)

    assert {shop.send("/team/join", client).status_code for _ in range(40)} == {200}


def test_login_and_register_count_apart(shop: Shop) -> None:
    """Failed logins leave registrations from the same address alone."""
    for number in range(25):
        shop.send("/login", username=f"u{number}", password="x")

    assert shop.send("/register", email="new@example.org", password="x").status_code == 200
