"""What every format of stored hash offers, and the most that verifying one may cost."""

from __future__ import annotations

import base64
import hmac
import re
from dataclasses import dataclass
from typing import Protocol

from hardening.passwords.formats.errors import CorruptHashError
from hardening.passwords.work import Work

# The longest number that is still read; hashlib and int() refuse or stall far beyond it.
NUMBER = r"\d{1,30}"
# Formats that read the password once in each round refuse longer ones: 1024 characters in UTF-8.
MOST_BYTES = 4096


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
    crypt_rounds: int = 2**20  # one takes about a microsecond; passlib's default is 656,000


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
            CorruptHashError: `stored` cannot be read.
            UnsupportedHashError: the package that knows the format is not installed.
        """

    def covers(self, password: bytes) -> bool:
        """Return whether a matching hash vouches for every byte of `password`."""

    def split(self, stored: str) -> tuple[str, bytes] | None:
        """Return the parameters with the salt, and the digest; None where nothing can wrap it.

        The parameters are text that holds no part of the digest, and `digests` needs nothing
        else beside the password.

        Raises:
            CorruptHashError: `stored` has the wrong shape.
        """

    def cost(self, parameters: str) -> Work:
        """Return what computing `digests` costs. Computes no hash.

        Raises:
            CorruptHashError: `parameters` did not come from `split`.
        """

    def digests(self, parameters: str, password: bytes) -> tuple[bytes, ...]:
        """Return the digests of which `split` would give one if `password` were right.

        There are two where two tools write the same text for different computations, and none
        where no stored hash can be of this password.

        Raises:
            CorruptHashError: `parameters` did not come from `split`.
            UnsupportedHashError: the package that knows the format is not installed.
        """


class Parted:
    """A format whose stored text is parameters and a digest: the rest follows from those."""

    name: str

    def read(self, stored: str) -> tuple[str, bytes]:
        """Return the parameters with the salt, and the digest."""
        raise NotImplementedError

    def cost(self, parameters: str) -> Work:
        raise NotImplementedError

    def compute(self, parameters: str, password: bytes) -> tuple[bytes, ...]:
        """Return the digests, as `Format.digests`; may raise what libraries raise."""
        raise NotImplementedError

    def split(self, stored: str) -> tuple[str, bytes] | None:
        return self.read(stored)

    def too_costly(self, stored: str, most: Ceilings) -> bool:
        return exceeds(self.work(stored), most)

    def work(self, stored: str) -> Work:
        return self.cost(self.read(stored)[0])

    def verify(self, stored: str, password: bytes) -> bool:
        parameters, digest = self.read(stored)
        found = [hmac.compare_digest(each, digest) for each in self.digests(parameters, password)]
        return any(found)

    def digests(self, parameters: str, password: bytes) -> tuple[bytes, ...]:
        self.cost(parameters)  # tells whether they are sound
        try:
            return self.compute(parameters, password)
        # What libraries raise for values that no shape rules out, such as a digest they lack.
        except (ValueError, TypeError, OverflowError, MemoryError):
            raise CorruptHashError(self.name) from None

    def covers(self, password: bytes) -> bool:
        return True


class Keyed(Parted):
    """A format that is HMAC with the password as key, which HMAC fills up with NUL bytes."""

    def covers(self, password: bytes) -> bool:
        return not password.endswith(b"\0")


class Prefixed:
    """Another format, with something in front of it.

    Args:
        prefix: what stands there, in small letters; capitals in a stored text are the same.
        inner: the other format.
        name: for events.
    """

    def __init__(self, prefix: str, inner: Format, name: str) -> None:
        self.name = name
        self._prefix = prefix
        self._inner = inner

    def claims(self, stored: str) -> bool:
        size = len(self._prefix)
        return stored[:size].lower() == self._prefix and self._inner.claims(stored[size:])

    def too_costly(self, stored: str, most: Ceilings) -> bool:
        return self._inner.too_costly(self._rest(stored), most)

    def work(self, stored: str) -> Work:
        return self._inner.work(self._rest(stored))

    def verify(self, stored: str, password: bytes) -> bool:
        return self._inner.verify(self._rest(stored), password)

    def covers(self, password: bytes) -> bool:
        return self._inner.covers(password)

    def split(self, stored: str) -> tuple[str, bytes] | None:
        parts = self._inner.split(self._rest(stored))
        return None if parts is None else (self._prefix + parts[0], parts[1])

    def cost(self, parameters: str) -> Work:
        return self._inner.cost(self._rest(parameters))

    def digests(self, parameters: str, password: bytes) -> tuple[bytes, ...]:
        return self._inner.digests(self._rest(parameters), password)

    def _rest(self, text: str) -> str:
        return text[len(self._prefix) :]


def exceeds(work: Work, most: Ceilings) -> bool:
    """Return whether `work` is more than `most` allows."""
    match work.family:
        case ("argon2id" | "argon2i" | "argon2d", int(memory_kib), int(lanes)):
            return (
                memory_kib > most.memory_kib
                or work.units > most.argon2_time
                or lanes > most.argon2_lanes
            )
        case ("pbkdf2", _):
            return work.units > most.pbkdf2_rounds
        case ("scrypt", int(n), int(r)):
            # 128 * n * r bytes of memory, p times over: p costs time rather than memory.
            return 128 * n * r * work.units > most.memory_kib * 1024
        case ("bcrypt",):
            return work.units > 1 << most.bcrypt_cost
    return work.units > most.crypt_rounds


def matched(shape: re.Pattern[str], text: str) -> re.Match[str]:
    """Return the match of all of `text`.

    Raises:
        CorruptHashError: it has the wrong shape.
    """
    match = shape.fullmatch(text)
    if match is None:
        raise CorruptHashError("the stored hash has the wrong shape")
    return match


def numbers(shape: re.Pattern[str], text: str) -> list[int]:
    """Return the groups of the match as numbers; 0 for those that are left out.

    Raises:
        CorruptHashError: as `matched`.
    """
    # A cost that is left out is the library's own default, which is below every ceiling.
    return [int(number) if number else 0 for number in matched(shape, text).groups()]


def unbase64(text: str, *, size: int) -> bytes:
    """Return the `size` bytes that `text` is the base64 of, padded or not, with ``.`` for ``+``.

    Args:
        text: as stored.
        size: how many bytes there have to be; 0 for any number.

    Raises:
        CorruptHashError: it is not.
    """
    bare = text.rstrip("=").replace(".", "+")
    try:
        found = base64.b64decode(bare + "=" * (-len(bare) % 4), validate=True)
    except (ValueError, TypeError):
        raise CorruptHashError("no base64") from None
    if size and len(found) != size:
        raise CorruptHashError("a digest of another size")
    return found


def unhex(text: str) -> bytes:
    """Return the bytes that `text` is the hexadecimal form of.

    Raises:
        CorruptHashError: of none.
    """
    try:
        return bytes.fromhex(text)
    except ValueError:
        raise CorruptHashError("no hexadecimal digest") from None
