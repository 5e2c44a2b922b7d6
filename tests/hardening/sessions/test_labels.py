"""What must hold of the names under which sessions are shown."""

from __future__ import annotations

import builtins
import subprocess
import sys
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from site_app import FIREFOX, PHONE, Site

from hardening.client import prefix_of
from hardening.sessions.label import clean, label_of

Make = Callable[..., Site]
SAFARI = (
    "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) "
    "Version/18.5 Safari/605.1.15"
)
VIVALDI_WINDOWS = (
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) "
    "Chrome/140.0.0.0 Safari/537.36 Vivaldi/7.6"
)


@pytest.fixture(autouse=True)
def _forget_labels() -> Iterator[None]:
    """Labels are remembered by user agent, whatever made them."""
    label_of.cache_clear()
    yield
    label_of.cache_clear()


@pytest.fixture
def no_library(monkeypatch: pytest.MonkeyPatch) -> None:
    """Python without ua-parser."""
    real = builtins.__import__

    def refuse(name: str, *rest: Any, **more: Any) -> Any:
        if name.startswith("ua_parser"):
            raise ImportError(name)
        return real(name, *rest, **more)

    monkeypatch.setattr(builtins, "__import__", refuse)


@pytest.mark.parametrize(
    ("agent", "label"),
    [
        (FIREFOX, "Firefox on Linux"),
        (PHONE, "Chrome Mobile on Android"),
        (SAFARI, "Safari on macOS"),
        (VIVALDI_WINDOWS, "Vivaldi on Windows"),
        ("curl/8.14.1", "curl"),
        ("", ""),
        ("Mozilla/5.0", ""),
    ],
)
def test_library(agent: str, label: str) -> None:
    """With ua-parser a label is the browser's and the system's usual name, without versions."""
    assert label == label_of(agent)


@pytest.mark.usefixtures("no_library")
@pytest.mark.parametrize(
    ("agent", "label"),
    [
        (FIREFOX, "Firefox on Linux"),
        (PHONE, "Chrome on Android"),
        (SAFARI, "Safari on macOS"),
        (VIVALDI_WINDOWS, "Vivaldi on Windows"),
        ("curl/8.14.1", "curl"),
        ("", ""),
        ("Mozilla/5.0", ""),
    ],
)
def test_without_library(agent: str, label: str) -> None:
    """Without it a label is made of the family and the system that bind the session."""
    assert label == label_of(agent)


def test_broken_library(monkeypatch: pytest.MonkeyPatch) -> None:
    """A library that fails costs nobody the login."""
    import ua_parser

    def fail(_agent: str) -> None:
        raise RuntimeError("no patterns")

    monkeypatch.setattr(ua_parser, "parse_user_agent", fail)

    assert label_of(FIREFOX) == "Firefox on Linux"


def test_strange_characters() -> None:
    """Control and direction characters are taken out, and a label is at most 64 long."""
    assert clean("a\x1b\u202eb31m\n\x9b\u200bc\x7f") == "ab31mc"
    assert len(clean("x" * 500)) == 64


@pytest.mark.parametrize(
    "agent", ["Evil\x1b[2J/1 \x9b31m", "A" * 4000, "Mozilla/5.0 (" + "\u00adX11; " * 300]
)
def test_hostile_user_agent(site: Site, agent: str) -> None:
    """Whatever a client calls itself, its session is listed by a short printable label."""
    browser = site.browser(agent.replace("\u00ad", "\xad"))
    browser.login()

    assert browser.who() == "ada"

    (found,) = site.hardening.sessions.list("ada")

    assert len(found.label) <= 64
    assert found.label.isprintable()


def test_listed(site: Site) -> None:
    """`sessions.list` gives the label and the address prefix, and keeps no user agent."""
    site.browser().login()
    site.browser(PHONE, "2001:db8:1:2:3:4:5:6").login()
    listed = site.hardening.sessions.list("ada")

    assert [one.label for one in listed] == ["Firefox on Linux", "Chrome Mobile on Android"]
    assert [one.prefix for one in listed] == ["203.0.113.x", "2001:db8:1:2::x"]


@pytest.mark.parametrize(
    ("network", "prefix"),
    [
        ("203.0.113.7", "203.0.113.x"),
        ("2001:db8::/64", "2001:db8::x"),
        ("::/64", "::x"),
        (None, None),
        ("strange", None),
    ],
)
def test_prefix(network: str | None, prefix: str | None) -> None:
    """An IPv4 address is shown as its /24, an IPv6 one as its /64."""
    assert prefix == prefix_of(network)


def test_imported_late() -> None:
    """Importing the wrapper does not import ua-parser."""
    code = "import sys, hardening; sys.exit('ua_parser' in sys.modules)"

    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
