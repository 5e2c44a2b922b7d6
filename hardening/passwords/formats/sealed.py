"""A hash that the pepper's keys do not open: it fits no password, whatever it is inside."""

from __future__ import annotations

from hardening.passwords.formats.base import Ceilings
from hardening.passwords.formats.errors import CorruptHashError
from hardening.passwords.work import Work


class Unopened:
    """The format of a sealed hash whose key is missing, or that was changed."""

    name = "sealed"

    def claims(self, stored: str) -> bool:
        return False  # `hardening.passwords.legacy.recognise` has tried to open it

    def too_costly(self, stored: str, most: Ceilings) -> bool:
        raise CorruptHashError(self.name)

    def work(self, stored: str) -> Work:
        raise CorruptHashError(self.name)

    def verify(self, stored: str, password: bytes) -> bool:
        raise CorruptHashError(self.name)

    def covers(self, password: bytes) -> bool:
        return False

    def split(self, stored: str) -> None:
        """Return None: it cannot be read."""

    def cost(self, parameters: str) -> Work:
        raise CorruptHashError(self.name)

    def digests(self, parameters: str, password: bytes) -> tuple[bytes, ...]:
        raise CorruptHashError(self.name)
