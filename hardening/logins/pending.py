"""Who is half way through a login, as the app's own session says."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from hardening.sessions.keys import peek

_MOST = 200  # characters of a value that count
_KEPT = 64  # keys that are looked at: a session has a handful
# Compiled by `re` at its first use, as most processes start without one.
# Keys under which a half-made login waits, and keys that say whose it is.
_PENDING = (
    r"pending|half|partial|pre_?auth|mfa|2fa|tfa|otp|two_?(?:factor|step)|second_?(?:factor|step)"
    r"|(?:^|_)(?:verify|verifying|verification|reset|challenge|unverified|temp|tmp)_"
)
_WHO = (
    r"(?:^|_)(?:user|uid|userid|username|user_?(?:id|pk|name|email)|e_?mail(?:_address)?"
    r"|(?:account|member|person|login)(?:_?(?:id|name|email))?|phone(?:_number)?)$"
)
_OWN = 16  # characters from which a value is taken for one login's own, not a state or a number


def waits(session: Any) -> bool:
    """Return whether `session` holds a half-made login."""
    return any(re.search(_PENDING, words) for words, _ in _entries(session))


def who(session: Any) -> str | None:
    """Return what stands for the user that `session` names under a key of the app's, or None."""
    found = []
    for words, value in _entries(session):
        pending = re.search(_PENDING, words) is not None
        if re.search(_WHO, words):
            found.append((not pending, words, value))
        elif pending and len(value) >= _OWN:
            found.append((True, words, value))
    if not found:
        return None
    _, words, value = min(found)
    return f"{words} {value}"


def words_of(name: str) -> str:
    """Return the words of a name, in lower case with one line between them."""
    separated = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", name[:_MOST])
    return re.sub(r"[^a-z0-9]+", "_", separated.lower()).strip("_")


def _entries(session: Any) -> Iterator[tuple[str, str]]:
    """Yield the keys of the app's own, as words, and what they hold."""
    if not isinstance(session, dict) or not session:
        return
    for key in list(session)[:_KEPT]:
        # One underscore in front: Flask-Login's and other extensions' own keys.
        if isinstance(key, str) and not key.startswith("_"):
            value = peek(session, key)
            if isinstance(value, str | int) and value:
                yield words_of(key), str(value)[:_MOST]
