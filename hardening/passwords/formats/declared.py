"""Stored passwords that are hashes, or plain, only because the app says so.

The notation is that of `hardening.hash_notation`. Nothing here is tried before every other format:
a text that may be a hash of any kind is never compared as a plain password, or whoever has read
the database could type what stands there.
"""

from __future__ import annotations

import hashlib
import re

from hardening.hash_notation import Notation
from hardening.passwords.formats.base import Parted, matched, unhex
from hardening.passwords.formats.errors import CorruptHashError
from hardening.passwords.formats.werkzeug import as_bytes
from hardening.passwords.work import Work

CHEAP = Work(("digest",), 1)

_LIKE_HASHES = (
    re.compile(r"\$[\w./,=+-]+\$"),  # modular crypt formats
    re.compile(r"\{[\w.-]+\}"),  # LDAP
    re.compile(r"(?:pbkdf2|scrypt|bcrypt|argon2|sha\d|md5|crypt|plain|phpass)[\w:]*\$"),
    re.compile(r"[!*]"),  # unusable passwords; MySQL's own hashes
    re.compile(r".*(?:[0-9a-f]{32}|[0-9A-F]{32})", re.DOTALL),  # a digest with or without a salt
    re.compile(r"[A-Za-z0-9+/]{22,}={1,2}\Z"),  # a digest in base64
)


class SaltNeededError(CorruptHashError):
    """The salt stands apart from the hash, and was not given.

    Attributes:
        attribute: of the user, which the app declared to hold it.
    """

    def __init__(self, attribute: str) -> None:
        super().__init__(f"give the salt that is in {attribute}")
        self.attribute = attribute


def like_a_hash(text: str) -> bool:
    """Return whether `text` may be a stored hash of any kind, or a mark for no password."""
    return any(shape.match(text) for shape in _LIKE_HASHES)


class Plaintext(Parted):
    """The password itself."""

    name = "plaintext"

    def claims(self, stored: str) -> bool:
        return stored != "" and not like_a_hash(stored)

    def read(self, stored: str) -> tuple[str, bytes]:
        if not self.claims(stored):
            raise CorruptHashError(self.name)
        return "", as_bytes(stored)

    def cost(self, parameters: str) -> Work:
        return CHEAP

    def compute(self, parameters: str, password: bytes) -> tuple[bytes, ...]:
        return (password,)


class WerkzeugPlain(Plaintext):
    """``plain$$password``, of Werkzeug before 3.0."""

    name = "plain"
    _shape = re.compile(r"plain\$[^$]*\$")

    def claims(self, stored: str) -> bool:
        return stored.startswith("plain$")

    def read(self, stored: str) -> tuple[str, bytes]:
        match = self._shape.match(stored)
        if match is None or not Plaintext().claims(stored[match.end() :]):
            raise CorruptHashError(self.name)
        return match[0], as_bytes(stored[match.end() :])


class HexDigest(Parted):
    """A digest in hexadecimal of password and salt.

    Its parameters are digest, parts and salt, so that a wrapped one needs neither the declaration
    nor the user's salt any more.

    Args:
        notation: what the app declared; None reads parameters only.
        salt: that of the user, if it stands apart and is known.
    """

    name = "hex-digest"
    _parameters = re.compile(r"(\w+):([a-z+]+):(.*)", re.DOTALL)

    def __init__(self, notation: Notation | None = None, salt: str | None = None) -> None:
        self._notation = notation
        self._salt = salt
        if notation is not None:
            self._shape = _shape(notation)

    def claims(self, stored: str) -> bool:
        return self._notation is not None and self._shape.fullmatch(stored) is not None

    def read(self, stored: str) -> tuple[str, bytes]:
        if self._notation is None:
            raise CorruptHashError(self.name)
        found = matched(self._shape, stored).groupdict()
        salt = found.get("salt", "")
        if self._notation.attribute is not None:
            if self._salt is None:
                raise SaltNeededError(self._notation.attribute)
            salt = self._salt
        return f"{self._notation.digest}:{self._notation.parts}:{salt}", unhex(found["hash"])

    def cost(self, parameters: str) -> Work:
        matched(self._parameters, parameters)
        return CHEAP

    def work(self, stored: str) -> Work:
        return CHEAP  # even where the salt is not at hand

    def compute(self, parameters: str, password: bytes) -> tuple[bytes, ...]:
        digest, parts, text = matched(self._parameters, parameters).groups()
        values = {"password": password, "salt": as_bytes(text)}
        joined = b"".join(values[part] for part in parts.split("+"))
        return (hashlib.new(digest, joined, usedforsecurity=False).digest(),)


def _shape(notation: Notation) -> re.Pattern[str]:
    size = hashlib.new(notation.digest, usedforsecurity=False).digest_size
    digest = rf"(?P<hash>[0-9a-fA-F]{{{2 * size}}})"
    if notation.before is not None:
        return re.compile(f"(?P<salt>.*){re.escape(notation.before)}{digest}", re.DOTALL)
    if notation.after is not None:
        return re.compile(f"{digest}{re.escape(notation.after)}(?P<salt>.*)", re.DOTALL)
    return re.compile(digest)
