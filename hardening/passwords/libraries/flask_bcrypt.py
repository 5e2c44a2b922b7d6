"""The two methods of Flask-Bcrypt's ``Bcrypt``, which its functions and subclasses call too."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial, wraps
from types import ModuleType
from typing import Any

from hardening.passwords.libraries.base import here, replace
from hardening.passwords.watched import Watched


def adopt(module: ModuleType) -> list[Watched] | None:
    """Replace the methods; None while the module is still being loaded."""
    kind = vars(module).get("Bcrypt")
    if kind is None:
        return None
    label = "flask_bcrypt.Bcrypt."
    found = []
    for name, make, verifies in (
        ("check_password_hash", _check, True),
        ("generate_password_hash", _generate, False),
    ):
        found += replace(kind, name, label + name, make, verifies=verifies)
    return found


def _check(original: Callable[..., bool]) -> Callable[..., bool]:
    @wraps(original)
    def check_password_hash(self: Any, pw_hash: Any, password: Any) -> bool:
        own = partial(original, self, pw_hash, password)
        calls = here()
        if calls is None:
            return own()
        long_passwords = bool(getattr(self, "_handle_long_passwords", False))
        return calls.check(pw_hash, password, own, long_passwords=long_passwords)

    return check_password_hash


def _generate(original: Callable[..., bytes]) -> Callable[..., bytes]:
    @wraps(original)
    def generate_password_hash(self: Any, password: Any, *args: Any, **kwargs: Any) -> bytes:
        own = partial(original, self, password, *args, **kwargs)
        calls = here()
        if calls is None:
            return own()
        made = calls.generate(password, own)
        # Apps call `.decode("utf-8")` on what Flask-Bcrypt returns.
        return made.encode("ascii") if isinstance(made, str) else made

    return generate_password_hash
