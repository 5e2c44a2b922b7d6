"""A stored hash is no password, wherever it is typed; everything else may be one."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from site_app import HASH, Site

from hardening import ConfigurationError, Policy
from hardening.passwords import hash_password

MakeSite = Callable[..., Site]
HASHES = {
    "argon2": hash_password("whatever"),
    "pbkdf2": HASH,
    "scrypt": "scrypt:32768:8:1$saltsaltsaltsalt$" + "0" * 128,
    "bcrypt": "$2b$12$" + "a" * 53,
}


@pytest.mark.parametrize("text", HASHES.values(), ids=HASHES)
def test_a_complete_hash_is_refused(site: Site, text: str) -> None:
    """403 before the view, the same for known and unknown names, and counted as a failure."""
    answers = [site.browser().login(name, text) for name in ("ada", "nobody")]

    assert [answer.status_code for answer in answers] == [403, 403]
    assert answers[0].data == answers[1].data
    assert site.names().count("password_hash_submitted") == 2
    assert site.names().count("authn_login_fail") == 2


def test_in_a_json_body_too(site: Site) -> None:
    """Wherever the throttle finds a password."""
    sent = {"username": "ada", "password": HASHES["bcrypt"]}

    assert site.browser().post("/login", json=sent).status_code == 403


@pytest.mark.parametrize(
    "password",
    [
        "$2b$12$short",
        "pbkdf2:sha256:1000$",
        "scrypt or pbkdf2 or $argon2id$, who knows?" * 2,
        "0" * 64,
    ],
)
def test_what_only_resembles_a_hash_may_be_a_password(site: Site, password: str) -> None:
    """The view decides."""
    assert site.browser().login("ada", password).data == b"try again"


def test_observing_lets_it_pass(make_site: MakeSite) -> None:
    """Mode observe only says so."""
    site = make_site(mode="observe")

    assert site.browser().login("ada", HASH).data == b"try again"
    assert "password_hash_submitted" in site.names()


@pytest.mark.parametrize("value", [0, -1, 1025, True, "4", 1.5])
def test_a_wrong_number_of_places_is_refused(value: Any) -> None:
    """`hash_concurrency` is a whole number from 1, or None."""
    with pytest.raises(ConfigurationError, match="hash_concurrency"):
        Policy(hash_concurrency=value)
