"""Password hashes: Argon2id for new ones, every usual old format verified and moved on.

Apps need not call anything here: `hardening.harden` adopts the calls they already make.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from hardening.passwords.api import (
        check_password_hash,
        generate_password_hash,
        hash_password,
        verify_password,
    )
    from hardening.passwords.hasher import Verdict

__all__ = [
    "Verdict",
    "check_password_hash",
    "generate_password_hash",
    "hash_password",
    "verify_password",
]

if not TYPE_CHECKING:  # a checker would let any name pass

    def __getattr__(name: str) -> object:
        """Load what hashes with the first public name: wrapping an app needs none of it."""
        if name not in __all__:
            raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
        from hardening.passwords import api

        return globals().setdefault(name, getattr(api, name))

    def __dir__() -> list[str]:
        return sorted({*globals(), *__all__})
