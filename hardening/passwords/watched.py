"""The library functions that were replaced in this process."""

from __future__ import annotations

from typing import Any, NamedTuple


class Watched(NamedTuple):
    """One function that was replaced."""

    name: str
    """``werkzeug.security.check_password_hash``"""
    original: Any
    replacement: Any
    verifies: bool
    """Whether it checks passwords, rather than making hashes."""


WATCHED: list[Watched] = []
"""What `hardening.passwords.missed` looks for references to."""
