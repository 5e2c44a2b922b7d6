"""Which headers a response has: asked by several guards of every response."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from flask import Response

    from hardening.state import State

_KEPT = 256  # combinations of headers; the app chooses them


def header_names(state: State, response: Response) -> frozenset[str]:
    """Return the names of the headers of `response`, in lower case.

    Kept while there are as many headers: what runs between two guards that ask adds some, and
    exchanges none for one of another name.

    Args:
        state: of the request.
        response: its response, after everything that the app does to it.
    """
    headers = response.headers
    kept, count = state.header_names, len(headers)
    if kept is not None and kept[0] is headers and kept[1] == count:
        return kept[2]
    found = _lowered(tuple([name for name, _ in headers]))
    state.header_names = headers, count, found
    return found


@lru_cache(maxsize=_KEPT)
def _lowered(names: tuple[str, ...]) -> frozenset[str]:
    return frozenset(map(str.lower, names))
