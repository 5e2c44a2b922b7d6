"""The password libraries whose calls an unmodified app already makes, one file each.

To adopt another one, write a file with `adopt` and name it in `LIBRARIES`.
"""

from __future__ import annotations

from collections.abc import Callable
from types import ModuleType

from hardening.passwords.libraries import (
    argon2_cffi,
    bcrypt_package,
    django_hashers,
    flask_bcrypt,
    passlib,
    werkzeug,
)
from hardening.passwords.missed import Watched

# By the module that has to be loaded: nothing here imports a library.
LIBRARIES: dict[str, Callable[[ModuleType], list[Watched] | None]] = {
    "werkzeug.security": werkzeug.adopt,
    "flask_bcrypt": flask_bcrypt.adopt,
    "bcrypt": bcrypt_package.adopt,
    "passlib.context": passlib.adopt_contexts,
    "passlib.utils.handlers": passlib.adopt_handlers,
    "passlib.handlers.argon2": passlib.adopt_argon2,
    "argon2": argon2_cffi.adopt,
    "django.contrib.auth.hashers": django_hashers.adopt,
}
