"""Django's ``check_password`` and ``make_password``, in apps that use its hashers without Django.

A ``setter`` is not called for a hash that we verified: the upgrade after the login is ours.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial, wraps
from types import ModuleType
from typing import Any

from hardening.passwords.libraries.base import here, replace
from hardening.passwords.watched import Watched


def adopt(module: ModuleType) -> list[Watched] | None:
    """Replace both functions; None while the module is still being loaded."""
    if not {"check_password", "make_password"} <= set(vars(module)):
        return None
    label = "django.contrib.auth.hashers."
    return [
        *replace(module, "check_password", label + "check_password", _check, verifies=True),
        *replace(module, "make_password", label + "make_password", _make, verifies=False),
    ]


def _check(original: Callable[..., bool]) -> Callable[..., bool]:
    @wraps(original)
    def check_password(password: Any, encoded: Any, *args: Any, **kwargs: Any) -> bool:
        own = partial(original, password, encoded, *args, **kwargs)
        calls = here()
        return own() if calls is None else calls.check(encoded, password, own)

    return check_password


def _make(original: Callable[..., str]) -> Callable[..., str]:
    @wraps(original)
    def make_password(password: Any, *args: Any, **kwargs: Any) -> str:
        own = partial(original, password, *args, **kwargs)
        calls = here()
        if calls is None:
            return own()
        # A salt or a hasher that is asked for is the app's decision.
        return str(calls.generate(password, own, keep=bool(args or kwargs)))

    return make_password
