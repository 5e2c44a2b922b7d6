"""The formats of `werkzeug.security`, with those that it has stopped reading."""

from __future__ import annotations

import hashlib
import hmac
import re

from werkzeug.security import DEFAULT_PBKDF2_ITERATIONS

from hardening.passwords.formats.base import NUMBER, Keyed, matched, numbers, unhex
from hardening.passwords.formats.errors import CorruptHashError
from hardening.passwords.work import Work


class _Werkzeug(Keyed):
    """``method$salt$hex``."""

    def claims(self, stored: str) -> bool:
        return stored.startswith((f"{self.name}:", f"{self.name}$"))

    def read(self, stored: str) -> tuple[str, bytes]:
        parameters, found, digest = stored.rpartition("$")
        if not found or not re.fullmatch("[0-9a-f]+", digest):
            raise CorruptHashError(self.name)
        if len(digest) != 2 * self.size(parameters):
            raise CorruptHashError(self.name)  # cut off by a short column, most likely
        return parameters, unhex(digest)

    def size(self, parameters: str) -> int:
        """Return how many bytes a digest has."""
        raise NotImplementedError


class Pbkdf2(_Werkzeug):
    """``pbkdf2:digest:rounds$salt$hash``."""

    name = "pbkdf2"
    _shape = re.compile(rf"pbkdf2(?::([\w-]+)(?::({NUMBER}))?)?\$([^$]*)")

    def size(self, parameters: str) -> int:
        digest, _, _ = self._parts(parameters)
        try:
            return hashlib.new(digest, usedforsecurity=False).digest_size
        except ValueError:
            raise CorruptHashError(self.name) from None

    def cost(self, parameters: str) -> Work:
        digest, rounds, _ = self._parts(parameters)
        return Work((self.name, digest), rounds)

    def compute(self, parameters: str, password: bytes) -> tuple[bytes, ...]:
        digest, rounds, salt = self._parts(parameters)
        return (hashlib.pbkdf2_hmac(digest, password, salt, rounds),)

    def _parts(self, parameters: str) -> tuple[str, int, bytes]:
        digest, rounds, salt = matched(self._shape, parameters).groups()
        # What is left out is Werkzeug's default; a round count of 0 is an error.
        number = DEFAULT_PBKDF2_ITERATIONS if rounds is None else int(rounds)
        return digest or "sha256", number, as_bytes(salt)


class Scrypt(_Werkzeug):
    """``scrypt:n:r:p$salt$hash``."""

    name = "scrypt"
    _shape = re.compile(rf"scrypt(?::({NUMBER}):({NUMBER}):({NUMBER}))?\$[^$]*")

    def size(self, parameters: str) -> int:
        return 64  # hashlib's default, which Werkzeug uses

    def cost(self, parameters: str) -> Work:
        n, r, p = numbers(self._shape, parameters)
        return Work((self.name, n or 2**15, r or 8), p or 1)  # Werkzeug's defaults

    def compute(self, parameters: str, password: bytes) -> tuple[bytes, ...]:
        return (scrypt(password, as_bytes(parameters.partition("$")[2]), self.cost(parameters)),)


def scrypt(password: bytes, salt: bytes, work: Work, size: int = 64) -> bytes:
    """Return the scrypt digest of `size` bytes that costs `work`."""
    n, r = (int(value) for value in work.family[1:])
    # 128 for the algorithm, and some to spare, as Werkzeug allows it.
    memory = 132 * n * r * work.units
    return hashlib.scrypt(password, salt=salt, n=n, r=r, p=work.units, maxmem=memory, dklen=size)


def as_bytes(salt: str) -> bytes:
    """Return a salt that is stored as text as the tools hash it.

    Raises:
        CorruptHashError: it has a character that no encoding has.
    """
    try:
        return salt.encode()
    except UnicodeEncodeError:
        raise CorruptHashError("no salt") from None


class SaltedDigest(_Werkzeug):
    """``sha1$salt$hex`` and its kin, of Werkzeug before 3.0 and of Django.

    Werkzeug writes HMAC with the salt as key, Django writes the digest of salt and password, and
    nothing in the text tells which. Without a salt both are the plain digest.
    """

    name = "salted-digest"
    _shape = re.compile(r"(md5|sha1|sha224|sha256|sha384|sha512)\$([^$]*)")

    def claims(self, stored: str) -> bool:
        return re.match(r"(?:md5|sha1|sha224|sha256|sha384|sha512)\$", stored) is not None

    def covers(self, password: bytes) -> bool:
        return True  # the password is not the key here

    def size(self, parameters: str) -> int:
        digest, _ = matched(self._shape, parameters).groups()
        return hashlib.new(digest, usedforsecurity=False).digest_size

    def cost(self, parameters: str) -> Work:
        matched(self._shape, parameters)
        return Work(("digest",), 1)

    def compute(self, parameters: str, password: bytes) -> tuple[bytes, ...]:
        digest, text = matched(self._shape, parameters).groups()
        salt = as_bytes(text)
        plain = hashlib.new(digest, salt + password, usedforsecurity=False).digest()
        return (plain, hmac.digest(salt, password, digest)) if salt else (plain,)
