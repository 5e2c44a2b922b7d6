"""Finds the format that a stored hash is of.

To add a format, write one class in `hardening.passwords.formats` and put it into `FORMATS`. A
format says whether a stored text was meant as one of its own, whether verifying it would cost too
much, whether a password fits, whether the hash stands for all bytes of that password, and how
its digest can be hashed once more without the password (`split`, `digests`).
"""

from __future__ import annotations

from hardening.passwords.formats.argon2 import Argon2, DjangoArgon2
from hardening.passwords.formats.base import (
    Ceilings,
    CorruptHashError,
    Format,
    UnsupportedHashError,
    exceeds,
)
from hardening.passwords.formats.bcrypt import Bcrypt, BcryptOfSha256
from hardening.passwords.formats.werkzeug import Pbkdf2, SaltedDigest, Scrypt
from hardening.passwords.work import Work

__all__ = [
    "FORMATS",
    "Ceilings",
    "CorruptHashError",
    "Format",
    "UnsupportedHashError",
    "exceeds",
    "named",
    "recognise",
    "work_of",
]

_LONG = BcryptOfSha256()
FORMATS: tuple[Format, ...] = (
    Argon2(),
    DjangoArgon2(),
    Pbkdf2(),
    Scrypt(),
    Bcrypt(),
    SaltedDigest(),
)


def named(name: str) -> Format | None:
    """Return the format of that name, as a wrapped hash says which it wraps."""
    return next((each for each in (*FORMATS, _LONG) if each.name == name), None)


def recognise(stored: str, *, long_passwords: bool = False) -> Format | None:
    """Return the format that `stored` was meant as, or None if we know none.

    Args:
        stored: what the app keeps for a user.
        long_passwords: whether the app's bcrypt hashes are over SHA-256 (Flask-Bcrypt's
            BCRYPT_HANDLE_LONG_PASSWORDS).
    """
    found = next((each for each in FORMATS if each.claims(stored)), None)
    return _LONG if long_passwords and type(found) is Bcrypt else found


def work_of(stored: str, *, long_passwords: bool = False) -> Work | None:
    """Return what verifying `stored` costs; None if it is of no format that we know, or corrupt."""
    scheme = recognise(stored, long_passwords=long_passwords)
    try:
        return None if scheme is None else scheme.work(stored)
    except CorruptHashError:
        return None
