"""Keys derived from the app's ``SECRET_KEY``, one for each purpose, with an id for rotation."""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from flask import Flask

Purpose = Literal["record", "stamp", "name", "device"]

WRAPPED = "hardening.wrapped"  # the key in ``app.extensions``; see `hardening.extension`
ID_LENGTH = 8  # characters of a key's id: enough to tell a handful of keys apart


@dataclass(frozen=True, slots=True, repr=False)
class Key:
    """One derived key."""

    id: str
    """Tells which secret it came from, without revealing it."""
    secret: bytes
    """32 bytes."""

    def mac(self, *parts: bytes) -> bytes:
        """Return the 32-byte HMAC-SHA-256 over `parts`, each with its length before it."""
        message = b"".join([len(part).to_bytes(8, "big") + part for part in parts])
        return hmac.digest(self.secret, message, "sha256")


class Keyring:
    """The keys of one purpose: the current one first, then those of ``SECRET_KEY_FALLBACKS``."""

    def __init__(self, keys: tuple[Key, ...]) -> None:
        self._keys = keys

    def __bool__(self) -> bool:
        return bool(self._keys)

    @property
    def current(self) -> Key:
        """The key that new values are made with."""
        return self._keys[0]

    @property
    def oldest(self) -> Key:
        """The key that names are made with: they must not change while the secret is rotated."""
        return self._keys[-1]

    def find(self, key_id: str) -> Key | None:
        """Return the key called `key_id`, or None once it left the fallbacks."""
        for key in self._keys:
            if key.id == key_id:
                return key
        return None

    def __iter__(self) -> Iterator[Key]:
        return iter(self._keys)


def keyring(app: Flask, purpose: Purpose) -> Keyring:
    """Return the keys of `purpose` for `app`'s present configuration.

    An app whose sessions live on the server may do without a ``SECRET_KEY``. Its records are
    sealed under the store's own id then: that tells stores apart, and no more. What a browser
    brings back by itself (``device``) gets no key at all.
    """
    config = app.config
    current = config.get("SECRET_KEY")
    if not current:
        wrapped = app.extensions.get(WRAPPED)
        if purpose == "device" or wrapped is None:
            return Keyring(())
        return _ring(purpose, (f"no SECRET_KEY/{wrapped.context.store.store_id()}",))
    fallbacks = config.get("SECRET_KEY_FALLBACKS")
    keys = (current, *fallbacks) if fallbacks else (current,)
    try:
        return _ring(purpose, keys)
    except TypeError:  # a bytearray cannot be looked up
        return _ring(purpose, tuple(_raw(key) for key in keys))


def _raw(key: str | bytes) -> bytes:
    return key.encode("utf-8", "surrogatepass") if isinstance(key, str) else bytes(key)


@lru_cache(maxsize=64)
def _ring(purpose: Purpose, secrets: tuple[str | bytes, ...]) -> Keyring:
    return Keyring(tuple(_derive(purpose, _raw(secret)) for secret in secrets))


def _derive(purpose: Purpose, secret: bytes) -> Key:
    # HMAC as in HKDF-Expand (RFC 5869) with one block: the secret is the key, the purpose the
    # info, so that no two purposes ever share a key and none of them is Flask's signing key.
    derived = hmac.digest(secret, b"flask-hardening/1/" + purpose.encode(), "sha256")
    key_id = hashlib.sha256(b"id" + derived).hexdigest()[:ID_LENGTH]
    return Key(key_id, derived)
