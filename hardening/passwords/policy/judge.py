"""What is wrong with a new password: its length, and how soon it would be guessed.

NIST SP 800-63B-4 and ASVS 5.0, 6.2: long, not among the common ones, not made of the names at
hand; and no rules about which kinds of characters it has to hold. The text counts as it was
received; nothing is cut, and case is looked at nowhere but in the comparison with lists.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Literal

from hardening.passwords.current import calls_here
from hardening.passwords.hasher import MOST_CHARACTERS
from hardening.passwords.policy.breach import breached
from hardening.passwords.policy.common import is_common, real_length
from hardening.passwords.policy.context import without, words_of, words_of_site
from hardening.policy import Policy

Code = Literal["not_text", "too_short", "too_long", "repetitive", "common", "context", "breached"]

_DEFAULT = Policy()


@dataclass(frozen=True, slots=True)
class Problem:
    """One reason why a password is not accepted."""

    code: Code
    """For programs, and to look a translation up by."""
    message: str
    """For people, in English."""
    limit: int | None = None
    """The number of characters that was missed, where the problem is a length."""


def check(
    password: str,
    *,
    context: Iterable[str] = (),
    second_factor: bool = False,
    breaches: bool = False,
) -> tuple[Problem, ...]:
    """Return what is wrong with `password` as a new one; empty if it may be taken.

    Args:
        password: exactly as received.
        context: names and addresses of whoever sets it; the current app's name and hosts are
            added. What they make up of the password does not count towards half of its length.
        second_factor: whether it is used beside a second factor, and so may be shorter.
        breaches: whether to ask if it has leaked, where nothing else is wrong with it.
    """
    least = _least(second_factor)
    try:
        password.encode()
    except UnicodeEncodeError:  # a lone surrogate out of JSON, which no hash takes
        return (Problem("not_text", "It holds characters that cannot be stored."),)
    if len(password) > MOST_CHARACTERS:
        said = f"Use at most {MOST_CHARACTERS} characters."
        return (Problem("too_long", said, MOST_CHARACTERS),)
    found = tuple(_problems(password, least, words_of(context) | words_of_site()))
    if not found and breaches and breached(password):
        return (Problem("breached", "It has appeared in a data breach."),)
    return found


def _least(second_factor: bool) -> int:
    calls = calls_here()
    policy = calls.context.policy if calls else _DEFAULT
    return policy.password_length_second_factor if second_factor else policy.password_length


def _problems(password: str, least: int, words: set[str]) -> Iterator[Problem]:
    half = -(-least // 2)  # our own: what has to be left once the guessable parts are taken out
    if len(password) < least:
        yield Problem("too_short", f"Use at least {least} characters.", least)
    if is_common(password):
        yield Problem("common", "It is one of the passwords that are tried first.")
    elif password and real_length(password) < half:
        yield Problem("repetitive", "Too much of it is repeated or counted up.")
    if words and len(password) >= half > without(password, words):
        yield Problem("context", "Too much of it is your name or address, or this site's.")
