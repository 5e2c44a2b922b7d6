"""Flask's own session interface, with its serializer kept between requests.

Flask builds an itsdangerous serializer for every request, derives the signing key anew, and checks
and unpacks a cookie that it checked a moment ago: a quarter of what a request with a session
costs. Here the serializer is kept for the keys and the attributes that it was made of; both are
compared at every use, so a rotated key or a changed salt counts from the next request on. With it
are kept the last cookies whose signature was right, unpacked; their age is judged every time.
Cookies are the same, byte for byte.
"""

from __future__ import annotations

import hashlib
import hmac
import time
from contextlib import suppress
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from flask.sessions import SecureCookieSessionInterface
from itsdangerous import TimestampSigner, URLSafeTimedSerializer
from itsdangerous.signer import HMACAlgorithm, SigningAlgorithm

from hardening.hooks.cookie_header import NO_COOKIES

if TYPE_CHECKING:
    from flask import Flask, Request, Response
    from flask.sessions import SecureCookieSession, SessionInterface, SessionMixin


KEPT_COOKIES = 1024  # of one app in one process
LONGEST_KEPT = 4096  # characters; browsers keep no longer cookie


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

    def open_session(self, app: Flask, request: Request) -> SecureCookieSession | None:
        """Open the session; where there is no cookie at all, without making a serializer."""
        if request.__dict__.get("cookies") is NO_COOKIES and app.config["SECRET_KEY"]:
            return self.session_class()
        return super().open_session(app, request)

    def save_session(self, app: Flask, session: SessionMixin, response: Response) -> None:
        """Save the session; one that is empty and that nobody touched leaves no trace."""
        if session or session.modified or session.accessed:
            super().save_session(app, session, response)

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
        keys, salt = built.secret_keys, built.salt
        kwargs = _with_algorithm(built.signer_kwargs)
        super().__init__(
            keys, salt, serializer=built.serializer, signer=KeptKeys, signer_kwargs=kwargs
        )
        self._signer = super().make_signer()
        texts = URLSafeTimedSerializer(
            keys, salt, serializer=AsItIs, signer=KeptKeys, signer_kwargs=kwargs
        )

        @lru_cache(maxsize=KEPT_COOKIES)
        def unpack(cookie: str | bytes) -> tuple[str, float]:
            text, signed = texts.loads(cookie, return_timestamp=True)
            return text, signed.timestamp()

        self._unpack = unpack

    def loads(  # type: ignore[override]  # as the base class does
        self,
        s: str | bytes,
        max_age: int | None = None,
        return_timestamp: bool = False,
        salt: str | bytes | None = None,
    ) -> Any:
        """Return what a cookie holds, as a new object each time.

        Raises:
            BadSignature: it was not signed with one of the keys, or is too old.
        """
        plain = salt is None and not return_timestamp and self.is_text_serializer
        if plain and len(s) <= LONGEST_KEPT:
            text, signed_at = self._unpack(s)
            if max_age is None or 0 <= int(time.time()) - signed_at <= max_age:
                with suppress(Exception):  # raised again below, as itsdangerous shows it
                    return self.serializer.loads(text)
        return super().loads(s, max_age, return_timestamp, salt)

    def make_signer(self, salt: str | bytes | None = None) -> Any:
        """Return the signer; it is never changed, so threads may share it."""
        return self._signer if salt is None or salt == self.salt else super().make_signer(salt)


class AsItIs:
    """A payload serializer that leaves the text to somebody else."""

    @staticmethod
    def loads(text: str) -> str:
        """Return `text`."""
        return text

    @staticmethod
    def dumps(_value: object) -> str:
        """Say that this one works with text: itsdangerous asks."""
        return ""


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
