"""Argon2 in its standard encoding, as argon2-cffi and passlib write it."""

from __future__ import annotations

import re

from hardening.passwords import work
from hardening.passwords.formats.base import NUMBER, Ceilings, exceeds, numbers
from hardening.passwords.formats.errors import CorruptHashError
from hardening.passwords.work import Work


class Argon2:
    """Argon2i, d and id, by argon2-cffi."""

    name = "argon2"
    _shape = re.compile(
        rf"\$argon2(?:id|i|d)\$(?:v={NUMBER}\$)?m=({NUMBER}),t=({NUMBER}),p=({NUMBER})"
        r"\$[A-Za-z0-9+/]+\$[A-Za-z0-9+/]+"
    )

    def claims(self, stored: str) -> bool:
        return stored.startswith("$argon2")

    def too_costly(self, stored: str, most: Ceilings) -> bool:
        return exceeds(self.work(stored), most)

    def work(self, stored: str) -> Work:
        memory_kib, time, lanes = numbers(self._shape, stored)
        return work.argon2(stored.split("$", 2)[1], memory_kib, time, lanes)

    def verify(self, stored: str, password: bytes) -> bool:
        # Imported late: it takes 24 ms, and an app may start without hashing anything.
        from argon2 import PasswordHasher
        from argon2.exceptions import InvalidHashError, VerificationError, VerifyMismatchError

        try:
            return PasswordHasher().verify(stored, password)
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
