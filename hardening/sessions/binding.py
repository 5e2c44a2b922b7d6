"""Which browser a session belongs to: its family and system, which an upgrade does not change."""

from __future__ import annotations

import re
from functools import lru_cache

# The first that matches wins: every browser claims to be several others.
_FAMILIES = (
    ("edge", "Edg"),
    ("opera", "OPR/"),
    ("samsung", "SamsungBrowser"),
    ("vivaldi", "Vivaldi"),
    ("yandex", "YaBrowser"),
    ("firefox", "Firefox/"),
    ("firefox", "FxiOS"),
    ("chrome", "CriOS"),
    ("chrome", "Chrome/"),
    ("chrome", "Chromium"),
    ("safari", "Safari/"),
)
_SYSTEMS = (
    ("windows", "Windows"),
    ("android", "Android"),
    ("ios", "iPhone"),
    ("ios", "iPad"),
    ("ios", "iPod"),
    ("chromeos", "CrOS"),
    ("macos", "Mac OS X"),
    ("macos", "Macintosh"),
    ("linux", "Linux"),
)
_PRODUCT = re.compile(r"[A-Za-z][\w.+-]*")
_LONGEST = 32  # characters of an unknown product's name; it comes from the client


@lru_cache(maxsize=1024)  # bounded: a client chooses its user agent
def browser_of(user_agent: str) -> tuple[str, str]:
    """Return (family, system) of `user_agent`; versions are left out on purpose."""
    family = next((name for name, sign in _FAMILIES if sign in user_agent), None)
    if family is None:
        product = _PRODUCT.match(user_agent)
        family = product.group().lower()[:_LONGEST] if product else "unknown"
    system = next((name for name, sign in _SYSTEMS if sign in user_agent), "unknown")
    return family, system
