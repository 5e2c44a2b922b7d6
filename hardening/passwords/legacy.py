"""Every format of stored hash that we can verify, each with what it costs to do so.

To add a format, write one class and put it into `FORMATS`. A format says whether a stored text
was meant as one of its own, whether verifying it would cost too much, whether a password fits,
and whether the hash stands for all bytes of that password.
"""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass
from functools import cache
from importlib.util import find_spec
from typing import Protocol

from werkzeug.security import DEFAULT_PBKDF2_ITERATIONS

from hardening.errors import HardeningError
from hardening.passwords import originals, work
from hardening.passwords.work import Work

# The longest number that is still read; hashlib and int() refuse or stall far beyond it.
_NUMBER = r"\d{1,30}"


class CorruptHashError(HardeningError):
    """A stored text begins like a known format and then is none. Carries no part of it."""


@dataclass(frozen=True, slots=True)
class Ceilings:
    """The most that verifying a stored hash may cost.

    Our own numbers: whoever can write to the database must not be able to stop the login.
    """

    memory_kib: int = 256 * 1024  # 256 MiB
    argon2_time: int = 20  # passes
    argon2_lanes: int = 64  # threads
    pbkdf2_rounds: int = 5_000_000
    bcrypt_cost: int = 16  # 2**16 rounds


class Format(Protocol):
    """One format of stored hash."""

    name: str
    """For events, without parameters: ``pbkdf2``."""

    def claims(self, stored: str) -> bool:
        """Return whether `stored` was meant as this format, sound or not."""

    def too_costly(self, stored: str, most: Ceilings) -> bool:
        """Return whether verifying would cost more than `most`. Computes no hash.

        Raises:
            CorruptHashError: `stored` has the wrong shape.
        """

    def work(self, stored: str) -> Work:
        """Return what verifying costs. Computes no hash.

        Raises:
            CorruptHashError: `stored` has the wrong shape.
        """

    def verify(self, stored: str, password: bytes) -> bool:
        """Return whether `password`, in UTF-8, fits.

        Raises:
            CorruptHashError: the library that knows the format cannot read `stored`.
        """

    def covers(self, password: bytes) -> bool:
        """Return whether a matching hash vouches for every byte of `password`."""


class Argon2:
    """Argon2i, d and id in the standard encoding, by argon2-cffi."""

    name = "argon2"
    _shape = re.compile(
        rf"\$argon2(?:id|i|d)\$(?:v={_NUMBER}\$)?m=({_NUMBER}),t=({_NUMBER}),p=({_NUMBER})"
        r"\$[A-Za-z0-9+/]+\$[A-Za-z0-9+/]+"
    )

    def claims(self, stored: str) -> bool:
        return stored.startswith("$argon2")

    def too_costly(self, stored: str, most: Ceilings) -> bool:
        memory_kib, time, lanes = _numbers(self._shape, stored)
        return memory_kib > most.memory_kib or time > most.argon2_time or lanes > most.argon2_lanes

    def work(self, stored: str) -> Work:
        memory_kib, time, lanes = _numbers(self._shape, stored)
        return work.argon2(stored.split("$", 2)[1], memory_kib, time, lanes)

    def verify(self, stored: str, password: bytes) -> bool:
        # Imported late: it takes 24 ms, and an app may start without hashing anything.
        from argon2 import PasswordHasher
        from argon2.exceptions import InvalidHashError, VerificationError, VerifyMismatchError

        try:
            return PasswordHasher().verify(stored, password)
        except VerifyMismatchError:
            return False
        except (InvalidHashError, VerificationError):
            raise CorruptHashError(self.name) from None

    def covers(self, password: bytes) -> bool:
        return True


class _Werkzeug:
    """What the two formats of `werkzeug.security` have in common."""

    name: str

    def claims(self, stored: str) -> bool:
        return stored.startswith((f"{self.name}:", f"{self.name}$"))

    def verify(self, stored: str, password: bytes) -> bool:
        try:
            text = password.decode()
        except UnicodeDecodeError:
            return False
        try:
            return originals.werkzeug_check(stored, text)
        except (ValueError, TypeError, OverflowError, MemoryError):
            raise CorruptHashError(self.name) from None

    def covers(self, password: bytes) -> bool:
        return True


class Pbkdf2(_Werkzeug):
    """``pbkdf2:digest:rounds$salt$hash`` as Werkzeug writes it."""

    name = "pbkdf2"
    _shape = re.compile(rf"pbkdf2(?::[\w-]+(?::({_NUMBER}))?)?\$[^$]*\$[0-9a-f]+")

    def too_costly(self, stored: str, most: Ceilings) -> bool:
        (rounds,) = _numbers(self._shape, stored)
        return rounds > most.pbkdf2_rounds

    def work(self, stored: str) -> Work:
        (rounds,) = _numbers(self._shape, stored)
        _, digest, *_ = (*stored.partition("$")[0].split(":"), "sha256")  # Werkzeug's default
        return Work((self.name, digest), rounds or DEFAULT_PBKDF2_ITERATIONS)


class Scrypt(_Werkzeug):
    """``scrypt:n:r:p$salt$hash`` as Werkzeug writes it."""

    name = "scrypt"
    _shape = re.compile(rf"scrypt(?::({_NUMBER}):({_NUMBER}):({_NUMBER}))?\$[^$]*\$[0-9a-f]+")

    def too_costly(self, stored: str, most: Ceilings) -> bool:
        n, r, p = _numbers(self._shape, stored)
        # 128 * n * r bytes of memory, p times over: p costs time rather than memory.
        return 128 * n * r * p > most.memory_kib * 1024

    def work(self, stored: str) -> Work:
        n, r, p = _numbers(self._shape, stored)
        return Work((self.name, n or 2**15, r or 8), p or 1)  # Werkzeug's defaults


class Bcrypt:
    """``$2a$``, ``$2b$`` and ``$2y$``, by the package bcrypt if it is installed."""

    name = "bcrypt"
    _shape = re.compile(r"\$2[aby]\$(\d\d)\$[./A-Za-z0-9]{53}")

    def claims(self, stored: str) -> bool:
        return stored.startswith(("$2a$", "$2b$", "$2y$")) and _bcrypt_installed()

    def too_costly(self, stored: str, most: Ceilings) -> bool:
        (cost,) = _numbers(self._shape, stored)
        return cost > most.bcrypt_cost

    def work(self, stored: str) -> Work:
        (cost,) = _numbers(self._shape, stored)
        return Work(("bcrypt",), 2**cost)

    def verify(self, stored: str, password: bytes) -> bool:
        import bcrypt

        try:
            # bcrypt reads 72 bytes. Version 5 raises for more, where older ones cut: the hashes
            # that those made have to go on working.
            return bcrypt.checkpw(password[:72], stored.encode("ascii"))
        except ValueError:
            raise CorruptHashError(self.name) from None

    def covers(self, password: bytes) -> bool:
        # At exactly 72 bytes the hash cannot tell this password from a longer one.
        return len(password) < 72


class BcryptOfSha256(Bcrypt):
    """bcrypt over the hex SHA-256, as by Flask-Bcrypt with BCRYPT_HANDLE_LONG_PASSWORDS.

    Nothing in the stored text tells it from plain bcrypt: the caller has to know.
    """

    name = "bcrypt-sha256"

    def verify(self, stored: str, password: bytes) -> bool:
        return super().verify(stored, hashlib.sha256(password).hexdigest().encode())

    def covers(self, password: bytes) -> bool:
        return True


FORMATS: tuple[Format, ...] = (Argon2(), Pbkdf2(), Scrypt(), Bcrypt())
_LONG = BcryptOfSha256()


def recognise(stored: str, *, long_passwords: bool = False) -> Format | None:
    """Return the format that `stored` was meant as, or None if we know none.

    Args:
        stored: what the app keeps for a user.
        long_passwords: whether the app's bcrypt hashes are over SHA-256 (Flask-Bcrypt's
            BCRYPT_HANDLE_LONG_PASSWORDS).
    """
    found = next((each for each in FORMATS if each.claims(stored)), None)
    return _LONG if long_passwords and isinstance(found, Bcrypt) else found


def work_of(stored: str, *, long_passwords: bool = False) -> Work | None:
    """Return what verifying `stored` costs; None if it is of no format that we know, or corrupt."""
    scheme = recognise(stored, long_passwords=long_passwords)
    try:
        return None if scheme is None else scheme.work(stored)
    except CorruptHashError:
        return None


def _numbers(shape: re.Pattern[str], stored: str) -> list[int]:
    match = shape.fullmatch(stored)
    if match is None:
        raise CorruptHashError("the stored hash has the wrong shape")
    # A cost that is left out is the library's own default, which is below every ceiling.
    return [int(number) if number else 0 for number in match.groups()]


@cache
def _bcrypt_installed() -> bool:
    return find_spec("bcrypt") is not None
