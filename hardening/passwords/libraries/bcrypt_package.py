"""``checkpw`` of the package bcrypt, and ``hashpw`` where it is used to check.

`hashpw` with a bare salt is left alone. An app may keep that salt in a column of its own and
compare what it gets next time, which an Argon2id hash would never equal. Such new hashes become
Argon2id at the first login.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial, wraps
from types import ModuleType

from hardening.passwords.libraries.base import here, replace
from hardening.passwords.watched import Watched

_SALT = 29  # characters of a bare bcrypt salt, with kind and cost


def adopt(module: ModuleType) -> list[Watched] | None:
    """Replace both functions; None while the module is still being loaded."""
    if not {"checkpw", "hashpw"} <= set(vars(module)):
        return None
    return [
        *replace(module, "checkpw", "bcrypt.checkpw", _checkpw, verifies=True),
        *replace(module, "hashpw", "bcrypt.hashpw", _hashpw, verifies=True),
    ]


def _checkpw(original: Callable[[bytes, bytes], bool]) -> Callable[[bytes, bytes], bool]:
    @wraps(original)
    def checkpw(password: bytes, hashed_password: bytes) -> bool:
        own = partial(original, password, hashed_password)
        calls = here()
        if calls is None or not _both_bytes(password, hashed_password):
            return own()
        return calls.check(hashed_password, password, own)

    return checkpw


def _hashpw(original: Callable[[bytes, bytes], bytes]) -> Callable[[bytes, bytes], bytes]:
    @wraps(original)
    def hashpw(password: bytes, salt: bytes) -> bytes:
        own = partial(original, password, salt)
        calls = here()
        if calls is None or not _both_bytes(password, salt) or not _whole(salt):
            return own()
        # `hashpw(password, stored) == stored` is how the package's older documentation checks.
        if calls.check(salt, password, lambda: own() == salt):
            return salt
        return salt[:-1] + (b"/" if salt.endswith(b".") else b".")

    return hashpw


def _both_bytes(one: object, other: object) -> bool:
    return isinstance(one, bytes) and isinstance(other, bytes)  # it raises for anything else


def _whole(salt: bytes) -> bool:
    """Return whether `salt` is a complete stored hash."""
    if len(salt) <= _SALT:
        return False
    from hardening.passwords.legacy import recognise  # late, as in `passlib`

    try:
        return recognise(salt.decode()) is not None
    except UnicodeDecodeError:
        return False
