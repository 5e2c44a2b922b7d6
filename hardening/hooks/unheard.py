"""Whether an event is written in the same way outside of a request as within one.

A formatter or a filter of the app's may add what the request at hand says, such as its id, and
Flask has a stream that is the request's own. The standard library's parts look at nothing but the
record, so events that only pass through these need no request.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable, Iterator

_PLAIN = frozenset({"logging", "logging.handlers", "pythonjsonlogger"})  # modules, or packages


def written_alike(logger: logging.Logger) -> bool:
    """Return whether nothing on the way of a record of `logger` can look at a request."""
    return (
        logging.getLogRecordFactory() is logging.LogRecord
        and _is_plain(logger)
        and _are_plain(logger.filters)
        and all(map(_is_plain_handler, _handlers(logger)))
    )


def _handlers(logger: logging.Logger) -> Iterator[logging.Handler]:
    here: logging.Logger | None = logger
    while here is not None:
        yield from here.handlers
        here = here.parent if here.propagate else None


def _is_plain_handler(handler: logging.Handler) -> bool:
    stream = getattr(handler, "stream", None)
    return (
        _is_plain(handler)
        and _are_plain(handler.filters)
        and (handler.formatter is None or _is_plain(handler.formatter))
        and not type(stream).__module__.startswith("werkzeug.")  # Flask's `wsgi_errors_stream`
    )


def _are_plain(parts: Iterable[object]) -> bool:
    return all(map(_is_plain, parts))


def _is_plain(part: object) -> bool:
    module = type(part).__module__
    return module in _PLAIN or module.partition(".")[0] in _PLAIN - {"logging"}
