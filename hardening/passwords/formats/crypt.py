"""The formats of crypt(3): MD5 and SHA-2 with hashlib, DES with libpass.

Python has no function for them any more, and the algorithms are short. SHA-crypt is Ulrich
Drepper's "Unix crypt using SHA-256 and SHA-512"; MD5-crypt is Poul-Henning Kamp's.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable

from hardening.passwords.formats.base import MOST_BYTES, Parted, matched
from hardening.passwords.formats.errors import UnsupportedHashError
from hardening.passwords.work import Work

_ALPHABET = b"./0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
_MD5_ROUNDS = 1000
_SHA_ROUNDS = 5000  # where the text names none
_PERIOD = 42  # rounds after which the order of password and salt repeats: 2 * 3 * 7


class CryptMd5(Parted):
    """``$1$salt$digest``, and Apache's ``$apr1$``."""

    name = "crypt-md5"
    _shape = re.compile(r"(\$1\$|\$apr1\$)([^$]{0,8})")
    _digest = re.compile("[./A-Za-z0-9]{22}")

    def claims(self, stored: str) -> bool:
        return stored.startswith(("$1$", "$apr1$"))

    def read(self, stored: str) -> tuple[str, bytes]:
        return _halves(stored, self._shape, self._digest)

    def cost(self, parameters: str) -> Work:
        matched(self._shape, parameters)
        return Work((self.name,), _MD5_ROUNDS)

    def compute(self, parameters: str, password: bytes) -> tuple[bytes, ...]:
        magic, salt = matched(self._shape, parameters).groups()
        if len(password) > MOST_BYTES:
            return ()
        return (md5_crypt(password, salt.encode(), magic.encode()),)

    def covers(self, password: bytes) -> bool:
        return b"\0" not in password  # where the text ends in C


class CryptSha(Parted):
    """``$5$rounds=5000$salt$digest`` with SHA-256, ``$6$`` with SHA-512.

    Args:
        digest: ``sha256`` or ``sha512``.
    """

    def __init__(self, digest: str) -> None:
        self.name = f"crypt-{digest}"
        self._algorithm = digest
        self._prefix, size = {"sha256": ("$5$", 43), "sha512": ("$6$", 86)}[digest]
        # crypt(3) makes at least 1000 rounds, and says so in what it writes.
        self._shape = re.compile(
            rf"{re.escape(self._prefix)}(?:rounds=([1-9]\d{{3,8}})\$)?((?!rounds=)[^$]{{0,16}})"
        )
        self._digest = re.compile(f"[./A-Za-z0-9]{{{size}}}")

    def claims(self, stored: str) -> bool:
        return stored.startswith(self._prefix)

    def read(self, stored: str) -> tuple[str, bytes]:
        return _halves(stored, self._shape, self._digest)

    def cost(self, parameters: str) -> Work:
        rounds = matched(self._shape, parameters)[1]
        return Work((self.name,), int(rounds or _SHA_ROUNDS))

    def compute(self, parameters: str, password: bytes) -> tuple[bytes, ...]:
        rounds, salt = matched(self._shape, parameters).groups()
        if len(password) > MOST_BYTES:
            return ()
        number = int(rounds or _SHA_ROUNDS)
        return (sha_crypt(self._algorithm, password, salt.encode(), number),)

    def covers(self, password: bytes) -> bool:
        return b"\0" not in password


class CryptDes(Parted):
    """Two characters of salt and eleven of digest, by libpass (or passlib) if it is installed.

    Such a text may as well be a word, so only a prefix or a declaration makes it a hash.
    """

    name = "crypt-des"
    _shape = re.compile("[./A-Za-z0-9]{2}")
    _whole = re.compile("[./A-Za-z0-9]{13}")

    def claims(self, stored: str) -> bool:
        return self._whole.fullmatch(stored) is not None

    def read(self, stored: str) -> tuple[str, bytes]:
        matched(self._whole, stored)
        return stored[:2], stored[2:].encode()

    def cost(self, parameters: str) -> Work:
        matched(self._shape, parameters)
        return Work(("crypt-des",), 1)

    def compute(self, parameters: str, password: bytes) -> tuple[bytes, ...]:
        if b"\0" in password:
            return ()
        try:
            from passlib.hash import des_crypt
        except ImportError:
            raise UnsupportedHashError("libpass") from None
        return (des_crypt.using(salt=parameters).hash(password)[2:].encode(),)

    def covers(self, password: bytes) -> bool:
        # It reads seven bits of each of eight bytes.
        return len(password) < 8 and password.isascii() and b"\0" not in password


def md5_crypt(password: bytes, salt: bytes, magic: bytes) -> bytes:
    """Return the 22 characters that follow the salt."""

    def md5(data: bytes) -> bytes:
        return hashlib.md5(data, usedforsecurity=False).digest()

    size = len(password)
    start = password + magic + salt + _stretch(md5(password + salt + password), size)
    start += b"".join(
        b"\0" if size >> bit & 1 else password[:1] for bit in range(size.bit_length())
    )
    last = _stir(md5, md5(start), password, salt, _MD5_ROUNDS)
    triples = [(last[i], last[i + 6], last[i + 12 if i < 4 else 5]) for i in range(5)]
    return b"".join(_characters(*triple, 4) for triple in triples) + _characters(0, 0, last[11], 2)


def sha_crypt(algorithm: str, password: bytes, salt: bytes, rounds: int) -> bytes:
    """Return the 43 characters of ``sha256`` or the 86 of ``sha512`` that follow the salt."""

    def sha(data: bytes) -> bytes:
        return hashlib.new(algorithm, data).digest()

    size = len(password)
    inner = sha(password + salt + password)
    start = password + salt + _stretch(inner, size)
    start += b"".join(inner if size >> bit & 1 else password for bit in range(size.bit_length()))
    first = sha(start)
    long_password = _stretch(sha(password * size), size)
    long_salt = _stretch(sha(salt * (16 + first[0])), len(salt))
    last = _stir(sha, first, long_password, long_salt, rounds)
    third = len(last) // 3
    turn = 2 if algorithm == "sha256" else 1  # by so much each triple is turned further
    found = b""
    for i in range(third):
        bytes_3 = (last[i], last[i + third], last[i + 2 * third]) * 2
        left = i * turn % 3
        found += _characters(bytes_3[left], bytes_3[left + 1], bytes_3[left + 2], 4)
    if algorithm == "sha256":
        return found + _characters(0, last[31], last[30], 3)
    return found + _characters(0, 0, last[63], 2)


def _stir(
    digest: Callable[[bytes], bytes], last: bytes, password: bytes, salt: bytes, rounds: int
) -> bytes:
    """Hash `last` over and over, with password and salt around it in an order that changes."""
    around = []
    for i in range(_PERIOD):
        between = (salt if i % 3 else b"") + (password if i % 7 else b"")
        around.append((password + between, b"") if i % 2 else (b"", between + password))
    for i in range(rounds):
        before, after = around[i % _PERIOD]
        last = digest(before + last + after)
    return last


def _stretch(digest: bytes, size: int) -> bytes:
    return (digest * (size // len(digest) + 1))[:size]


def _characters(high: int, middle: int, low: int, count: int) -> bytes:
    number = high << 16 | middle << 8 | low
    return bytes(_ALPHABET[number >> 6 * i & 63] for i in range(count))


def _halves(stored: str, shape: re.Pattern[str], digest: re.Pattern[str]) -> tuple[str, bytes]:
    parameters, _, found = stored.rpartition("$")
    matched(shape, parameters)
    matched(digest, found)
    return parameters, found.encode()
