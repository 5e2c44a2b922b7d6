"""Finds the format that a stored hash is of.

To add a format, write one class in `hardening.passwords.formats` and put it into `FORMATS`. A
format says whether a stored text was meant as one of its own, whether verifying it would cost too
much, whether a password fits, whether the hash stands for all bytes of that password, and how
its digest can be hashed once more without the password (`split`, `digests`).
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache

from hardening import hash_notation
from hardening.passwords import onion, pepper
from hardening.passwords.formats.argon2 import Argon2
from hardening.passwords.formats.base import Ceilings, Format, Prefixed, exceeds
from hardening.passwords.formats.bcrypt import Bcrypt, BcryptOfSha256, PasslibBcryptSha256
from hardening.passwords.formats.crypt import CryptDes, CryptMd5, CryptSha
from hardening.passwords.formats.declared import (
    HexDigest,
    Plaintext,
    SaltNeededError,
    WerkzeugPlain,
)
from hardening.passwords.formats.django import DjangoDes, DjangoPbkdf2, DjangoScrypt
from hardening.passwords.formats.errors import CorruptHashError, UnsupportedHashError
from hardening.passwords.formats.ldap import LdapDigest
from hardening.passwords.formats.passlib import PasslibPbkdf2, PasslibScrypt
from hardening.passwords.formats.phpass import Phpass
from hardening.passwords.formats.sealed import Unopened
from hardening.passwords.formats.werkzeug import Pbkdf2, SaltedDigest, Scrypt
from hardening.passwords.work import Work

__all__ = [
    "DECLARED",
    "FORMATS",
    "Ceilings",
    "CorruptHashError",
    "Format",
    "SaltNeededError",
    "UnsupportedHashError",
    "exceeds",
    "named",
    "recognise",
    "work_of",
    "works_of",
]

_LONG = BcryptOfSha256()
_UNOPENED = Unopened()
_CRYPT: tuple[Format, ...] = (
    Bcrypt(),
    CryptMd5(),
    CryptSha("sha256"),
    CryptSha("sha512"),
    CryptDes(),
)
FORMATS: tuple[Format, ...] = (
    Argon2(),
    Prefixed("argon2", Argon2(), "django-argon2"),
    Pbkdf2(),
    DjangoScrypt(),  # before Werkzeug's, which begins alike
    Scrypt(),
    Bcrypt(),
    Prefixed("bcrypt$", Bcrypt(), "django-bcrypt"),
    Prefixed("bcrypt_sha256$", BcryptOfSha256(), "django-bcrypt-sha256"),
    PasslibBcryptSha256(),
    DjangoPbkdf2(),
    PasslibPbkdf2(),
    PasslibScrypt(),
    SaltedDigest(),
    WerkzeugPlain(),
    LdapDigest(),
    *(Prefixed("{crypt}", each, f"ldap-{each.name}") for each in _CRYPT),
    CryptMd5(),
    CryptSha("sha256"),
    CryptSha("sha512"),
    DjangoDes(),
    Phpass(),
)
"""Those that a stored text gives away by itself."""
DECLARED: tuple[Format, ...] = (_LONG, CryptDes(), HexDigest(), Plaintext())
"""Those that only the app knows."""


def named(name: str) -> Format | None:
    """Return the format of that name, as a wrapped hash says which it wraps."""
    return next((each for each in (*FORMATS, *DECLARED) if each.name == name), None)


def recognise(
    stored: str,
    *,
    long_passwords: bool = False,
    declared: Sequence[str] = (),
    salt: str | None = None,
) -> Format | None:
    """Return the format that `stored` was meant as, or None if we know none.

    Of a sealed hash (`hardening.passwords.pepper`) it is the format inside, whose methods want
    the text that is inside, too: `pepper.open` gives it.

    Args:
        stored: what the app keeps for a user.
        long_passwords: whether the app's bcrypt hashes are over SHA-256 (Flask-Bcrypt's
            BCRYPT_HANDLE_LONG_PASSWORDS).
        declared: the setting ``password_formats``, in the notation of `hardening.hash_notation`.
        salt: of this user, where a declaration says that it stands apart.
    """
    stored = pepper.peel(stored)
    if pepper.is_sealed(stored):
        return _UNOPENED
    if onion.is_wrapped(stored):
        return _wrapped(stored, long_passwords)
    found = next((each for each in FORMATS if each.claims(stored)), None)
    if found is None and declared:
        found = _declared(stored, tuple(declared), salt)
    return _LONG if long_passwords and type(found) is Bcrypt else found


def work_of(
    stored: str, *, long_passwords: bool = False, declared: Sequence[str] = ()
) -> Work | None:
    """Return what verifying `stored` costs; None if it is of no format that we know, or corrupt."""
    stored = pepper.peel(stored)
    scheme = recognise(stored, long_passwords=long_passwords, declared=declared)
    try:
        return None if scheme is None else scheme.work(stored)
    except CorruptHashError:
        return None


def works_of(
    stored: str, *, long_passwords: bool = False, declared: Sequence[str] = ()
) -> tuple[Work, ...]:
    """Return what verifying `stored` costs, layer by layer; empty where `work_of` is None."""
    stored = pepper.peel(stored)
    scheme = recognise(stored, long_passwords=long_passwords, declared=declared)
    try:
        if isinstance(scheme, onion.Wrapped):
            return scheme.works(stored)
        return () if scheme is None else (scheme.work(stored),)
    except CorruptHashError:
        return ()


def _wrapped(stored: str, long_passwords: bool) -> Format:
    try:
        inner = named(onion.layers_of(stored).inner)
    except CorruptHashError:
        inner = None
    # Whoever wrapped it may not have known how the app feeds bcrypt.
    return onion.Wrapped(_LONG if long_passwords and type(inner) is Bcrypt else inner)


def _declared(stored: str, texts: tuple[str, ...], salt: str | None) -> Format | None:
    for text, scheme in _read(texts):
        if scheme.claims(stored):
            notation = hash_notation.read(text)
            apart = notation is not None and notation.attribute is not None
            return HexDigest(notation, salt) if apart else scheme
    return None


@lru_cache(maxsize=8)
def _read(texts: tuple[str, ...]) -> tuple[tuple[str, Format], ...]:
    # Plain text last: everything else is surer to be what it looks like.
    order = sorted(texts, key=lambda text: text == Plaintext.name)
    return tuple((text, _format(text)) for text in order)


def _format(text: str) -> Format:
    notation = hash_notation.read(text)
    if notation is not None:
        return HexDigest(notation)
    return Plaintext() if text == Plaintext.name else CryptDes()
