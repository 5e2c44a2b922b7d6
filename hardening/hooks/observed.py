"""Mode observe, for cookies: says what the guard would have added, and leaves them alone."""

from __future__ import annotations

from typing import TYPE_CHECKING

from hardening.cookies import PREFIXES

if TYPE_CHECKING:
    from collections.abc import Iterable

    from flask import Response

    from hardening.context import Context

_ATTRIBUTES = ("Secure", "HttpOnly", "SameSite")


class ObservedCookies:
    """Reports unprotected cookies, once for each name and what it lacks.

    Args:
        context: the wrapped app.
    """

    def __init__(self, context: Context) -> None:
        self._context = context
        self._said: set[tuple[str, ...]] = set()  # bounded: two names, four things to lack

    def look(self, response: Response, names: Iterable[str]) -> None:
        """Look at the cookies called one of `names` that `response` sets."""
        for header in response.headers.getlist("Set-Cookie"):
            name = header.partition("=")[0]
            found = (name, *_lacks(header)) if name in names else (name,)
            if len(found) > 1 and found not in self._said:
                self._said.add(found)
                self._context.report("cookie_unprotected", cookie=name, lacks=list(found[1:]))


def _lacks(header: str) -> list[str]:
    known = {part.partition("=")[0].strip().lower() for part in header.split(";")[1:]}
    lacking = [name for name in _ATTRIBUTES if name.lower() not in known]
    return lacking if header.startswith(PREFIXES) else [*lacking, "prefix"]
