"""Argon2 in its standard encoding, as most tools write it, and in Django's with a prefix."""

from __future__ import annotations

import re

from hardening.passwords import work
from hardening.passwords.formats.base import (
    NUMBER,
    Ceilings,
    CorruptHashError,
    exceeds,
    numbers,
)
from hardening.passwords.work import Work


class Argon2:
    """Argon2i, d and id, by argon2-cffi."""

    name = "argon2"
    _prefix = ""
    _shape = re.compile(
        rf"\$argon2(?:id|i|d)\$(?:v={NUMBER}\$)?m=({NUMBER}),t=({NUMBER}),p=({NUMBER})"
        r"\$[A-Za-z0-9+/]+\$[A-Za-z0-9+/]+"
    )

    def claims(self, stored: str) -> bool:
        return stored.startswith(f"{self._prefix}$argon2")

    def too_costly(self, stored: str, most: Ceilings) -> bool:
        return exceeds(self.work(stored), most)

    def work(self, stored: str) -> Work:
        standard = stored.removeprefix(self._prefix)
        memory_kib, time, lanes = numbers(self._shape, standard)
        return work.argon2(standard.split("$", 2)[1], memory_kib, time, lanes)

    def verify(self, stored: str, password: bytes) -> bool:
        # Imported late: it takes 24 ms, and an app may start without hashing anything.
        from argon2 import PasswordHasher
        from argon2.exceptions import InvalidHashError, VerificationError, VerifyMismatchError

        try:
            return PasswordHasher().verify(stored.removeprefix(self._prefix), password)
        except VerifyMismatchError:
            return False
        except (InvalidHashError, VerificationError):
            raise CorruptHashError(self.name) from None

    def covers(self, password: bytes) -> bool:
        return True

    def split(self, stored: str) -> None:
        """Return None: Argon2 over Argon2 would be no stronger."""

    def cost(self, parameters: str) -> Work:
        raise CorruptHashError(self.name)

    def digests(self, parameters: str, password: bytes) -> tuple[bytes, ...]:
        raise CorruptHashError(self.name)


class DjangoArgon2(Argon2):
    """``argon2$argon2id$...``: the standard encoding after Django's name for it."""

    name = "django-argon2"
    _prefix = "argon2"
