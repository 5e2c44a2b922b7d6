"""A request's Cookie header as the app is to see it, worked out once for each header.

A browser sends the same header with every request. What it means depends on nothing but the
header and the names in force, so the last ones are kept, as what they say is kept by
`hardening.hooks.cookie_signing`. Nothing here says whether a cookie is any good.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

from werkzeug.datastructures import ImmutableMultiDict, MultiDict
from werkzeug.sansio.http import parse_cookie

from hardening import cookies
from hardening.sessions import remember

KEPT_HEADERS = 1024  # in one process
LONGEST_KEPT = 4096  # characters: 4 MiB together, and twice that for what they say

Prefixes = tuple[tuple[str, str], ...]

NO_COOKIES: ImmutableMultiDict[str, str] = ImmutableMultiDict()
"""What a request without the header holds, as it is marked by `hardening.hooks.edge`."""


@dataclass(frozen=True, slots=True)
class CookieHeader:
    """What one header says. Requests share it, so nothing in it can change."""

    text: str = field(repr=False)
    """The header with the names and values that the app knows. Never logged."""
    prefixed: frozenset[str]
    """The app's names of those cookies that came under ours."""
    token: str | None = field(repr=False)
    """Our remember token, taken out of `text`. Never logged."""
    _parsed: MultiDict[str, str] = field(repr=False)

    def parsed(self, kind: type[Any]) -> Any:
        """Return the cookies in `text`, as an object of the app's `kind`."""
        if kind is ImmutableMultiDict:
            return self._parsed
        return parse_cookie(self.text, cls=kind)  # which an app may change


def read(header: str, prefixes: Prefixes, remember_name: str | None) -> CookieHeader:
    """Return what `header` says.

    Args:
        header: as the browser sent it.
        prefixes: the app's names of our cookies, each with its prefix in browsers; none where
            our names are not in force.
        remember_name: the cookie that carries our token; None where there are none.
    """
    if len(header) > LONGEST_KEPT:
        return _read(header, prefixes, remember_name)
    return _kept(header, prefixes, remember_name)


def _read(header: str, prefixes: Prefixes, remember_name: str | None) -> CookieHeader:
    text, prefixed = cookies.read_names(header, dict(prefixes))
    token = None
    if remember_name is not None and remember_name in text:
        pairs = [pair.strip(cookies.SPACE) for pair in text.split(";")]
        for index, pair in enumerate(pairs):
            if pair.startswith(f"{remember_name}="):
                pairs[index], token = remember.split(pair)
        text = "; ".join(pairs)
    # As Werkzeug does, which would go through all headers first to find this one.
    return CookieHeader(text, prefixed, token, parse_cookie(text, cls=ImmutableMultiDict))


_kept = lru_cache(maxsize=KEPT_HEADERS)(_read)
