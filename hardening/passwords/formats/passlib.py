"""pbkdf2 and scrypt in the modular crypt format, as passlib and libpass write them."""

from __future__ import annotations

import hashlib
import re

from hardening.passwords.formats.base import NUMBER, Keyed, matched, unbase64
from hardening.passwords.formats.werkzeug import scrypt
from hardening.passwords.work import Work

_TEXT = "[A-Za-z0-9./+]"


class PasslibPbkdf2(Keyed):
    """``$pbkdf2-sha256$rounds$salt$digest``, and the same with LDAP's braces."""

    name = "passlib-pbkdf2"
    _shape = re.compile(
        rf"(?:\$pbkdf2(?:-(sha256|sha512))?\$|\{{PBKDF2(?:-(SHA256|SHA512))?\}})"
        rf"({NUMBER})\$({_TEXT}*)"
    )

    def claims(self, stored: str) -> bool:
        return re.match(r"\$pbkdf2[$-]|\{PBKDF2[}-]", stored) is not None

    def read(self, stored: str) -> tuple[str, bytes]:
        parameters, _, digest = stored.rpartition("$")
        size = hashlib.new(self._parts(parameters)[0]).digest_size
        return parameters, unbase64(digest, size=size)

    def cost(self, parameters: str) -> Work:
        digest, rounds, _ = self._parts(parameters)
        return Work(("pbkdf2", digest), rounds)

    def compute(self, parameters: str, password: bytes) -> tuple[bytes, ...]:
        digest, rounds, salt = self._parts(parameters)
        return (hashlib.pbkdf2_hmac(digest, password, salt, rounds),)

    def _parts(self, parameters: str) -> tuple[str, int, bytes]:
        modular, braces, rounds, salt = matched(self._shape, parameters).groups()
        return (modular or braces or "sha1").lower(), int(rounds), unbase64(salt, size=0)


class PasslibScrypt(Keyed):
    """``$scrypt$ln=16,r=8,p=1$salt$digest``; ``ln`` is the logarithm of n."""

    name = "passlib-scrypt"
    _shape = re.compile(rf"\$scrypt\$ln=(\d{{1,2}}),r=({NUMBER}),p=({NUMBER})\$({_TEXT}*)")

    def claims(self, stored: str) -> bool:
        return stored.startswith("$scrypt$")

    def read(self, stored: str) -> tuple[str, bytes]:
        parameters, _, digest = stored.rpartition("$")
        return parameters, unbase64(digest, size=32)  # passlib asks for 32 bytes

    def cost(self, parameters: str) -> Work:
        log, r, p, _ = matched(self._shape, parameters).groups()
        return Work(("scrypt", 1 << int(log), int(r)), int(p))

    def compute(self, parameters: str, password: bytes) -> tuple[bytes, ...]:
        salt = unbase64(matched(self._shape, parameters)[4], size=0)
        return (scrypt(password, salt, self.cost(parameters), 32),)
