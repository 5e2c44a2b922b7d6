"""What a passlib context or hash class is for: an app's passwords, tokens, or another program."""

from __future__ import annotations

import sys
from enum import Enum
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from flask import Flask

# Modules whose ready-made contexts write for other programs, but for those named here.
_OTHER_PROGRAMS = ("passlib.apache", "passlib.hosts", "passlib.apps")
_FOR_APPS = {"custom_app_context"}

# Hash classes that apps store passwords with. The others are for directories, routers, boot
# loaders and databases, or are bare digests that may be of anything.
_FOR_PASSWORDS = frozenset(
    (
        "argon2",
        "bcrypt",
        "bcrypt_sha256",
        "pbkdf2_sha1",
        "pbkdf2_sha256",
        "pbkdf2_sha512",
        "scrypt",
        "sha256_crypt",
        "sha512_crypt",
        "sha1_crypt",
        "md5_crypt",
        "des_crypt",
        "bsdi_crypt",
        "bigcrypt",
        "sun_md5_crypt",
        "phpass",
        "atlassian_pbkdf2_sha1",
        "cta_pbkdf2_sha1",
        "dlitz_pbkdf2_sha1",
        "fshp",
        "django_argon2",
        "django_bcrypt",
        "django_bcrypt_sha256",
        "django_pbkdf2_sha1",
        "django_pbkdf2_sha256",
        "django_salted_md5",
        "django_salted_sha1",
        "django_des_crypt",
    )
)


class Role(Enum):
    """What is done with a context."""

    FULL = "verified, upgraded and hashed with"
    OWN_HASHES = "verified with; it makes its own hashes"
    ASIDE = "left alone"


def role_of(context: Any, app: Flask) -> Role:
    """Return what is done with `context` in `app`."""
    security = app.extensions.get("security")  # Flask-Security, or nothing
    if security is not None:
        if context is _of(security, "hashing_context"):
            return Role.ASIDE
        if context is _of(security, "pwd_context"):
            return Role.OWN_HASHES
    for name in _OTHER_PROGRAMS:
        module = sys.modules.get(name)
        for known, value in list(vars(module).items()) if module is not None else ():
            if value is context and known not in _FOR_APPS:
                return Role.ASIDE
    return Role.FULL


def for_passwords(handler: Any) -> bool:
    """Return whether `handler`, a hash class, is one that apps store passwords with."""
    return getattr(handler, "name", None) in _FOR_PASSWORDS


def _of(security: Any, name: str) -> Any:
    # Older versions keep them under a name with an underscore.
    return getattr(security, name, None) or getattr(security, f"_{name}", None)
