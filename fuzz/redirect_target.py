"""Where a destination leads: nothing raises, and nothing that stays has a host.

The first byte chooses the page's scheme; the rest is the destination.
"""

from __future__ import annotations

from urllib.parse import urlsplit

from hardening.submitted import Submitted, plainly
from hardening.whatwg import parse_host, resolve

_STRIPPED = "".join(map(chr, range(0x21)))
_REMOVED = dict.fromkeys(map(ord, "\t\n\r"))


def TestOneInput(data: bytes) -> None:  # noqa: N802  # the name that fuzzers call
    """Judge one destination and raise where an invariant does not hold."""
    scheme = "https" if data[:1] < b"\x80" else "http"
    text = data[1:].decode("utf-8", "surrogateescape")
    found = resolve(text, scheme)
    if found is not None and found.stays:
        _no_host_for_urllib(text)
    if found is not None and found.host is not None:
        assert parse_host(found.host) == found.host, "a host is not in its normal form"
    if found is None or not found.stays:
        sent = Submitted(frozenset({plainly(text)}), frozenset(), frozenset(), complete=True)
        host = None if found is None else found.host
        assert sent.named(text, host), "a destination that came in is not recognised"


def _no_host_for_urllib(text: str) -> None:
    plain = text.strip(_STRIPPED).translate(_REMOVED).replace("\\", "/")
    if ":" not in plain.partition("/")[0]:
        plain = "x:" + plain
    assert not urlsplit(plain).netloc, "a destination stays that has a host"


if __name__ == "__main__":
    import sys

    import atheris

    atheris.instrument_all()
    atheris.Setup(sys.argv, TestOneInput)
    atheris.Fuzz()
