"""The password libraries whose calls an unmodified app already makes, one file each.

To adopt another one, write a file with `adopt` and name it in `LIBRARIES`.
"""

from __future__ import annotations

from collections.abc import Callable
from importlib import import_module
from types import ModuleType
from typing import cast

from hardening.passwords.watched import Watched

# By the module that has to be loaded: which file here adopts it, and by which function. Nothing
# here imports a library, and a file is imported only once its library is there.
LIBRARIES = {
    "werkzeug.security": ("werkzeug", "adopt"),
    "flask_bcrypt": ("flask_bcrypt", "adopt"),
    "bcrypt": ("bcrypt_package", "adopt"),
    "passlib.context": ("passlib", "adopt_contexts"),
    "passlib.utils.handlers": ("passlib", "adopt_handlers"),
    "passlib.handlers.argon2": ("passlib", "adopt_argon2"),
    "argon2": ("argon2_cffi", "adopt"),
    "django.contrib.auth.hashers": ("django_hashers", "adopt"),
}


def adopter(library: str) -> Callable[[ModuleType], list[Watched] | None]:
    """Return what takes over the functions of `library`, a key of `LIBRARIES`.

    It returns what it replaced; None while that module is still being loaded.
    """
    file, function = LIBRARIES[library]
    found = getattr(import_module(f"{__name__}.{file}"), function)
    return cast("Callable[[ModuleType], list[Watched] | None]", found)
