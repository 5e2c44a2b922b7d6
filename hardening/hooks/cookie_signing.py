"""Flask's own session interface, with its serializer kept between requests.

Flask builds an itsdangerous serializer for every request, which derives the signing key anew and
imports the hash by way of Python: a sixth of what a request with a session costs. What is kept
depends on the keys and on the interface's attributes; both are compared at every use, so a rotated
key, or a changed salt, counts from the next request on. Cookies are the same, byte for byte.
"""

from __future__ import annotations

import hashlib
import hmac
from typing import TYPE_CHECKING, Any

from flask.sessions import SecureCookieSessionInterface
from itsdangerous import TimestampSigner, URLSafeTimedSerializer
from itsdangerous.signer import HMACAlgorithm, SigningAlgorithm

if TYPE_CHECKING:
    from flask import Flask
    from flask.sessions import SessionInterface


def kept_serializer(inner: SessionInterface) -> SessionInterface:
    """Return what does the same as `inner`: quicker if it is Flask's own, else `inner` itself."""
    # A subclass, or an instance with attributes of its own, may do anything.
    if type(inner) is SecureCookieSessionInterface and not vars(inner):
        return KeptSerializer()
    return inner


class KeptSerializer(SecureCookieSessionInterface):
    """See the module. One for each app."""

    def __init__(self) -> None:
        self._kept: tuple[tuple[object, ...], Serializer] | None = None

    def get_signing_serializer(self, app: Flask) -> URLSafeTimedSerializer | None:
        """Return the serializer for the app's present keys, the same one while they last."""
        config = app.config
        key, fallbacks = config.get("SECRET_KEY"), config.get("SECRET_KEY_FALLBACKS")
        settings = (self.salt, self.serializer, self.key_derivation, self.digest_method)
        made_of = (key, tuple(fallbacks) if fallbacks else None, *settings)
        kept = self._kept
        if kept is not None and kept[0] == made_of:
            return kept[1]
        built = super().get_signing_serializer(app)
        if type(built) is not URLSafeTimedSerializer:
            return built
        serializer = Serializer(built)
        self._kept = made_of, serializer  # in one step: other threads may read it
        return serializer


class Serializer(URLSafeTimedSerializer):
    """Signs and reads as `built` does, with one signer for all requests.

    Args:
        built: what Flask built.
    """

    def __init__(self, built: URLSafeTimedSerializer) -> None:
        super().__init__(
            built.secret_keys,
            salt=built.salt,
            serializer=built.serializer,
            signer=KeptKeys,
            signer_kwargs=_with_algorithm(built.signer_kwargs),
        )
        self._signer = super().make_signer()

    def make_signer(self, salt: str | bytes | None = None) -> Any:
        """Return the signer; it is never changed, so threads may share it."""
        return self._signer if salt is None or salt == self.salt else super().make_signer(salt)


class KeptKeys(TimestampSigner):
    """Derives each signing key once."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._derived: dict[str | bytes | None, bytes] = {}

    def derive_key(self, secret_key: str | bytes | None = None) -> bytes:
        """Return the signing key that belongs to one of the secret keys."""
        derived = self._derived.get(secret_key)
        if derived is None:
            derived = self._derived[secret_key] = super().derive_key(secret_key)
        return derived


class OneShotHmac(SigningAlgorithm):
    """HMAC in one call into OpenSSL; the same bytes as itsdangerous makes.

    Args:
        name: the hash's name in `hashlib`.
    """

    def __init__(self, name: str) -> None:
        self._name = name

    def get_signature(self, key: bytes, value: bytes) -> bytes:
        """Return the signature."""
        return hmac.digest(key, value, self._name)


def _with_algorithm(signer_kwargs: dict[str, Any]) -> dict[str, Any]:
    """Return `signer_kwargs` with the one-shot HMAC where the hash is one of `hashlib`'s."""
    method = signer_kwargs.get("digest_method")
    name = method().name if callable(method) else ""
    if name not in hashlib.algorithms_guaranteed or "algorithm" in signer_kwargs:
        return signer_kwargs
    # A hash of the app's own may borrow a name; only one that hashes alike may be replaced.
    probe = HMACAlgorithm(method).get_signature(b"key", b"value")
    if probe != OneShotHmac(name).get_signature(b"key", b"value"):
        return signer_kwargs
    return {**signer_kwargs, "algorithm": OneShotHmac(name)}
