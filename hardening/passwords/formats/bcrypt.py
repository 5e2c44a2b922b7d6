"""bcrypt, plain and over a digest, by the package bcrypt."""

from __future__ import annotations

import hashlib
import re

from hardening.passwords.formats.base import Parted, UnsupportedHashError, matched
from hardening.passwords.work import Work

_SALT = "[./A-Za-z0-9]{22}"
_DIGEST = "[./A-Za-z0-9]{31}"


class Bcrypt(Parted):
    """``$2a$``, ``$2b$`` and ``$2y$``."""

    name = "bcrypt"
    _prefix = ""
    _kinds = ("$2a$", "$2b$", "$2y$")
    _shape = re.compile(rf"\$2[aby]\$(\d\d)\${_SALT}")

    def claims(self, stored: str) -> bool:
        return stored.startswith(tuple(self._prefix + kind for kind in self._kinds))

    def read(self, stored: str) -> tuple[str, bytes]:
        matched(re.compile(re.escape(self._prefix) + self._shape.pattern + _DIGEST), stored)
        return stored[:-31], stored[-31:].encode()

    def cost(self, parameters: str) -> Work:
        match = matched(self._shape, parameters.removeprefix(self._prefix))
        return Work(("bcrypt",), 1 << int(match[1]))

    def compute(self, parameters: str, password: bytes) -> tuple[bytes, ...]:
        salt = parameters.removeprefix(self._prefix)
        return (digest_of(self.prepare(parameters, password), salt),)

    def prepare(self, parameters: str, password: bytes) -> bytes:
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

    def prepare(self, parameters: str, password: bytes) -> bytes:
        return hashlib.sha256(password).hexdigest().encode()

    def covers(self, password: bytes) -> bool:
        return True


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
