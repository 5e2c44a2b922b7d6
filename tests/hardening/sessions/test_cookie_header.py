"""The Cookie header as the app sees it: translated once, and never anybody else's."""

from __future__ import annotations

import pytest
from flask import Flask, request
from site_app import Site
from werkzeug.datastructures import ImmutableMultiDict, MultiDict

from hardening.hooks import cookie_header
from hardening.hooks.cookie_header import KEPT_HEADERS, LONGEST_KEPT

NAMES = (("session", "__Host-"), ("remember_token", "__Host-"))


def text(header: str, remember_name: str | None = "remember_token") -> str:
    return cookie_header.read(header, NAMES, remember_name).text


@pytest.mark.parametrize(
    ("header", "expected"),
    [
        ("a=1; b=2", "a=1; b=2"),
        ("__Host-session=x; a=1", "session=x; a=1"),
        ("session=planted; __Host-session=x", "session=x"),
        ("__Host-session=x; session=planted; a=1", "session=x; a=1"),
        ("__Secure-session=planted", "__Secure-session=planted"),
        ("__Host-remember_token=1|mac~sel.val", "remember_token=1|mac"),
        ("remember_token=1|mac", "remember_token=1|mac"),
        ("not_remember_token=1~2", "not_remember_token=1~2"),
    ],
)
def test_translated(header: str, expected: str) -> None:
    """Names and values become the app's own, the first time and the second."""
    assert text(header) == expected
    assert text(header) == expected


@pytest.mark.parametrize("space", ["\x1c", "\x85", "\xa0", "\x0b"])
@pytest.mark.parametrize("name", ["__Host-session", "__Host-remember_token"])
def test_space_that_only_python_knows(space: str, name: str) -> None:
    """A name with a byte before it is another name: any subdomain can plant it with a domain."""
    own = name.removeprefix("__Host-")
    for planted in (f"{space}{name}=x~y", f"{name}{space}=x~y"):
        found = cookie_header.read(planted, NAMES, "remember_token")
        both = cookie_header.read(f"{planted}; {name}=own", NAMES, "remember_token")

        assert (found.text, found.prefixed, found.token) == (planted, set(), None)
        assert both.parsed(ImmutableMultiDict).getlist(own) == ["own"]
        assert both.token is None


@pytest.mark.parametrize("planted", ["session =x", "\tsession=x", "session\t =x"])
def test_space_around_a_name(planted: str) -> None:
    """A plain name is known by what Werkzeug makes of it, and dropped beside ours."""
    assert text(f"{planted}; __Host-session=own") == "session=own"


def test_quotes_around_our_cookies() -> None:
    """Two planted cookies with one quote each do not make ours a part of a value."""
    found = cookie_header.read(
        'a="1; __Host-session=x; __Host-known_device=y; b=2"', NAMES, "remember_token"
    )
    parsed = found.parsed(ImmutableMultiDict)

    assert (parsed["session"], parsed["__Host-known_device"]) == ("x", "y")
    assert "x" not in parsed["a"]


def test_what_else_it_says() -> None:
    """The token, and which names came with a prefix, are there for the guards."""
    found = cookie_header.read("__Host-session=x; remember_token=1|mac~sel.val", NAMES, None)
    assert (found.token, found.prefixed) == (None, {"session"})
    found = cookie_header.read(found.text, NAMES, "remember_token")

    assert (found.token, found.prefixed) == ("sel.val", set())


def test_other_names_in_force() -> None:
    """The same header says something else once a setting has changed."""
    header = "__Host-session=x; __Secure-session=y"
    assert text(header) == "session=x; __Secure-session=y"
    secure = cookie_header.read(header, (("session", "__Secure-"),), None)
    assert secure.text == "__Host-session=x; session=y"

    assert cookie_header.read(header, (), None).text == header


def test_kept_within_bounds() -> None:
    """A thousand headers of ordinary length are kept, and none that is longer."""
    before = cookie_header._kept.cache_info().currsize
    long = f"__Host-session={'x' * LONGEST_KEPT}"
    assert text(long) == f"session={'x' * LONGEST_KEPT}"
    assert cookie_header._kept.cache_info().currsize == before
    for number in range(KEPT_HEADERS + 10):
        text(f"a={number}")

    assert cookie_header._kept.cache_info().currsize == KEPT_HEADERS


def test_says_no_secret() -> None:
    """What is kept shows neither a cookie nor a token."""
    found = cookie_header.read(
        "__Host-session=abc; remember_token=1|mac~sel.val", NAMES, "remember_token"
    )

    assert not any(secret in repr(found) for secret in ("abc", "mac", "sel", "val"))


def test_requests_share_nothing_that_changes() -> None:
    """An app that asked for cookies it may change gets its own each time."""
    found = cookie_header.read("a=1", NAMES, None)
    own = found.parsed(MultiDict)
    own["a"] = "2"

    assert found.parsed(MultiDict)["a"] == "1"
    with pytest.raises(TypeError):
        found.parsed(ImmutableMultiDict)["a"] = "2"


def test_request_cookies(make_site, monkeypatch) -> None:  # type: ignore[no-untyped-def]  # fixtures
    """A view sees the app's names, whatever class the app parses cookies into."""

    def add(app: Flask) -> None:
        @app.get("/cookies")
        def cookies() -> dict[str, str]:
            kind = request.dict_storage_class
            assert type(request.cookies) is kind
            return {**request.cookies.to_dict(), "header": request.headers["Cookie"]}

    site: Site = make_site(before=add)
    header = {"Cookie": "__Host-session=x; a=1"}
    expected = {"session": "x", "a": "1", "header": "session=x; a=1"}
    client = site.app.test_client(use_cookies=False)
    url = "https://app.example/cookies"
    assert client.get(url, headers=header).get_json() == expected
    monkeypatch.setattr(site.app.request_class, "dict_storage_class", MultiDict)
    assert client.get(url, headers=header).get_json() == expected
