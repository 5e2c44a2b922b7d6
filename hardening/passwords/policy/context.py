"""Words that an attacker tries first: the names of this site and of whoever sets the password."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import Any

from flask import current_app, has_app_context

from hardening.passwords.current import calls_here

_SHORTEST = 3  # characters of a word: a shorter one turns up anywhere
_MOST_WORD = 256  # characters; nobody's name is longer, and the search is for every word
_USER_NAMES = (
    "username",
    "user_name",
    "name",
    "full_name",
    "first_name",
    "last_name",
    "nickname",
    "login",
    "email",
    "email_address",
    "phone",
)
# Parts of host names and of apps' names that say nothing about this site.
_USUAL = {
    *("www", "app", "api", "web", "com", "org", "net", "edu", "gov", "info", "site", "main"),
    *("localhost", "example", "flask", "wsgi", "application", "create_app", "__main__"),
}


def words_of(texts: Iterable[str]) -> set[str]:
    """Return the words in names and addresses, in small letters, with each text as a whole.

    Args:
        texts: such as "Ada Lovelace" and "ada.l@shop.example": gives "ada", "lovelace",
            "ada.l@shop.example", "ada.l", "shop".
    """
    found: set[str] = set()
    for text in texts:
        lowered = text.strip().lower()[:_MOST_WORD]
        local, _, host = lowered.rpartition("@")
        found |= {lowered, local, *re.split(r"[\W_]+", local or lowered)}
        if local:
            found |= set(host.split(".")[:-1])
    return {word for word in found if len(word) >= _SHORTEST and word not in _USUAL}


def words_of_site() -> set[str]:
    """Return the words in the current app's name and hosts; none outside an app."""
    if not has_app_context():
        return set()
    config, calls = current_app.config, calls_here()
    hosts = [config.get("SERVER_NAME"), *(config.get("TRUSTED_HOSTS") or ())]
    hosts += calls.context.policy.trusted_hosts if calls else ()
    labels = [label for host in hosts if host for label in str(host).split(":")[0].split(".")[:-1]]
    return words_of([current_app.name.rpartition(".")[2], *labels])


def words_of_user(user: Any) -> tuple[str, ...]:
    """Return what the usual attributes of a user object, such as ``email``, hold."""
    return tuple(_texts(user))


def without(password: str, words: Iterable[str]) -> int:
    """Return how many characters of `password` are left once `words` are taken out."""
    left = password.lower()
    for word in sorted(words, key=lambda each: (-len(each), each)):
        left = left.replace(word, "")
    return len(left)


def _texts(user: Any) -> Iterator[str]:
    for name in _USER_NAMES:
        value = getattr(user, name, None)
        if isinstance(value, str) and value:
            yield value
