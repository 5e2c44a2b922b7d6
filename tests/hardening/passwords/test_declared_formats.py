"""Stored passwords that are hashes, or plain, because the app says so."""

from __future__ import annotations

import hashlib
from typing import Any

import pytest
from flask import Flask, request
from flask_login import LoginManager, UserMixin, login_user
from hypothesis import given
from hypothesis import strategies as st

from hardening import harden, hash_notation
from hardening.errors import ConfigurationError
from hardening.passwords import check_password_hash, hash_password, verify_password
from hardening.passwords.formats.declared import like_a_hash
from hardening.passwords.hasher import LOWEST, judge
from hardening.policy import Policy

PASSWORD = "correct horse"
SALTED = "na$" + hashlib.sha256(b"na" + PASSWORD.encode()).hexdigest()
MD5 = hashlib.md5(PASSWORD.encode()).hexdigest()


def app_with(*formats: str) -> Flask:
    """Return a wrapped app that declares these formats."""
    app = Flask(__name__)
    app.secret_key = "k3y-" * 12
    app.testing = True
    LoginManager(app).user_loader(lambda _: None)
    policy = Policy(password_formats=formats, password_attribute="password_hash")
    harden(app, policy=policy, store="memory://")
    return app


def fits(stored: str, password: str, *formats: str, **options: Any) -> bool:
    """Return whether it verifies in an app that declares these formats."""
    with app_with(*formats).app_context():
        return verify_password(password=password, stored=stored, **options).ok


def test_a_digest_is_nothing_until_declared() -> None:
    """32 hexadecimal digits could be a token or anything else."""
    assert not fits(MD5, PASSWORD)
    assert fits(MD5, PASSWORD, "hex-md5:password")
    assert fits(MD5.upper(), PASSWORD, "hex-md5:password")
    assert not fits(MD5, PASSWORD + "x", "hex-md5:password")


def test_a_salt_is_where_the_declaration_says() -> None:
    """In front with a dollar, and not behind."""
    assert fits(SALTED, PASSWORD, "hex-sha256:salt+password@salt$hash")
    assert not fits(SALTED, PASSWORD, "hex-sha256:password+salt@salt$hash")
    assert not fits(SALTED, PASSWORD, "hex-sha256:salt+password@hash$salt")


def test_several_declarations_are_tried_by_shape() -> None:
    """One table may hold more than one kind."""
    formats = ("plaintext", "hex-md5:password", "hex-sha256:salt+password@salt$hash")

    assert fits(MD5, PASSWORD, *formats)
    assert fits(SALTED, PASSWORD, *formats)
    assert fits(PASSWORD, PASSWORD, *formats)
    assert fits(hash_password(PASSWORD), PASSWORD, *formats)


def test_a_salt_apart_is_handed_over() -> None:
    """Without it nobody gets in, and an event names the attribute."""
    form = "hex-md5:password+salt@user.pw_salt"
    stored = hashlib.md5(PASSWORD.encode() + b"na").hexdigest()
    told = []

    def report(event: str, level: str, **details: Any) -> None:
        told.append((event, details))

    judgement = judge(stored, PASSWORD, cost=LOWEST, report=report, declared=(form,))

    assert fits(stored, PASSWORD, form, salt="na")
    assert not fits(stored, PASSWORD, form, salt="other")
    assert judgement is not None
    assert judgement.matched is None
    assert told == [("password_salt_missing", {"kind": "hex-digest", "attribute": "pw_salt"})]


def test_an_adopted_check_knows_the_declarations() -> None:
    """What the setting says also holds for Werkzeug's name and ours."""
    with app_with("hex-md5:password").app_context():
        assert check_password_hash(MD5, PASSWORD)
        assert not check_password_hash(MD5, MD5)


LEAKED = [
    MD5,
    SALTED,
    "$2b$04$" + "a" * 53,
    "{SSHA}" + "A" * 40,
    "$argon2id$v=19$m=8,t=1,p=1$c2FsdHNhbHQ$" + "A" * 43,
    "$argon2id$broken",
    "$9$of$some$later$format",
    "sha256$salt$" + "0" * 64,
    "sha512:10000:salt:" + "0" * 64,
    "pbkdf2_sha256$1$salt$broken",
    "scrypt:32768:8:1$salt$broken",
    "5f4dcc3b5aa765d61d8327deb882cf99:salt",
    "*2470C0C06DEE42FD1618BB99005ADCA2EC9D1E19",
    "!unusable",
    "W6ph5Mm5Pz8GgiULbPgzG37mj9g=",
    "$hardening-wrap$v=1$broken",
    "plain$$" + MD5,
]


@pytest.mark.parametrize("leaked", LEAKED)
def test_a_leaked_hash_is_never_a_plain_password(leaked: str) -> None:
    """Declared plain text or not: what may be a hash is not compared as text."""
    assert not fits(leaked, leaked, "plaintext")
    assert not fits(leaked, leaked, "plaintext", "crypt-des", "hex-sha1:password")
    assert not fits("plain$$" + leaked, leaked)


def test_plain_text_is_only_left() -> None:
    """A plain password fits where declared, comes with an Argon2id hash, and is never made."""
    with app_with("plaintext").app_context():
        verdict = verify_password(password=PASSWORD, stored=PASSWORD)

        assert verdict.ok
        assert verdict.upgrade is not None
        assert verdict.upgrade.startswith("$argon2id$")
        assert not verify_password(password="", stored="").ok
        assert hash_password(PASSWORD) != PASSWORD
    assert not fits(PASSWORD, PASSWORD)


@given(st.text(max_size=40))
def test_plain_text_fits_itself_only(password: str) -> None:
    """No other text than the stored one, but for one more try in NFC."""
    for wrong in (password + "x", "x" + password, password[:-1]):
        if wrong != password:
            found = judge(
                password, wrong, cost=LOWEST, report=lambda *_, **__: None, declared=("plaintext",)
            )
            assert found is None or found.matched in (None, password.encode("utf-8", "ignore"))


@pytest.mark.parametrize("word", ["hunter2", "correct horse", "p{a}ss", "12 monkeys!", "a$b$c"])
def test_ordinary_passwords_are_no_hashes(word: str) -> None:
    """Signs that hashes also have do not lock anybody out."""
    assert not like_a_hash(word)


@pytest.mark.parametrize(
    "text",
    [
        "hex-sha256",
        "hex-md4:password",
        "hex-md5:salt",
        "hex-md5:salt+password",
        "hex-md5:password@salt$hash",
        "hex-md5:salt+password@hash",
        "hex-md5:salt+password@user.",
        "hex-md5:salt+password@saltXhash",
        "hex-md5:salt password@salt$hash",
        "HEX-MD5:password",
        "plain",
        "sha256",
    ],
)
def test_a_malformed_declaration_is_refused_with_the_choices(text: str) -> None:
    """The error names the setting, what was given, and every form there is."""
    with pytest.raises(ConfigurationError) as caught:
        Policy(password_formats=(text,), password_attribute="password_hash")

    message = str(caught.value)
    assert "password_formats" in message
    assert repr(text) in message
    assert "hex-sha256:salt+password@salt$hash" in message


class Ada(UserMixin):
    """A user whose plain password is her name."""

    def __init__(self) -> None:
        self.id = self.name = self.password = "ada lovelace"


def test_only_the_named_attribute_is_replaced() -> None:
    """A password that is also the user's name becomes a hash; the name stays."""
    ada, app = Ada(), Flask(__name__)
    app.secret_key = "k3y-" * 12
    app.testing = True
    LoginManager(app).user_loader(lambda _: ada)

    @app.post("/login")
    def login() -> str:
        if check_password_hash(ada.password, request.form["password"]):
            login_user(ada)
        return "done"

    policy = Policy(password_formats=("plaintext",), password_attribute="password")
    harden(app, policy=policy, store="memory://")
    app.test_client().post("/login", data={"name": ada.name, "password": ada.name})

    assert ada.name == ada.id == "ada lovelace"
    assert ada.password.startswith("$argon2id$")


def test_a_declaration_needs_the_attribute() -> None:
    """Found by its value alone, the wrong attribute could be replaced; the error says so."""
    with pytest.raises(ConfigurationError, match="password_attribute"):
        Policy(password_formats=("plaintext",))


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("plaintext", None),
        ("crypt-des", None),
        ("hex-md5:password", hash_notation.Notation("md5", "password")),
        (
            "hex-sha1:password+salt@hash:salt",
            hash_notation.Notation("sha1", "password+salt", after=":"),
        ),
        (
            "hex-sha1:salt+password@salthash",
            hash_notation.Notation("sha1", "salt+password", before=""),
        ),
        (
            "hex-sha512:salt+password+salt@user.pw_salt",
            hash_notation.Notation("sha512", "salt+password+salt", "pw_salt"),
        ),
    ],
)
def test_the_notation_is_read(text: str, expected: hash_notation.Notation | None) -> None:
    """Each form of the documentation."""
    assert hash_notation.read(text) == expected
