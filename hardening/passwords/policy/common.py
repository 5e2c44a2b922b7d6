"""Which passwords are common: on a public list, or made of two entries of it, or of few parts.

The list is part of the package, so that no password leaves the process. Where it comes from, and
under which licences, is written in ``tools/build_common_passwords.py``.
"""

from __future__ import annotations

import hashlib
from functools import cache
from importlib import resources

SHORTEST = 4  # characters of an entry; shorter ones say nothing about what they are part of
MARK_BYTES = 5  # of the SHA-256: 1 in 25 million for a password that is not on the list
# Public lists know few passwords that are as long as this, since few sites ask for them. So two
# entries in a row count as one from here on: there are a thousand million such pairs, fewer than
# an attacker tries, and "password12345678" is what people make of "password".
PAIRS_FROM = 15
_STEPS = (-1, 0, 1)


def is_common(password: str) -> bool:
    """Return whether `password` is on the list, or from 15 characters on made of two entries.

    Small and capital letters are the same for this, and for this only.
    """
    text = password.lower()
    if _is_listed(text):
        return True
    if len(text) < PAIRS_FROM:
        return False
    cuts = range(SHORTEST, len(text) - SHORTEST + 1)
    return any(_is_listed(text[:cut]) and _is_listed(text[cut:]) for cut in cuts)


def real_length(password: str) -> int:
    """Return how many characters of `password` are not simply repeated or counted on.

    A part that is repeated to the end counts once: 8 for "passwordpassword". A character that
    goes on as the two before it did does not count: 2 for "aaaaaaaa" and for "12345678".
    """
    once = password[: _period(password)]
    codes = [ord(character) for character in once]
    going_on = sum(
        second - first == third - second and third - second in _STEPS
        for first, second, third in zip(codes, codes[1:], codes[2:], strict=False)
    )
    return len(once) - going_on


def mark_of(entry: str) -> bytes:
    """Return what the list holds of `entry`."""
    # A lone surrogate out of JSON is no text; it is on no list either.
    return hashlib.sha256(entry.encode("utf-8", "replace")).digest()[:MARK_BYTES]


def _period(text: str) -> int:
    """Return the length of the shortest part that `text` is a repetition of; its own if of none."""
    return (text + text).find(text, 1) if text else 0


def _is_listed(text: str) -> bool:
    return mark_of(text) in _marks()


@cache
def _marks() -> frozenset[bytes]:
    data = (resources.files("hardening") / "data" / "common_passwords.bin").read_bytes()
    return frozenset(data[at : at + MARK_BYTES] for at in range(0, len(data), MARK_BYTES))
