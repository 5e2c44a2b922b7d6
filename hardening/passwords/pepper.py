"""The pepper: a stored hash is kept encrypted, under a key that the database never sees.

Whoever copies the database then has nothing to guess passwords on. Because the hash is encrypted
rather than the password mixed with the key, the key can be changed for every account, dormant
ones too, without knowing a password. A sealed hash says what opening it takes::

    $hardening-pepper$v=1$<key id>$<data>

``<data>`` is base64, URL-safe and without padding, of a random nonce of 12 bytes, the hash
encrypted by AES-256-GCM, and its tag of 16 bytes; everything before ``<data>`` is authenticated
with it. What is inside is any hash that would be stored without a pepper, wrapped ones included.

Whom this trusts: the keys' holder. Someone who can write to the database can still put one
account's sealed hash into another account's row, as without a pepper. Fails closed: a hash that
cannot be opened fits no password.
"""

from __future__ import annotations

import base64
import binascii
import os
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from typing import TYPE_CHECKING

from hardening.errors import ConfigurationError
from hardening.passwords import pepper_keys
from hardening.passwords.current import EXTENSION, calls_here
from hardening.passwords.formats.errors import CorruptHashError

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM
    from flask import Flask

    from hardening.passwords.calls import Calls

MARK = "$hardening-pepper$"  # of every version, so that a later one is taken for nothing else
PREFIX = f"{MARK}v=1$"
INSTALL = 'pip install "flask-hardening[pepper]"'
NONCE_BYTES = 12  # NIST SP 800-38D; random ones are good for 2**32 hashes under one key
TAG_BYTES = 16  # NIST SP 800-38D


class UnknownKeyError(CorruptHashError):
    """A sealed hash names a key that is not configured.

    Attributes:
        key: the key's id, as far as the stored text has a proper one.
    """

    def __init__(self, key: str) -> None:
        super().__init__("no key of the pepper has that id")
        self.key = key


@dataclass(frozen=True, slots=True)
class Keys:
    """The keys of one pepper."""

    sealing: str | None
    """The id of the key that encrypts; None where hashes are to be left as they are."""
    secrets: Mapping[str, bytes] = field(repr=False)
    """Every key that decrypts, by its id."""

    def seal(self, stored: str) -> str:
        """Return `stored`, which is not sealed, encrypted under the first key."""
        if self.sealing is None:
            return stored
        head = f"{PREFIX}{self.sealing}$"
        nonce = secrets.token_bytes(NONCE_BYTES)
        cipher = _cipher(self.secrets[self.sealing])
        data = nonce + cipher.encrypt(nonce, stored.encode(), head.encode())
        return head + base64.urlsafe_b64encode(data).decode().rstrip("=")

    def open(self, stored: str) -> str:
        """Return the hash that `stored` is, or is the encryption of.

        Raises:
            UnknownKeyError: it is sealed with a key that is not among these.
            CorruptHashError: it is sealed and was changed, or cut off.
        """
        if not is_sealed(stored):
            return stored
        key_id, data = _parts(stored)
        secret = self.secrets.get(key_id)
        if secret is None:
            raise UnknownKeyError(key_id)
        from cryptography.exceptions import InvalidTag

        head = stored[: stored.rindex("$") + 1]
        try:
            plain = _cipher(secret).decrypt(data[:NONCE_BYTES], data[NONCE_BYTES:], head.encode())
            return plain.decode()
        except (InvalidTag, UnicodeDecodeError):
            raise CorruptHashError("sealed") from None

    def current(self, stored: str) -> bool:
        """Return whether `stored` is sealed, or left open, as these keys ask for."""
        if self.sealing is None:
            return not is_sealed(stored)
        return stored.startswith(f"{PREFIX}{self.sealing}$")

    def renew(self, stored: str) -> str:
        """Return `stored` as these keys ask for: opened, and sealed with the first of them.

        Raises:
            UnknownKeyError, CorruptHashError: as `open`.
        """
        return stored if self.current(stored) else self.seal(self.open(stored))

    def length(self, inner: int) -> int:
        """Return how many characters a hash of `inner` ASCII characters has once it is sealed."""
        if self.sealing is None:
            return inner
        data = NONCE_BYTES + inner + TAG_BYTES
        return len(PREFIX) + len(self.sealing) + 1 + -(-data * 4 // 3)


NO_KEYS = Keys(None, {})


def is_sealed(stored: str) -> bool:
    """Return whether `stored` was meant as a sealed hash, sound or not."""
    return stored.startswith(MARK)


def load(path: str | None, environ: Mapping[str, str] = os.environ) -> Keys:
    """Return the configured keys, or `NO_KEYS`.

    Args:
        path: the setting ``pepper_file``; None: what the environment says.
        environ: the process's, with ``HARDENING_PEPPER_FILE`` or ``HARDENING_PEPPER``.

    Raises:
        ConfigurationError: the keys cannot be read or are malformed, or the package that
            encrypts is not installed.
    """
    name, file, text = pepper_keys.source_of(path, environ)
    if file is not None:
        text = pepper_keys.read_file(name, file)
    elif not text.strip():
        return NO_KEYS
    sealing, found = pepper_keys.parse(name, text)
    try:
        import cryptography  # noqa: F401  # asked for now, not at the first login
    except ImportError:
        raise ConfigurationError(name, "the package cryptography is missing", INSTALL) from None
    return Keys(sealing, found)


def here() -> Keys:
    """Return the current app's keys; those of the environment outside a wrapped app.

    Raises:
        ConfigurationError: as `load`, outside a wrapped app only.
    """
    calls = calls_here()
    return _from_environment(*_environment()) if calls is None else calls.pepper


def of(app: Flask) -> Keys:
    """Return the keys of `app`, also where no app context is left; `NO_KEYS` if it has none."""
    calls: Calls | None = app.extensions.get(EXTENSION)
    return NO_KEYS if calls is None else calls.pepper


def seal(stored: str) -> str:
    """Return `stored` as `here` asks for, as `Keys.seal`; a sealed one is not sealed twice."""
    keys = here()
    return keys.renew(stored) if is_sealed(stored) else keys.seal(stored)


def open(stored: str) -> str:
    """Return the hash inside `stored` with the keys of `here`, as `Keys.open`."""
    return here().open(stored) if is_sealed(stored) else stored


def current(stored: str) -> bool:
    """Return whether `stored` is as `here` asks for, as `Keys.current`."""
    return here().current(stored)


def peel(stored: str, keys: Keys | None = None) -> str:
    """Return the hash inside `stored`, or `stored` itself where it cannot be opened.

    Args:
        stored: sealed or not.
        keys: those to use; None: those of `here`.
    """
    if not is_sealed(stored):
        return stored
    try:
        return (keys or here()).open(stored)
    except CorruptHashError:
        return stored


def length(inner: int) -> int:
    """Return how long a hash of `inner` characters becomes here, as `Keys.length`."""
    return here().length(inner)


def _parts(stored: str) -> tuple[str, bytes]:
    """Return the key's id and the data of a sealed hash."""
    parts = stored.removeprefix(PREFIX).split("$")
    if not stored.startswith(PREFIX) or len(parts) != 2 or not pepper_keys.is_id(parts[0]):
        raise CorruptHashError("sealed")
    encoded = parts[1]
    try:
        padded = encoded.encode("ascii") + b"=" * (-len(encoded) % 4)
        data = base64.b64decode(padded, altchars=b"-_", validate=True)
    except (binascii.Error, UnicodeEncodeError):
        raise CorruptHashError("sealed") from None
    if base64.urlsafe_b64encode(data).decode().rstrip("=") != encoded:
        raise CorruptHashError("sealed")  # the last character has bits that say nothing
    if len(data) <= NONCE_BYTES + TAG_BYTES:
        raise CorruptHashError("sealed")
    return parts[0], data


@lru_cache(maxsize=32)
def _cipher(secret: bytes) -> AESGCM:
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM  # late: 40 ms, mostly unused

    return AESGCM(secret)


def _environment() -> tuple[str, str, int]:
    """Return what the keys depend on, so that a changed file is read again."""
    name = os.environ.get(pepper_keys.FILE_VARIABLE, "")
    try:
        changed = os.stat(name).st_mtime_ns if name else 0
    except OSError:
        changed = 0
    return name, os.environ.get(pepper_keys.VARIABLE, ""), changed


@lru_cache(maxsize=4)
def _from_environment(file: str, text: str, changed: int) -> Keys:
    return load(None, {pepper_keys.FILE_VARIABLE: file, pepper_keys.VARIABLE: text})
