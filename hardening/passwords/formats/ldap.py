"""Plain digests as LDAP servers keep them: ``{SSHA}`` and its kin."""

from __future__ import annotations

import base64
import hashlib
import re

from hardening.passwords.formats.base import Parted, matched, unbase64
from hardening.passwords.formats.errors import CorruptHashError
from hardening.passwords.work import Work


class LdapDigest(Parted):
    """``{SHA}base64(digest)`` and, with an S before, ``{SSHA}base64(digest + salt)``."""

    name = "ldap-digest"
    # The scheme's letters may be small; what follows is the salt, in base64 again.
    _shape = re.compile(r"\{(s?)(md5|sha(?:256|384|512)?)\}([A-Za-z0-9+/=]*)", re.IGNORECASE)

    def claims(self, stored: str) -> bool:
        return re.match(r"\{s?(?:md5|sha(?:256|384|512)?)\}", stored, re.IGNORECASE) is not None

    def read(self, stored: str) -> tuple[str, bytes]:
        salted, digest, text = self._parts(stored)
        size = hashlib.new(digest, usedforsecurity=False).digest_size
        found = unbase64(text, size=0)
        if len(found) < size or bool(salted) is (len(found) == size):
            raise CorruptHashError(self.name)
        salt = base64.b64encode(found[size:]).decode()
        return stored[: stored.index("}") + 1] + salt, found[:size]

    def cost(self, parameters: str) -> Work:
        self._parts(parameters)
        return Work(("digest",), 1)

    def compute(self, parameters: str, password: bytes) -> tuple[bytes, ...]:
        _, digest, text = self._parts(parameters)
        salt = unbase64(text, size=0)
        return (hashlib.new(digest, password + salt, usedforsecurity=False).digest(),)

    def _parts(self, text: str) -> tuple[str, str, str]:
        salted, digest, rest = matched(self._shape, text).groups()
        return salted, {"sha": "sha1"}.get(digest.lower(), digest.lower()), rest
