"""Whether a header that the app set itself undoes the protection that it is named after.

The app's own header is kept either way: it may be meant. The event says what it gives away.
"""

from __future__ import annotations

import re

JUDGED = frozenset(
    {
        "strict-transport-security",
        "content-security-policy",
        "x-content-type-options",
        "x-frame-options",
        "referrer-policy",
    }
)

_ANY_SOURCE = frozenset({"*", "http:", "https:", "data:"})


def problem(lowered: str, value: str) -> str | None:
    """Return what is wrong with the header `lowered` (its name in lower case), or None."""
    text = value.strip().lower()
    match lowered:
        case "strict-transport-security":
            return _hsts(text)
        case "content-security-policy":
            return _content_policy(text)
        case "x-content-type-options" if text != "nosniff":
            return "browsers know no other value than nosniff"
        case "x-frame-options" if text not in ("deny", "sameorigin"):
            return "browsers know only DENY and SAMEORIGIN and ignore this"
        case "referrer-policy" if "unsafe-url" in text:
            return "sends addresses with their query to every other site"
        case _:
            return None


def _hsts(text: str) -> str | None:
    match = re.search(r"(?:^|;)\s*max-age\s*=\s*\"?(\d+)", text)
    if match is None:
        return "has no max-age, so browsers ignore it"
    return (
        "max-age=0 makes browsers forget that the site needs https"
        if not int(match.group(1)[:12])
        else None
    )


def _content_policy(text: str) -> str | None:
    directives: dict[str, list[str]] = {}
    for part in text.split(";"):
        words = part.split()
        if words:
            directives.setdefault(words[0], words[1:])
    scripts = directives.get("script-src", directives.get("default-src"))
    if scripts is None or "'strict-dynamic'" in scripts:
        return None
    if any(source in _ANY_SOURCE for source in scripts):
        return "scripts may come from anywhere"
    trusted = any(source.startswith(("'nonce-", "'sha")) for source in scripts)
    if "'unsafe-inline'" in scripts and not trusted:
        return "scripts inside the page run, also those that an attacker put there"
    return None
