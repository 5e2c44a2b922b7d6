"""Which new passwords the policy takes, and what it says of the others."""

from __future__ import annotations

import secrets
from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask
from flask_wtf import FlaskForm
from hypothesis import given, settings
from hypothesis import strategies as st
from wtforms import PasswordField, StringField

from hardening.passwords.policy import AcceptablePassword, Problem, check, words_of_user
from hardening.passwords.policy.common import is_common, real_length


def codes(password: str, **more: Any) -> list[str]:
    return [problem.code for problem in check(password, **more)]


@pytest.mark.parametrize(
    "password",
    [
        "correct horse battery staple",
        "correcthorsebatterystaple",
        "Tr0ub4dor&3 and the rest",
        "пароль из нескольких слов",
        "一二三四五 我的密码很长很长很长",
        "   spaces   all   over   ",
        "e\u0301" * 3 + "quelque chose",
        "🔑🐎🔋📎🌧️🧦🕯️🎈🪁🧭🎻🥾🪵🗝️",
    ],
)
def test_long_passwords_of_any_text_are_taken(password: str) -> None:
    """Spaces, any script, and no kinds of characters that have to be there."""
    assert () == check(password)


@given(st.text(st.characters(codec="utf-8"), max_size=40), st.booleans())
def test_only_too_short_ones_are_called_so(password: str, second_factor: bool) -> None:
    """15 characters where the password is the only factor, 8 beside a second one."""
    least = 8 if second_factor else 15

    assert (len(password) < least) == ("too_short" in codes(password, second_factor=second_factor))


@settings(max_examples=50)
@given(st.integers(15, 1024))
def test_random_text_of_every_allowed_length_is_taken(length: int) -> None:
    """64 characters always, and up to 1024."""
    assert () == check(secrets.token_urlsafe(1024)[:length])


def test_more_than_1024_characters_are_refused_unread() -> None:
    """A megabyte costs nothing: the length is all that is looked at."""
    assert [Problem("too_long", "Use at most 1024 characters.", 1024)] == list(
        check("password" * 200_000)
    )


def test_a_short_password_says_how_long_it_has_to_be() -> None:
    """The problem carries the number for programs and a sentence for people."""
    assert (Problem("too_short", "Use at least 15 characters.", 15),) == check("xk3!9qLw&")


def test_text_that_cannot_be_stored_is_refused() -> None:
    """A lone surrogate is a problem here, before it is an error in a view."""
    assert ["not_text"] == codes("correct horse battery \ud800")


# From the two lists that the data was made of; the longest as well as the most common.
@pytest.mark.parametrize(
    "password", ["password", "12345678", "iloveyou", "PASSWORD", "Princess1", "baseball1"]
)
def test_common_passwords_are_refused_beside_a_second_factor(password: str) -> None:
    """The list counts in small and capital letters."""
    assert "common" in codes(password, second_factor=True)


@pytest.mark.parametrize(
    "password",
    [
        "1q2w3e4r5t6y7u8i",
        "123456789987654321",
        "password12345678",
        "passwordpassword",
        "Password12345678",
        "qwertyuiopasdfgh",
        "sunshinebutterfly",
    ],
)
def test_long_common_passwords_and_pairs_are_refused(password: str) -> None:
    """From 15 characters on, two entries of the list in a row count as one."""
    assert ["common"] == codes(password)


@pytest.mark.parametrize(
    "password", ["xk3!9qLw", "bluefish7&", "tasse-kaffee", "sunshine butterfly"]
)
def test_near_misses_of_the_list_are_taken(password: str) -> None:
    """Pairs are not looked for in short ones, nor is anything taken out first."""
    assert not is_common(password)


def test_random_passwords_are_not_on_the_list() -> None:
    """Five bytes of a digest are enough to tell them apart."""
    assert [] == [text for _ in range(3000) if is_common(text := secrets.token_hex(5))]


@pytest.mark.parametrize(
    ("password", "real"),
    [
        ("", 0),
        ("a", 1),
        ("aaaaaaaa", 1),
        ("abcdefgh", 2),
        ("87654321", 2),
        ("abcabcabc", 2),
        ("horsehorsehorse", 5),
        ("xk3!9qLw", 8),
        ("correct horse", 13),
    ],
)
def test_repetitions_and_counting_are_taken_out(password: str, real: int) -> None:
    """What goes on by itself does not count."""
    assert real == real_length(password)


@given(st.text(max_size=60))
def test_the_real_length_is_never_longer(password: str) -> None:
    """It counts characters of the password, whatever they are."""
    assert min(1, len(password)) <= real_length(password) <= len(password)


@pytest.mark.parametrize(
    "password", ["xyxyxyxyxyxyxyxyxyxy", "abcdefghijklmnopqr", "00000000000000000000000001"]
)
def test_passwords_that_go_on_by_themselves_are_refused(password: str) -> None:
    """They are long, and no list has to know them."""
    assert "repetitive" in codes(password) or "common" in codes(password)


ADA = ("Ada Lovelace", "ada.lovelace@shop.example.com")


@pytest.mark.parametrize(
    ("password", "found"),
    [
        ("ada.lovelace@shop.example.com", ["context"]),
        ("AdaLovelace1815!", ["context"]),
        ("lovelacelovelace9", ["context"]),
        ("ada likes long walks", []),
        ("the lovelace shop of my aunt", []),
    ],
)
def test_names_do_not_make_a_password(password: str, found: list[str]) -> None:
    """A name may be in it, as long as half of the length is left without."""
    assert found == codes(password, context=ADA)


def test_words_of_the_site_count_without_being_named() -> None:
    """The app's name and hosts are known."""
    app = Flask("bookshop")
    app.config["SERVER_NAME"] = "readingroom.example.com"
    with app.app_context():
        assert ["context"] == codes("bookshopreadingroom1")
        assert [] == codes("bookshop full of novels")

    assert [] == codes("bookshopreadingroom1")


def test_the_policy_of_the_app_sets_the_lengths(guard: Callable[..., Any]) -> None:
    """Settings of the wrapped app replace the defaults."""
    app = Flask("shop")
    guard(app, password_length=20, password_length_second_factor=12)
    with app.app_context():
        assert [20, 12] == [
            check("xk3!9qLw&", second_factor=beside)[0].limit for beside in (False, True)
        ]


def test_usual_attributes_of_a_user_are_its_words() -> None:
    """Other attributes are not looked at: the hash is one."""

    class User:
        username, email, password_hash, phone = "ada", "ada@shop.example", "$argon2id$", None

    assert ("ada", "ada@shop.example") == words_of_user(User())


@pytest.fixture
def form() -> Any:
    """A form for a new account, filled by `submit`."""
    app = Flask("shop")
    app.config.update(SECRET_KEY="x" * 32, WTF_CSRF_ENABLED=False)

    def submit(password: str | None, **options: Any) -> list[str]:
        class Register(FlaskForm):
            username = StringField()
            password = PasswordField(validators=[AcceptablePassword(**options)])

        data = {"username": "adalovelace"} | ({} if password is None else {"password": password})
        with app.test_request_context(method="POST", data=data):
            filled = Register()
            filled.validate()
            return list(filled.password.errors)

    return submit


def test_a_form_refuses_with_the_reasons(form: Any) -> None:
    """Each problem's sentence is in the field's error."""
    assert [] == form("correct horse battery")
    assert ["Use at least 15 characters. It is one of the passwords that are tried first."] == form(
        "password"
    )
    assert ["Use at least 15 characters."] == form(None)


def test_a_form_takes_names_from_its_other_fields(form: Any) -> None:
    """The user's name is in the same form."""
    assert ["Too much of it is your name or address, or this site's."] == form("adalovelace1815")
    assert [] == form("adalovelace1815", context_fields=["nothing"])


@pytest.mark.parametrize("beside", [True, lambda form: form.username.data == "adalovelace"])
def test_a_form_may_ask_for_less_beside_a_second_factor(form: Any, beside: Any) -> None:
    """A value, or a function of the form."""
    assert [] == form("xk3!9qLw", second_factor=beside)


def test_a_form_speaks_other_languages(form: Any) -> None:
    """The sentence is the app's own where it gives one."""

    def german(problem: Problem) -> str:
        return {"too_short": f"Mindestens {problem.limit} Zeichen."}[problem.code]

    assert ["Mindestens 15 Zeichen."] == form("xk3!9qLw", message=german)


def test_importing_the_policy_imports_no_wtforms() -> None:
    """Apps without forms do not have the package."""
    import subprocess
    import sys

    code = "import sys, hardening.passwords.policy; sys.exit('wtforms' in sys.modules)"

    assert 0 == subprocess.run([sys.executable, "-c", code], check=False).returncode
