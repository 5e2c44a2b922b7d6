"""bcrypt, plain and over a digest, by the package bcrypt."""

from __future__ import annotations

import base64
import hashlib
import hmac
import re

from hardening.passwords.formats.base import Parted, matched
from hardening.passwords.formats.errors import UnsupportedHashError
from hardening.passwords.work import Work

_SALT = "[./A-Za-z0-9]{22}"
_DIGEST = "[./A-Za-z0-9]{31}"


class Bcrypt(Parted):
    """``$2a$``, ``$2b$`` and ``$2y$``."""

    name = "bcrypt"
    _shape = re.compile(rf"\$2[aby]\$(\d\d)\${_SALT}")
    _whole = re.compile(_shape.pattern + _DIGEST)

    def claims(self, stored: str) -> bool:
        return stored.startswith(("$2a$", "$2b$", "$2y$"))

    def read(self, stored: str) -> tuple[str, bytes]:
        matched(self._whole, stored)
        return stored[:-31], stored[-31:].encode()

    def cost(self, parameters: str) -> Work:
        match = matched(self._shape, parameters)
        return Work(("bcrypt",), 1 << int(match[1]))

    def compute(self, parameters: str, password: bytes) -> tuple[bytes, ...]:
        return (digest_of(self.prepare(password), parameters),)

    def prepare(self, password: bytes) -> bytes:
        """Return what bcrypt is given."""
        return password

    def covers(self, password: bytes) -> bool:
        # At exactly 72 bytes the hash cannot tell this password from a longer one, and bcrypt
        # repeats the password with a NUL after it, so that it cannot tell "a" from "a\0a" either.
        return len(password) < 72 and b"\0" not in password


class BcryptOfSha256(Bcrypt):
    """bcrypt over the hex SHA-256, as by Flask-Bcrypt with BCRYPT_HANDLE_LONG_PASSWORDS.

    Nothing in the stored text tells it from plain bcrypt: the caller has to know.
    """

    name = "bcrypt-sha256"

    def prepare(self, password: bytes) -> bytes:
        return hashlib.sha256(password).hexdigest().encode()

    def covers(self, password: bytes) -> bool:
        return True


class PasslibBcryptSha256(Parted):
    """``$bcrypt-sha256$``: bcrypt over SHA-256, in passlib's two versions.

    The first is ``2b,12$salt$digest``, over base64 of SHA-256. The second, ``v=2,t=2b,r=12``, is
    over base64 of HMAC-SHA-256 with the salt as key.
    """

    name = "passlib-bcrypt-sha256"
    _shape = re.compile(
        rf"\$bcrypt-sha256\$(?:(2[ab]),(\d{{1,2}})|v=2,t=(2b),r=(\d{{1,2}}))\$({_SALT})"
    )
    _whole = re.compile(rf"{_shape.pattern}\${_DIGEST}")

    def claims(self, stored: str) -> bool:
        return stored.startswith("$bcrypt-sha256$")

    def read(self, stored: str) -> tuple[str, bytes]:
        matched(self._whole, stored)
        return stored[:-32], stored[-31:].encode()

    def cost(self, parameters: str) -> Work:
        _, first, _, second, _ = matched(self._shape, parameters).groups()
        return Work(("bcrypt",), 1 << int(first or second))

    def compute(self, parameters: str, password: bytes) -> tuple[bytes, ...]:
        kind, first, newer, second, salt = matched(self._shape, parameters).groups()
        if newer:
            secret = hmac.digest(salt.encode(), password, "sha256")
        else:
            secret = hashlib.sha256(password).digest()
        start = f"${kind or newer}${int(first or second):02}${salt}"
        return (digest_of(base64.b64encode(secret), start),)


def digest_of(secret: bytes, salt: str) -> bytes:
    """Return the 31 characters that follow `salt` in the hash of `secret`.

    Args:
        secret: what bcrypt is given, cut at 72 bytes. Version 5 raises for more, where older ones
            cut: the hashes that those made have to go on working.
        salt: with kind and cost, 29 characters.

    Raises:
        UnsupportedHashError: bcrypt is not installed.
    """
    try:
        import bcrypt
    except ImportError:
        raise UnsupportedHashError("bcrypt") from None
    return bcrypt.hashpw(secret[:72], salt.encode())[29:]
