"""What is wrong with a stored hash that cannot be verified."""

from __future__ import annotations

from hardening.errors import HardeningError


class CorruptHashError(HardeningError):
    """A stored text begins like a known format and then is none. Carries no part of it."""


class UnsupportedHashError(HardeningError):
    """A stored text is of a format that a missing package knows.

    Attributes:
        install: the package to install.
    """

    def __init__(self, install: str) -> None:
        super().__init__(f"install {install}")
        self.install = install
