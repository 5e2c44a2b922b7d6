"""Wrapped hashes: Argon2id over the digest of an older hash, made without knowing the password.

A wrapped hash says everything that verifying it takes::

    $hardening-wrap$v=1$<format>$<parameters>$argon2id$v=19$m=19456,t=2,p=1$<salt>$<tag>

``<format>`` is the name of the older format (``pbkdf2``, ``bcrypt``). ``<parameters>`` is what that
format's hash holds beside its digest, salt included, as it stood in the database; it may contain
``$``, and ends where the last ``$argon2id$`` begins. From there on the text is an Argon2id hash in
its standard encoding, whose secret is the digest as raw bytes (bcrypt: its 31 characters). So to
verify a password: compute the older format's digest of it, and verify that with Argon2id.

An example, 161 characters, of the password "correct horse battery staple"::

    $hardening-wrap$v=1$pbkdf2$pbkdf2:sha256:600000$8BPYbsKOAsMFJfDb$argon2id$v=19$m=19456,t=2,p=1$
    2b4klnJERifdrClqNPZOZA$+htPYWDmKDl4Qzj+YWyQcEzpTOczC+MxE0t/QOHKXlg

Nothing is wrapped twice: a wrapped hash is as strong against a thief as Argon2id makes it, and
becomes a plain Argon2id hash at the next login.
"""

from __future__ import annotations

import re
from typing import NamedTuple

from hardening.passwords import work
from hardening.passwords.formats.argon2 import Argon2
from hardening.passwords.formats.base import NUMBER, Ceilings, Format, exceeds
from hardening.passwords.formats.errors import CorruptHashError
from hardening.passwords.work import Work

PREFIX = "$hardening-wrap$v=1$"
_MARK = (
    "$hardening-wrap$"  # of every version, so that a later one is never taken for something else
)
_SHAPE = re.compile(
    rf"{re.escape(PREFIX)}([^$]+)\$(.*)"
    rf"(\$argon2id\$v=19\$m={NUMBER},t={NUMBER},p={NUMBER}\$[A-Za-z0-9+/]+\$[A-Za-z0-9+/]+)",
    re.DOTALL,  # a salt may be any text
)
_OUTER = Argon2()


class Layers(NamedTuple):
    """The parts of a wrapped hash."""

    inner: str
    """Name of the older format."""
    parameters: str
    """Of the older format, with the salt."""
    outer: str
    """The Argon2id hash of the older digest."""

    def __repr__(self) -> str:  # it may end up in somebody's traceback
        return f"Layers(inner={self.inner!r})"


def is_wrapped(stored: str) -> bool:
    """Return whether `stored` was meant as a wrapped hash, sound or not."""
    return stored.startswith(_MARK)


def layers_of(stored: str) -> Layers:
    """Return the parts of a wrapped hash.

    Raises:
        CorruptHashError: `stored` is none, or of a version that is not known.
    """
    match = _SHAPE.fullmatch(stored)
    if match is None:
        raise CorruptHashError("wrapped")
    return Layers(*match.groups())


def join(inner: str, parameters: str, outer: str) -> str:
    """Return the wrapped hash of these parts; `outer` is an Argon2id hash of the older digest."""
    return f"{PREFIX}{inner}${parameters}{outer}"


def wrapped_length(inner: str, parameters: str, outer_length: int) -> int:
    """Return how many characters `join` would give, `outer_length` of them Argon2id's own."""
    return len(join(inner, parameters, "")) + outer_length


class Wrapped:
    """The format of one wrapped hash.

    Args:
        inner: the format that was wrapped; None where nothing knows it, so that no password fits.
    """

    name = "wrapped"

    def __init__(self, inner: Format | None) -> None:
        self._inner = inner

    def claims(self, stored: str) -> bool:
        return is_wrapped(stored)

    def too_costly(self, stored: str, most: Ceilings) -> bool:
        return any(exceeds(each, most) for each in self.works(stored))

    def works(self, stored: str) -> tuple[Work, Work]:
        """Return what each layer costs, the outer one last. Computes no hash.

        Raises:
            CorruptHashError: `stored` has the wrong shape.
        """
        layers = layers_of(stored)
        return self._known().cost(layers.parameters), _OUTER.work(layers.outer)

    def work(self, stored: str) -> Work:
        """Return what the outer layer costs; `verify` notes the inner one itself.

        Raises:
            CorruptHashError: `stored` has the wrong shape.
        """
        return self.works(stored)[1]

    def verify(self, stored: str, password: bytes) -> bool:
        inner, layers = self._known(), layers_of(stored)
        digests = inner.digests(layers.parameters, password)
        inner_work, outer_work = self.works(stored)
        work.note(inner_work)
        for _ in digests[1:]:  # all are tried, so that the time does not tell which fits
            work.note(outer_work)
        fits = [_OUTER.verify(layers.outer, digest) for digest in digests]
        return any(fits)

    def covers(self, password: bytes) -> bool:
        return self._inner is not None and self._inner.covers(password)

    def split(self, stored: str) -> None:
        """Return None: nothing is wrapped twice."""

    def cost(self, parameters: str) -> Work:
        raise CorruptHashError(self.name)

    def digests(self, parameters: str, password: bytes) -> tuple[bytes, ...]:
        raise CorruptHashError(self.name)

    def _known(self) -> Format:
        if self._inner is None:
            raise CorruptHashError(self.name)
        return self._inner
