"""``PasswordHasher`` of argon2-cffi: already Argon2, so that little is left to do.

An app's own parameters are kept as long as they are at least the policy's, and so are its own
re-hashes after ``check_needs_rehash``. What is weaker becomes the policy's, and is not called
outdated by the app's weaker hasher afterwards: the two would replace each other at every login.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial, wraps
from types import ModuleType
from typing import TYPE_CHECKING, Any

from hardening.passwords import pepper
from hardening.passwords.deferred import as_text
from hardening.passwords.libraries.base import here, replace
from hardening.passwords.watched import Watched

if TYPE_CHECKING:
    from hardening.context import Context


def adopt(module: ModuleType) -> list[Watched] | None:
    """Replace the methods; None while the module is still being loaded."""
    kind = vars(module).get("PasswordHasher")
    if kind is None:
        return None
    label = "argon2.PasswordHasher."
    return [
        *replace(kind, "verify", label + "verify", _verify, verifies=True),
        *replace(kind, "hash", label + "hash", _hash, verifies=False),
        *replace(kind, "check_needs_rehash", label + "check_needs_rehash", _rehash, verifies=False),
    ]


def _verify(original: Callable[..., bool]) -> Callable[..., bool]:
    @wraps(original)
    def verify(self: Any, hash: Any, password: Any) -> bool:
        own = partial(original, self, hash, password)
        calls = here()
        if calls is None:
            return own()
        from argon2.exceptions import VerificationError, VerifyMismatchError

        def answer() -> bool:
            try:
                return own()
            except VerificationError as error:
                if type(error) is not VerifyMismatchError:
                    raise
                return False

        if calls.check(hash, password, answer):
            return True
        raise VerifyMismatchError("The password does not match the supplied hash")

    return verify


def _hash(original: Callable[..., str]) -> Callable[..., str]:
    @wraps(original)
    def hash(self: Any, password: Any, **options: Any) -> str:
        own = partial(original, self, password, **options)
        calls = here()
        if calls is None:
            return own()
        keep = bool(options) or not _weaker(self, calls.context)
        return str(calls.generate(password, own, keep=keep, bytes_too=True))

    return hash


def _rehash(original: Callable[..., bool]) -> Callable[..., bool]:
    @wraps(original)
    def check_needs_rehash(self: Any, hash: Any) -> bool:
        calls, text = here(), as_text(hash)
        if text is None:
            return original(self, hash)
        ours = calls is not None and calls.active and _weaker(self, calls.context)
        if calls is not None and ours and calls.current(text):
            return False
        return original(self, pepper.peel(text) if pepper.is_sealed(text) else hash)

    return check_needs_rehash


def _weaker(own: Any, context: Context) -> bool:
    policy = context.policy
    return bool(own.memory_cost < policy.argon2_memory_kib or own.time_cost < policy.argon2_time)
