"""What a request brought along, and whether a destination was among it.

Pages and people choose the query, the form, the JSON body and parts of the path; there a host
that appears as a host is enough. The referrer and other cookies also say where somebody came
from, so there only the very same address counts: whoever came from the identity provider may
be sent back to it.
"""

from __future__ import annotations

import base64
import json
import re
import zlib
from collections.abc import Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote

from werkzeug.exceptions import HTTPException

from hardening.whatwg import resolve

if TYPE_CHECKING:
    from flask import Request

_DEPTH = 8  # levels of a JSON body that are looked into
_TEXTS_MOST = 500  # values that are looked at; a login needs a handful
_DECODED_MOST = 10  # times that a value may be percent-encoded over itself
_PARTS_MOST = 8  # of a token; a JWT has three
_UNPACKED_MOST = 64 * 1024  # bytes: an address is far shorter
_BASE64 = re.compile(r"[A-Za-z0-9+/_\-]{8,}={0,2}")
_MAIL = re.compile(r"[^@/:]+@[^@/:]+")
_DROPPED = dict.fromkeys((*range(0x21), 0x7F))


@dataclass(frozen=True, slots=True)
class Submitted:
    """The texts of one request, all in one plain form."""

    linked: frozenset[str]
    """From the query, the path and the session: what a link on another site can choose."""
    sent: frozenset[str]
    """From the form or the JSON body."""
    told: frozenset[str]
    """From the referrer and the cookies."""
    complete: bool
    """Whether these are all; if not, anything may have been named."""

    @classmethod
    def of(cls, request: Request, kept: Iterable[str]) -> Submitted:
        """Collect what `request` holds, and `kept`, which an earlier one left in the session."""
        query = [value for _, value in request.args.items(multi=True)]
        packed = (text for value in query for text in unpacked(value))
        linked = [*kept, *query, *texts_in(request.view_args or {}), *packed]
        told = [*request.cookies.values(), request.headers.get("Referer", "")]
        sent = list(_sent(request))
        sent += [text for value in sent for text in unpacked(value)]
        complete = max(len(linked), len(sent), len(told)) <= _TEXTS_MOST
        return cls(_plain_all(linked), _plain_all(sent), _plain_all(told), complete)

    def named(self, target: str, host: str | None, *, by_link: bool = False) -> bool:
        """Return whether `target`, which leads to `host`, came with the request.

        Args:
            target: the destination as the app wrote it.
            host: where it leads as browsers see it; None where it has no host.
            by_link: count only what a link can choose. For members of JSON whose name may
                mean something else, such as the ``url`` of one's own home page.
        """
        if not self.complete:
            return True
        plain = plainly(target)
        chosen = self.linked if by_link else self.linked | self.sent
        if plain in chosen or (plain in self.told and not by_link):
            return True
        if host is None:  # such as javascript: there is no host to recognise it by
            return any(len(text) > 3 and text in plain for text in chosen if ":" in text)
        token = re.compile(rf"(?<![\w.\-]){re.escape(host)}(?![\w\-])")
        return any(_names(text, host, token, plain) for text in chosen)


def plainly(text: str) -> str:
    """Return `text` decoded, in lower case, without spaces and with forward slashes."""
    for _ in range(_DECODED_MOST):
        decoded = unquote(text)
        if decoded == text:
            break
        text = decoded
    return text.translate(_DROPPED).replace("\\", "/").lower()


def texts_in(value: Any, depth: int = _DEPTH) -> Iterator[str]:
    """Yield the strings inside lists and dictionaries, `depth` levels deep."""
    if isinstance(value, str):
        yield value
    elif depth and isinstance(value, dict):
        for member in value.values():
            yield from texts_in(member, depth - 1)
    elif depth and isinstance(value, list | tuple):
        for member in value:
            yield from texts_in(member, depth - 1)


def unpacked(text: str) -> list[str]:
    """Return what a token holds: base64, a JWT, or what itsdangerous signs, also compressed.

    Apps send where to go through a provider so, in OAuth's ``state`` or SAML's ``RelayState``.
    No signature is checked: whoever signed it, the request brought it.
    """
    found: list[str] = []
    # A leading full stop is itsdangerous's mark of what zlib made smaller.
    parts = text[1:].split(".") if text.startswith(".") else text.split(".")
    for part in parts[:_PARTS_MOST]:
        if not _BASE64.fullmatch(part):
            continue
        plain = part.rstrip("=").replace("+", "-").replace("/", "_")
        try:
            content = base64.urlsafe_b64decode(plain + "=" * (-len(plain) % 4))
            if text.startswith("."):
                content = zlib.decompressobj().decompress(content, _UNPACKED_MOST)
            inner = content.decode()
        except (ValueError, zlib.error):  # binascii's error and UnicodeDecodeError are the first
            continue
        found.append(inner)
        with suppress(ValueError, RecursionError):  # text, but no JSON
            found.extend(texts_in(json.loads(inner)))
    return found


def _sent(request: Request) -> Iterator[str]:
    try:
        yield from (value for _, value in request.form.items(multi=True))
    except HTTPException:  # a body that the app did not read either
        return
    if request.is_json:
        yield from texts_in(request.get_json(silent=True))


def _plain_all(texts: list[str]) -> frozenset[str]:
    return frozenset(map(plainly, texts[:_TEXTS_MOST])) - {""}


def _names(text: str, host: str, token: re.Pattern[str], target: str) -> bool:
    """Return whether `text` has `host` in it as a host."""
    if _MAIL.fullmatch(text):
        # An address of mail is no place to go, though a view may have made it one.
        return "//" + text in target
    if token.search(text):
        return True
    # The same host in another spelling, as a URL or as the rest of one without its scheme.
    readings = (text, "//" + text)
    found = (resolve(reading, scheme) for reading in readings for scheme in ("https", "http"))
    return any(one is not None and one.host == host for one in found)
