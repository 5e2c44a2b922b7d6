"""A browser's cookie jar: what it accepts, keeps and sends.

Follows RFC 6265bis where the gallery needs it: Secure, SameSite, the two name prefixes and
deletion. Paths other than ``/`` and the Domain attribute do not occur here.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime


@dataclass(frozen=True)
class SetCookie:
    """One ``Set-Cookie`` header, parsed."""

    name: str
    value: str
    attributes: dict[str, str]

    @property
    def deletes(self) -> bool:
        """Whether the header asks the browser to forget the cookie."""
        if "max-age" in self.attributes:
            return int(self.attributes["max-age"]) <= 0
        expires = self.attributes.get("expires")
        return expires is not None and parsedate_to_datetime(expires) <= datetime.now(UTC)

    @property
    def weaknesses(self) -> tuple[str, ...]:
        """What is missing: ``Secure``, ``HttpOnly``, ``SameSite`` and a name prefix."""
        found = [name for name in ("Secure", "HttpOnly") if name.lower() not in self.attributes]
        if self.attributes.get("samesite", "").lower() not in ("lax", "strict"):
            found.append("SameSite")
        if not self.name.startswith(("__Host-", "__Secure-")):
            found.append("prefix")
        return tuple(found)


def parse(header: str) -> SetCookie:
    """Return one ``Set-Cookie`` header in its parts."""
    pair, *rest = header.split(";")
    name, _, value = pair.strip(" \t").partition("=")  # browsers keep other bytes
    attributes = {}
    for item in rest:
        key, _, text = item.strip().partition("=")
        attributes[key.lower()] = text
    return SetCookie(name, value, attributes)


class Jar:
    """The cookies one browser holds for one site."""

    def __init__(self) -> None:
        self.cookies: dict[str, SetCookie] = {}

    def accept(self, header: str, *, scheme: str) -> None:
        """Take one ``Set-Cookie`` header as a browser would, deletions included."""
        cookie = parse(header)
        secure = "secure" in cookie.attributes
        if secure and scheme != "https":
            return
        if cookie.name.startswith(("__Host-", "__Secure-")) and not secure:
            return
        if cookie.name.startswith("__Host-") and (
            cookie.attributes.get("path") != "/" or "domain" in cookie.attributes
        ):
            return
        if cookie.deletes:
            self.cookies.pop(cookie.name, None)
        else:
            self.cookies[cookie.name] = cookie

    def send(self, *, scheme: str, cross_site: bool = False, navigation: bool = False) -> str:
        """Return the ``Cookie`` header of one request, or an empty string.

        Args:
            scheme: ``"http"`` or ``"https"``.
            cross_site: another site caused the request.
            navigation: it is a top-level GET, which SameSite=Lax lets through.
        """
        held = [
            cookie
            for cookie in self.cookies.values()
            if (scheme == "https" or "secure" not in cookie.attributes)
            and (not cross_site or _crosses(cookie, navigation))
        ]
        return "; ".join(f"{cookie.name}={cookie.value}" for cookie in held)

    def copy_from(self, other: Jar) -> None:
        """Hold exactly what `other` holds: the thief's copy."""
        self.cookies = dict(other.cookies)


def _crosses(cookie: SetCookie, navigation: bool) -> bool:
    # Without the attribute Firefox and Safari send the cookie everywhere; Chromium treats it
    # as Lax, but not in the two minutes after it was set.
    same_site = cookie.attributes.get("samesite", "none").lower()
    return same_site == "none" or (same_site == "lax" and navigation)
