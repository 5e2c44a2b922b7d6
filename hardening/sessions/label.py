"""What people call the browser of a session: "Firefox on Linux".

Made once, at login, and kept in the session's record, so that a list of sessions needs no user
agents. With ua-parser installed (the extra ``devices``) it knows thousands of browsers; without
it, the names behind `hardening.sessions.binding`. It is only ever shown: nothing is decided by it.
"""

from __future__ import annotations

from functools import lru_cache

from hardening.sessions.binding import browser_of

LONGEST = 64  # characters of a label
# Characters of a user agent that are looked at: real ones have up to 300, and the library's
# patterns should not be let loose on whatever a server takes for a header.
_LOOKED_AT = 512

_NAMES = {
    "samsung": "Samsung Internet",
    "ios": "iOS",
    "chromeos": "ChromeOS",
    "macos": "macOS",
    "Mac OS X": "macOS",
    "Chrome OS": "ChromeOS",
}
_CAPITALISED = frozenset(
    {"edge", "opera", "vivaldi", "yandex", "firefox", "chrome", "safari"}
    | {"windows", "android", "linux"}
)
_NOTHING = frozenset({"unknown", "Other", "mozilla"})  # every browser begins with Mozilla


@lru_cache(maxsize=1024)  # bounded: a client chooses its user agent
def label_of(user_agent: str) -> str:
    """Return the label of `user_agent`, without versions; empty where it says nothing."""
    looked_at = user_agent[:_LOOKED_AT]
    family, system = _ask_library(looked_at) or browser_of(looked_at)
    return built(family, system)


def built(family: str | None, system: str | None) -> str:
    """Return the label for a browser family and a system; empty where both are unknown."""
    return clean(" on ".join(name for name in (_name(family), _name(system)) if name))


def clean(text: str) -> str:
    """Return `text` cut to `LONGEST`, without control characters and the like."""
    return "".join(char for char in text if char.isprintable())[:LONGEST].strip()


def _name(name: str | None) -> str:
    if not name or name in _NOTHING:
        return ""
    known = _NAMES.get(name)
    return known or (name.capitalize() if name in _CAPITALISED else name)


def _ask_library(user_agent: str) -> tuple[str | None, str | None] | None:
    """Return (family, system) by ua-parser; None where it is missing or knows neither."""
    try:
        from ua_parser import parse_os, parse_user_agent

        browser, system = parse_user_agent(user_agent), parse_os(user_agent)
    except Exception:  # noqa: BLE001  # absent or broken, a label must not cost anybody the login
        return None
    if browser is None and system is None:
        return None
    return browser.family if browser else None, system.family if system else None
