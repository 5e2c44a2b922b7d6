"""Django's formats, as far as they are no other tool's with a word in front."""

from __future__ import annotations

import hashlib
import re

from hardening.passwords.formats.base import NUMBER, Keyed, matched, unbase64
from hardening.passwords.formats.crypt import CryptDes
from hardening.passwords.formats.werkzeug import as_bytes, scrypt
from hardening.passwords.work import Work


class DjangoPbkdf2(Keyed):
    """``pbkdf2_sha256$rounds$salt$base64`` and ``pbkdf2_sha1$``."""

    name = "django-pbkdf2"
    _shape = re.compile(rf"pbkdf2_(sha1|sha256)\$({NUMBER})\$([^$]*)")

    def claims(self, stored: str) -> bool:
        return stored.startswith(("pbkdf2_sha1$", "pbkdf2_sha256$"))

    def read(self, stored: str) -> tuple[str, bytes]:
        parameters, _, digest = stored.rpartition("$")
        size = hashlib.new(matched(self._shape, parameters)[1]).digest_size
        return parameters, unbase64(digest, size=size)

    def cost(self, parameters: str) -> Work:
        digest, rounds, _ = matched(self._shape, parameters).groups()
        return Work(("pbkdf2", digest), int(rounds))

    def compute(self, parameters: str, password: bytes) -> tuple[bytes, ...]:
        digest, rounds, salt = matched(self._shape, parameters).groups()
        return (hashlib.pbkdf2_hmac(digest, password, as_bytes(salt), int(rounds)),)


class DjangoScrypt(Keyed):
    """``scrypt$n$salt$r$p$base64``."""

    name = "django-scrypt"
    _shape = re.compile(rf"scrypt\$({NUMBER})\$([^$]*)\$({NUMBER})\$({NUMBER})")

    def claims(self, stored: str) -> bool:
        # With one dollar less it is Werkzeug's, without parameters.
        return stored.startswith("scrypt$") and stored.count("$") > 2

    def read(self, stored: str) -> tuple[str, bytes]:
        parameters, _, digest = stored.rpartition("$")
        return parameters, unbase64(digest, size=64)  # Django asks for 64 bytes

    def cost(self, parameters: str) -> Work:
        n, _, r, p = matched(self._shape, parameters).groups()
        return Work(("scrypt", int(n), int(r)), int(p))

    def compute(self, parameters: str, password: bytes) -> tuple[bytes, ...]:
        salt = matched(self._shape, parameters)[2]
        return (scrypt(password, as_bytes(salt), self.cost(parameters)),)


class DjangoDes(CryptDes):
    """``crypt$$`` and crypt(3)'s thirteen characters; passlib writes the salt twice."""

    name = "django-crypt-des"
    _prefix = re.compile(r"crypt\$(?:[./A-Za-z0-9]{2})?\$")

    def claims(self, stored: str) -> bool:
        return self._prefix.match(stored) is not None

    def read(self, stored: str) -> tuple[str, bytes]:
        return super().read(self._prefix.sub("", stored, count=1))
