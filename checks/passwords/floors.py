"""What a password hash must cost at least, and the words for one that costs less.

Sources: OWASP Password Storage Cheat Sheet (Argon2id, scrypt, bcrypt and PBKDF2), NIST SP
800-132 (salts of 128 bits), and the defaults of Werkzeug and passlib 1.7.4.
"""

from __future__ import annotations

PBKDF2_ROUNDS = {"sha1": 1_300_000, "sha256": 600_000, "sha512": 210_000}
PASSLIB_PBKDF2_ROUNDS = {"sha1": 131_000, "sha256": 29_000, "sha512": 25_000}  # passlib's defaults
WERKZEUG_PBKDF2_ROUNDS = 1_000_000  # Werkzeug 3.1's default, its highest so far
SHA_CRYPT_ROUNDS = {"sha256_crypt": 535_000, "sha512_crypt": 656_000}  # passlib's defaults
BCRYPT_ROUNDS = 10  # log2 of the iterations
SALT_BYTES = 16
# Any one line of the cheat sheet is enough: (memory in KiB, passes).
ARGON2 = ((47_104, 1), (19_456, 2), (12_288, 3), (9_216, 4), (7_168, 5))
SCRYPT = ((2**17, 8, 1), (2**16, 8, 2), (2**15, 8, 3), (2**14, 8, 5), (2**13, 8, 10))
# Werkzeug's own default is below all of them, and still far from cheap: it is outdated, not weak.
WERKZEUG_SCRYPT = (2**15, 8, 1)

_SPOKEN = {"sha1": "SHA-1", "sha256": "SHA-256", "sha512": "SHA-512", "md5": "MD5"}


def spoken(algorithm: str) -> str:
    """Return the name of a hash algorithm as people write it."""
    return _SPOKEN.get(algorithm, algorithm)


def pbkdf2(algorithm: str, rounds: int | None) -> str | None:
    """Return what is wrong with PBKDF2 of that many rounds, or None.

    Args:
        algorithm: such as ``sha256``.
        rounds: None where it is not known.
    """
    name = algorithm.lower().replace("-", "").replace("_", "")
    if name == "md5":
        return "PBKDF2 with MD5"
    floor = PBKDF2_ROUNDS.get(name)
    if floor is None or rounds is None or rounds >= floor:
        return None
    return f"{rounds:,} PBKDF2 rounds of {spoken(name)}, the floor is {floor:,}"


def sha_crypt(scheme: str, rounds: int | None) -> str | None:
    """Return what is wrong with SHA-crypt of that many rounds, or None.

    Args:
        scheme: ``sha256_crypt`` or ``sha512_crypt``.
        rounds: None where the library's default is taken.
    """
    floor = SHA_CRYPT_ROUNDS[scheme]
    if rounds is None or rounds >= floor:
        return None
    return f"{rounds:,} rounds of {scheme}, the floor is {floor:,}"


def bcrypt(rounds: int | None) -> str | None:
    """Return what is wrong with bcrypt of that cost, or None."""
    if rounds is None or rounds >= BCRYPT_ROUNDS:
        return None
    return f"bcrypt with a cost of {rounds}, the floor is {BCRYPT_ROUNDS}"


def scrypt(n: int | None, r: int | None, p: int | None) -> str | None:
    """Return what is wrong with scrypt of these parameters, or None."""
    if n is None or r is None or p is None:
        return None
    lines = (*SCRYPT, WERKZEUG_SCRYPT)
    if any(n >= line[0] and r >= line[1] and p >= line[2] for line in lines):
        return None
    return f"scrypt with N={n:,}, r={r}, p={p}, the floor is N=131,072, r=8, p=1"


def argon2(memory: int | None, passes: int | None) -> str | None:
    """Return what is wrong with Argon2 of `memory` KiB and that many passes, or None."""
    if memory is None or passes is None:
        return None
    if any(memory >= line[0] and passes >= line[1] for line in ARGON2):
        return None
    return (
        f"Argon2 with {memory:,} KiB and {_passes(passes)}, the floor is 19,456 KiB with 2 passes"
    )


def salt(length: int | None, unit: str = "bytes") -> str | None:
    """Return what is wrong with a salt of that length, or None."""
    if length is None or length >= SALT_BYTES:
        return None
    return f"a salt of {length} {unit}, the floor is {SALT_BYTES}"


def _passes(count: int) -> str:
    return "1 pass" if count == 1 else f"{count} passes"
