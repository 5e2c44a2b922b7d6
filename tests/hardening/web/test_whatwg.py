"""Where a browser goes, held against what a browser said."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from hardening.whatwg import SPECIAL_PORTS, parse_host, resolve
from tools.url_texts import TEXTS

# Written by tools/ask_chromium.py, which also records the version it asked.
ANSWERS: list[dict[str, Any]] = json.loads(
    Path(__file__).with_name("browser_urls.json").read_text(encoding="utf-8")
)["answers"]

OWN = "app.example"


def test_the_table_is_a_table() -> None:
    """The texts of the tool were asked, hundreds of them, on both bases."""
    assert list(dict.fromkeys(answer["text"] for answer in ANSWERS)) == list(dict.fromkeys(TEXTS))
    assert len(TEXTS) > 300
    assert {answer["base"].partition(":")[0] for answer in ANSWERS} == {"http", "https"}


@pytest.mark.parametrize(
    "row", ANSWERS, ids=lambda row: ascii(row["text"])[:40] + " on " + row["base"][:5]
)
def test_agrees_with_the_browser(row: dict[str, Any]) -> None:
    """Scheme, host and port are the browser's; what it refuses has no destination."""
    found = resolve(row["text"], row["base"].partition(":")[0])

    if row["answer"] is None:
        assert found is None
        return
    assert found is not None
    assert found.scheme == row["answer"]["scheme"]
    if found.scheme in SPECIAL_PORTS:
        host = OWN if found.stays else found.host
        port = "" if found.port is None else str(found.port)
        assert (host, port) == (row["answer"]["host"], row["answer"]["port"])


urlish = st.text(
    alphabet=st.one_of(
        st.sampled_from("/\\:@?#.[]%\t\n\r \x00abxhtps01\u3002\uff0e\u00ad"), st.characters()
    ),
    max_size=30,
)
prefixed = st.builds(
    "".join,
    st.lists(
        st.one_of(
            st.sampled_from(
                ["https:", "http:", "//", "\\\\", "/", "@", OWN, "evil.example", "\t", "%2f", ":80"]
            ),
            urlish,
        ),
        max_size=6,
    ),
)


@given(prefixed, st.sampled_from(["http", "https"]))
@example("//[", "https")
@example("//\ud800", "https")
@example("https://" + "1" * 6000, "https")
def test_never_raises(text: str, scheme: str) -> None:
    """Any text has a destination or none."""
    found = resolve(text, scheme)

    assert found is None or found.scheme == found.scheme.lower()


@given(prefixed, st.sampled_from(["http", "https"]))
def test_what_stays_has_no_host_for_anybody_else(text: str, scheme: str) -> None:
    """A text that stays has no host in urllib's eyes either, backslashes read as slashes."""
    found = resolve(text, scheme)
    if found is None or not found.stays:
        return
    plain = text.strip("".join(map(chr, range(33)))).translate(dict.fromkeys(map(ord, "\t\n\r")))
    plain = plain.replace("\\", "/")

    parts = urlsplit(plain if ":" in plain.partition("/")[0] else "x:" + plain)

    assert not parts.netloc


@given(urlish)
def test_a_host_is_one_that_a_header_can_hold(text: str) -> None:
    """A host comes out in ASCII, without anything that ends a host."""
    host = parse_host(text)

    assert host is None or (host.isascii() and not set(host) & set("/\\?#@ \t\r\n%"))


@given(st.text(alphabet="abcdefghijklmnopqrstuvwxyz.-ÄßéK\u3002\uff0e", min_size=1, max_size=12))
def test_a_host_is_its_own_normal_form(text: str) -> None:
    """Reading a host that was read changes nothing."""
    host = parse_host(text)

    assert host is None or parse_host(host) == host
