"""Bodies without a length: read up to a bound, and put back for the view.

Only where the server says that the stream ends with the body (``wsgi.input_terminated``, as
gunicorn, waitress and Werkzeug do); Flask reads nothing of others either.
"""

from __future__ import annotations

import io
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from flask import Request


def buffered_length(request: Request, most: int) -> int | None:
    """Return how many bytes a chunked body has, or more than `most`; None: it cannot be known.

    Args:
        request: a request whose body nobody has touched.
        most: bytes that are read at most, and one more.
    """
    environ = request.environ
    if not environ.get("wsgi.input_terminated") or "stream" in request.__dict__:
        # Somebody was first; what he kept can still be read.
        kept = getattr(request, "_cached_data", None)
        return len(kept) if isinstance(kept, bytes) else None
    stream = environ["wsgi.input"]
    start = _read(stream, most + 1)
    if len(start) <= most:
        environ["wsgi.input"] = io.BytesIO(start)
    else:
        environ["wsgi.input"] = io.BufferedReader(_Again(start, stream))
    return len(start)


def _read(stream: Any, size: int) -> bytes:
    parts: list[bytes] = []
    while size > 0:
        part = stream.read(size)
        if not part:
            break
        parts.append(part)
        size -= len(part)
    return b"".join(parts)


class _Again(io.RawIOBase):
    """What was read of a stream, and then the rest of it."""

    def __init__(self, start: bytes, stream: Any) -> None:
        self._start = io.BytesIO(start)
        self._stream = stream

    def readable(self) -> bool:
        """Return True: that is all it is for."""
        return True

    def readinto(self, into: Any) -> int:
        """Fill `into`; return how much of it was filled."""
        part = self._start.read(len(into)) or self._stream.read(len(into))
        into[: len(part)] = part
        return len(part)
