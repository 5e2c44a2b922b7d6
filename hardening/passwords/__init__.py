"""Password hashes: Argon2id for new ones, every usual old format verified and moved on.

Apps need not call anything here: `hardening.harden` adopts the calls they already make.
"""

from __future__ import annotations

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
