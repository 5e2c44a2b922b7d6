"""The laboratory itself: a gallery whose browsers are wrong proves nothing."""

from __future__ import annotations

import pytest

from examples.attacks._jar import Jar, parse
from examples.attacks.cached_page import History
from examples.attacks.next_redirect import leaves

FLAGS = "; Path=/; Secure; HttpOnly; SameSite=Lax"


def test_a_secure_cookie_stays_off_http() -> None:
    """Secure cookies are neither sent over http nor taken from it."""
    jar = Jar()
    jar.accept("a=1; Path=/; Secure", scheme="https")
    jar.accept("b=1; Path=/; Secure", scheme="http")

    assert jar.send(scheme="http") == ""
    assert jar.send(scheme="https") == "a=1"


@pytest.mark.parametrize(
    "header",
    [
        "__Host-a=1; Path=/",
        "__Host-a=1; Path=/x; Secure",
        "__Host-a=1; Path=/; Secure; Domain=shop.example",
        "__Secure-a=1; Path=/",
    ],
)
def test_a_prefixed_name_needs_its_attributes(header: str) -> None:
    """Browsers ignore a prefixed cookie that does not keep the prefix's promise."""
    jar = Jar()
    jar.accept(header, scheme="https")

    assert jar.cookies == {}


def test_an_insecure_deletion_of_a_prefixed_cookie_is_ignored() -> None:
    """A deletion is a Set-Cookie like any other."""
    jar = Jar()
    jar.accept(f"__Host-a=1{FLAGS}", scheme="https")
    jar.accept("__Host-a=; Max-Age=0; Path=/", scheme="https")
    assert "__Host-a" in jar.cookies
    jar.accept(f"__Host-a=; Expires=Thu, 01 Jan 1970 00:00:00 GMT{FLAGS}", scheme="https")

    assert jar.cookies == {}


@pytest.mark.parametrize(
    ("same_site", "image", "link"),
    [
        ("", True, True),
        ("; SameSite=None", True, True),
        ("; SameSite=Lax", False, True),
        ("; SameSite=Strict", False, False),
    ],
)
def test_same_site(same_site: str, image: bool, link: bool) -> None:
    """Lax lets a link through and holds an image's request back, Strict holds both."""
    jar = Jar()
    jar.accept(f"a=1; Path=/{same_site}", scheme="https")

    assert bool(jar.send(scheme="https", cross_site=True)) is image
    assert bool(jar.send(scheme="https", cross_site=True, navigation=True)) is link


def test_weaknesses_are_named() -> None:
    """Each missing protection of a cookie has its name."""
    assert parse("session=1; Path=/").weaknesses == ("Secure", "HttpOnly", "SameSite", "prefix")
    assert parse(f"__Host-session=1{FLAGS}").weaknesses == ()


@pytest.mark.parametrize(
    "address", ["/me", "me?next=//evil.example", "#x", "https://shop.example/x", "", "/%5Cevil"]
)
def test_an_own_address_does_not_leave(address: str) -> None:
    """Paths and the own host stay on the site."""
    assert not leaves(address)


@pytest.mark.parametrize(
    "address",
    [
        "//evil.example",
        "/\t/evil.example",
        "\\\\evil.example",
        "https:evil.example",
        "data:x",
        "https://shop.example@evil.example",
        "https://evil.example\\@shop.example",
    ],
)
def test_a_foreign_address_leaves(address: str) -> None:
    """Read as a browser does, these lead elsewhere."""
    assert leaves(address)


def test_history_keeps_what_may_be_kept() -> None:
    """An empty history shows nothing: the row fails for the right reason."""
    assert History().back("/me") is None
