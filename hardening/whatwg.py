"""Where a browser would go: the parts of the WHATWG URL standard that decide scheme and host.

`urllib.parse` reads ``/\\t/evil``, ``https:evil`` and ``\\\\evil`` otherwise than browsers do,
which is how guards built on it are passed. This follows https://url.spec.whatwg.org/ (basic
URL parser, host parser) for a base of ``http`` or ``https``. Pure functions; nothing is trusted.

Where a name is not ASCII the mapping (UTS #46) is approximated. It errs so that a name which
browsers refuse may be given a host here, never so that a foreign name becomes an ASCII one
that browsers would not reach.
"""

from __future__ import annotations

import ipaddress
import re
import unicodedata
from dataclasses import dataclass
from urllib.parse import unquote_to_bytes

SPECIAL_PORTS = {"http": 80, "https": 443, "ws": 80, "wss": 443, "ftp": 21}

_C0_AND_SPACE = "".join(map(chr, range(0x21)))
_SCHEME = re.compile(r"([A-Za-z][A-Za-z0-9+.\-]*):")
_REMOVED = {ord("\t"): None, ord("\n"): None, ord("\r"): None}
_AUTHORITY_END = re.compile(r"[/\\?#]")
_FORBIDDEN = re.compile(r"[\x00-\x20#/:<>?@\[\\\]^|%\x7f]")
# UTS #46 ignores these, so they vanish from a name.
_IGNORED = re.compile("[\u00ad\u034f\u180b-\u180d\u200b\u2060\u2064\ufe00-\ufe0f\ufeff]")
# What no encoding has, and what contains a full stop, which UTS #46 does not take apart.
_REFUSED = re.compile("[\ufffd\u2024-\u2026\u2488-\u249b\ufe19\ufe52]")
_NUMBER = re.compile(r"0[xX][0-9A-Fa-f]*|[0-9]+")


@dataclass(frozen=True, slots=True)
class Destination:
    """What of a URL says where it leads."""

    scheme: str
    """In lower case, without the colon."""
    host: str | None
    """In ASCII, lower case, IPv6 in brackets; None: the host of the base, or none at all."""
    port: int | None = None
    """None where it is the scheme's own."""

    @property
    def stays(self) -> bool:
        """Whether it is relative: it leads to the base's own host."""
        return self.host is None and self.scheme in ("http", "https")


def resolve(target: str, base_scheme: str) -> Destination | None:
    """Return where a browser on a page of `base_scheme` goes for `target`.

    Args:
        target: what follows ``Location:`` or goes into ``window.location``; any text.
        base_scheme: ``http`` or ``https``. It matters: on an https page ``https:evil`` is a
            path, on an http page it is another host.

    Returns:
        None where the browser refuses the text, so that nobody goes anywhere.
    """
    text = target.strip(_C0_AND_SPACE).translate(_REMOVED)
    match = _SCHEME.match(text)
    if match is None:
        return _relative(text, base_scheme)
    scheme, rest = match.group(1).lower(), text[match.end() :]
    if scheme not in SPECIAL_PORTS:
        return Destination(scheme, None)
    if scheme == base_scheme and not rest.startswith("//"):
        return _relative(rest, base_scheme)
    return _authority(rest.lstrip("/\\"), scheme)


def _relative(text: str, base_scheme: str) -> Destination | None:
    if len(text) > 1 and text[0] in "/\\" and text[1] in "/\\":
        return _authority(text.lstrip("/\\"), base_scheme)
    return Destination(base_scheme, None)


def _authority(text: str, scheme: str) -> Destination | None:
    authority = _AUTHORITY_END.split(text, maxsplit=1)[0]
    host_and_port = authority.rpartition("@")[2]
    match = re.fullmatch(r"(\[[^\]]*\]|[^:]*)(?::([0-9]*))?", host_and_port)
    host = parse_host(match.group(1)) if match is not None and match.group(1) else None
    if match is None or host is None:
        return None
    port_text = match.group(2)
    digits = (port_text or "").lstrip("0")
    if len(digits) > 5 or int(digits or "0") > 65535:
        return None
    port = int(digits or "0") if port_text else None
    return Destination(scheme, host, None if port == SPECIAL_PORTS[scheme] else port)


def parse_host(text: str) -> str | None:
    """Return a special URL's host in the one form that browsers compare, or None if invalid."""
    if text.startswith("["):
        try:
            if "%" in text:  # Python knows zones, URLs do not
                return None
            return f"[{ipaddress.IPv6Address(text[1:-1]).compressed}]"
        except ValueError:
            return None
    name = _to_ascii(unquote_to_bytes(text.encode("utf-8", "replace")).decode("utf-8", "replace"))
    if not name or _FORBIDDEN.search(name):
        return None
    labels = name.split(".")
    if not labels[-1] and len(labels) > 1:
        labels.pop()
    if _NUMBER.fullmatch(labels[-1]):
        return _ipv4(labels)
    return name


def _to_ascii(name: str) -> str:
    if name.isascii():
        return name.lower()
    if _REFUSED.search(name):
        return ""
    mapped = unicodedata.normalize("NFKC", _IGNORED.sub("", name)).lower()
    mapped = _IGNORED.sub("", unicodedata.normalize("NFC", mapped)).replace("\u3002", ".")
    return ".".join(map(_label, mapped.split(".")))


def _label(label: str) -> str:
    return label if label.isascii() else "xn--" + label.encode("punycode").decode("ascii")


def _ipv4(labels: list[str]) -> str | None:
    if len(labels) > 4:
        return None
    numbers = [_number(label) for label in labels]
    known = [number for number in numbers if number is not None]
    if len(known) < len(numbers) or any(number > 255 for number in known[:-1]):
        return None
    if known[-1] >= 256 ** (5 - len(known)):
        return None
    address = known[-1] + sum(number << (8 * (3 - i)) for i, number in enumerate(known[:-1]))
    return str(ipaddress.IPv4Address(address))


def _number(label: str) -> int | None:
    if not _NUMBER.fullmatch(label):
        return None
    base, digits = 10, label
    if label[:2] in ("0x", "0X"):
        base, digits = 16, label[2:]
    elif len(label) > 1 and label[0] == "0":
        base, digits = 8, label[1:]
    digits = digits.lstrip("0") or "0"
    if len(digits) > 16:  # beyond 32 bits in any base, and int() would take long
        return None
    try:
        return int(digits, base)
    except ValueError:  # an 8 or 9 after a leading zero
        return None
