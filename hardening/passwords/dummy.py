"""Does the work of a password check on nothing, so that two answers take the same time."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from contextlib import suppress
from functools import partial

from hardening.passwords.formats import crypt
from hardening.passwords.formats.base import MOST_BYTES
from hardening.passwords.formats.errors import UnsupportedHashError
from hardening.passwords.formats.phpass import phpass
from hardening.passwords.work import Work, compute

_SALT = b"0123456789abcdef"  # 16 bytes, as Argon2id's here; what comes out is thrown away
_BCRYPT_LEAST = 4  # the least cost that bcrypt accepts


def spend(work: Work, password: bytes) -> None:
    """Compute hashes of `password` that cost what `work` says.

    Args:
        work: of a family that was seen in a stored hash.
        password: what was typed: a long one takes longer to read.

    Raises:
        BusyError: as `hardening.passwords.work.compute`.
    """
    name, *parameters = work.family
    if name == "pbkdf2":
        (digest,) = parameters
        call = partial(hashlib.pbkdf2_hmac, str(digest), password, _SALT, work.units)
        compute(call, work)
    elif name == "scrypt":
        _scrypt(work, password)
    elif name == "bcrypt":
        for cost in _bcrypt_costs(work.units):
            compute(partial(_bcrypt, cost), Work(work.family, 2**cost))
    elif name == "digest":
        hashlib.sha512(password).digest()
    elif name in ("crypt-sha256", "crypt-sha512"):
        algorithm = str(name).removeprefix("crypt-")
        call = partial(crypt.sha_crypt, algorithm, password[:MOST_BYTES], _SALT, work.units)
        compute(call, work)
    elif name == "crypt-md5":
        compute(partial(crypt.md5_crypt, password[:MOST_BYTES], _SALT[:8], b"$1$"), work)
    elif name == "crypt-des":
        with suppress(UnsupportedHashError):
            crypt.CryptDes().digests("ab", password.replace(b"\0", b""))
    elif name == "phpass":
        compute(partial(phpass, password[:MOST_BYTES], _SALT[:8], work.units), work)
    else:
        compute(partial(_argon2, work, password), work)


def _scrypt(work: Work, password: bytes) -> None:
    n, r = (int(value) for value in work.family[1:])
    # The memory that Werkzeug allows it: 128 for the algorithm, and some to spare.
    most = 132 * n * r * work.units
    call = partial(hashlib.scrypt, password, salt=_SALT, n=n, r=r, p=work.units, maxmem=most)
    compute(call, work)


def _argon2(work: Work, password: bytes) -> None:
    from argon2.low_level import Type, hash_secret_raw  # late, as in `legacy`

    name, memory_kib, lanes = work.family
    kinds = {"argon2id": Type.ID, "argon2i": Type.I, "argon2d": Type.D}
    hash_secret_raw(password, _SALT, work.units, int(memory_kib), int(lanes), 32, kinds[str(name)])


def _bcrypt_costs(units: int) -> Iterator[int]:
    """Yield costs whose rounds add up to `units`: 2**12 - 2**10 is 2**10 + 2**11."""
    for cost in range(_BCRYPT_LEAST, units.bit_length()):
        if units >> cost & 1:
            yield cost


def _bcrypt(cost: int) -> None:
    import bcrypt

    # It reads 72 bytes of whatever it is given, so the password changes nothing.
    bcrypt.hashpw(b"nobody", b"$2b$%02d$abcdefghijklmnopqrstuu" % cost)
