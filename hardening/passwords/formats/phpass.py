"""phpass's portable hashes: ``$P$`` of WordPress and others, ``$H$`` of phpBB."""

from __future__ import annotations

import hashlib
import re

from hardening.passwords.formats.base import MOST_BYTES, Parted, matched
from hardening.passwords.formats.errors import CorruptHashError
from hardening.passwords.work import Work

_ALPHABET = "./0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
_LEAST, _MOST = 7, 30  # logarithm of the rounds: what phpass accepts


class Phpass(Parted):
    """``$P$``, one character for the rounds, eight of salt and 22 of digest."""

    name = "phpass"
    _shape = re.compile(r"\$[PH]\$([./A-Za-z0-9])([./A-Za-z0-9]{8})")
    _whole = re.compile(_shape.pattern + "[./A-Za-z0-9]{22}")

    def claims(self, stored: str) -> bool:
        return stored.startswith(("$P$", "$H$"))

    def read(self, stored: str) -> tuple[str, bytes]:
        matched(self._whole, stored)
        return stored[:12], stored[12:].encode()

    def cost(self, parameters: str) -> Work:
        log = _ALPHABET.index(matched(self._shape, parameters)[1])
        if not _LEAST <= log <= _MOST:
            raise CorruptHashError(self.name)
        return Work((self.name,), 1 << log)

    def compute(self, parameters: str, password: bytes) -> tuple[bytes, ...]:
        if len(password) > MOST_BYTES:
            return ()
        salt = matched(self._shape, parameters)[2].encode()
        return (phpass(password, salt, self.cost(parameters).units),)


def phpass(password: bytes, salt: bytes, rounds: int) -> bytes:
    """Return the 22 characters that follow the salt."""
    last = hashlib.md5(salt + password, usedforsecurity=False).digest()
    for _ in range(rounds):
        last = hashlib.md5(last + password, usedforsecurity=False).digest()
    number = int.from_bytes(last, "little")
    # Three bytes make four characters each; the last one makes two.
    return "".join(_ALPHABET[number >> 6 * i & 63] for i in range(22)).encode()
