"""How an app declares stored passwords that nothing in their text gives away.

``plaintext``
    The password itself: only to leave it.
``crypt-des``
    The thirteen characters of crypt(3) with DES.
``hex-sha256:password``
    A digest in hexadecimal: md5, sha1, sha224, sha256, sha384, sha512.
``hex-sha256:salt+password@salt$hash``
    The salt before the password, stored in front of the digest with a dollar between. What is
    hashed is any sequence of ``salt`` and ``password``; what is stored is ``salt`` and ``hash`` in
    either order, with any punctuation or nothing between.
``hex-sha256:salt+password@user.password_salt``
    The salt stands apart, in that attribute of the user.
"""

from __future__ import annotations

import re
from typing import NamedTuple

FORM = (
    "'plaintext', 'crypt-des', 'hex-<digest>:<what is hashed>' or"
    " 'hex-<digest>:<what is hashed>@<where the salt is>', such as 'hex-md5:password',"
    " 'hex-sha256:salt+password@salt$hash' or 'hex-sha1:password+salt@user.password_salt';"
    " digests: md5, sha1, sha224, sha256, sha384, sha512"
)
PLAIN = frozenset({"plaintext", "crypt-des"})
# Compiled by `re` at its first use, as most processes start without one.
_HEX = (
    r"hex-(?P<digest>md5|sha1|sha224|sha256|sha384|sha512)"
    r":(?P<parts>(?:salt|password)(?:\+(?:salt|password)){0,7})"
    r"(?:@(?:user\.(?P<attribute>[A-Za-z_]\w*)"
    r"|salt(?P<before>[^\w\s]{0,4})hash|hash(?P<after>[^\w\s]{0,4})salt))?"
)


class Notation(NamedTuple):
    """A declared digest in hexadecimal."""

    digest: str
    """Its name for hashlib."""
    parts: str
    """What is hashed, ``salt`` and ``password`` joined by plus signs."""
    attribute: str | None = None
    """The user's attribute that holds the salt, if it stands apart."""
    before: str | None = None
    """What stands between salt and digest, if the salt is stored in front."""
    after: str | None = None
    """What stands between digest and salt, if the salt is stored behind."""


def read(text: str) -> Notation | None:
    """Return what a declaration says; None for those that are a word.

    Raises:
        ValueError: it is malformed, names a salt without saying where it is, or the reverse.
    """
    if text in PLAIN:
        return None
    match = re.fullmatch(_HEX, text)
    if match is None:
        raise ValueError(text)
    parts = match["parts"].split("+")
    if "password" not in parts or ("salt" in parts) is not ("@" in text):
        raise ValueError(text)
    return Notation(**match.groupdict())
