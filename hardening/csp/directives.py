"""What a content policy may say: the directives that browsers know, and how sources are written.

Source: Content Security Policy Level 3, sections 2.3 and 6. A policy that a browser cannot read
protects nothing and says nothing, so mistakes are refused when the app starts.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from hardening.errors import ConfigurationError

FETCH = frozenset(
    {
        *("default-src", "child-src", "connect-src", "font-src", "frame-src", "img-src"),
        *("manifest-src", "media-src", "object-src", "worker-src"),
        *("script-src", "script-src-elem", "script-src-attr"),
        *("style-src", "style-src-elem", "style-src-attr"),
    }
)
SOURCED = FETCH | {"base-uri", "form-action", "frame-ancestors"}
WITHOUT_SOURCES = frozenset({"upgrade-insecure-requests", "sandbox"})
OTHER = frozenset(
    {"report-uri", "report-to", "require-trusted-types-for", "trusted-types", "sandbox"}
)
KNOWN = SOURCED | OTHER | WITHOUT_SOURCES

_KEYWORDS = frozenset(
    {
        *("none", "self", "unsafe-inline", "unsafe-eval", "unsafe-hashes", "strict-dynamic"),
        *("report-sample", "wasm-unsafe-eval", "inline-speculation-rules"),
    }
)
# Compiled by `re` at its first use, as most processes start without one.
_WORD = r"[!-+\--:<-~]+"  # printable ASCII without space, comma and semicolon
_QUOTED = r"'(?:[a-z-]+|sha(?:256|384|512)-[A-Za-z0-9+/_=-]+)'"


def content_policy(name: str, value: Any) -> dict[str, str | None] | None:
    """Return the setting `name` as directives in lower case and their sources in one string.

    Args:
        name: the setting, for the error.
        value: a mapping from directive to its sources (a string, or a list of them), or to None
            for a directive to leave out; or None for no mapping.

    Raises:
        ConfigurationError: browsers would ignore or misread a part of it.
    """
    if value is None:
        return None
    if not isinstance(value, Mapping):
        raise _refused(
            name,
            value,
            "a mapping from directive to sources, such as {'img-src': \"'self' data:\"}",
        )
    found: dict[str, str | None] = {}
    for directive, sources in value.items():
        lowered = directive.lower() if isinstance(directive, str) else directive
        if lowered not in KNOWN:
            raise _refused(name, directive, sorted(KNOWN))
        place = f"{name}[{directive!r}]"
        found[lowered] = None if sources is None else _sources(place, lowered, sources)
    return found


def _sources(place: str, directive: str, value: Any) -> str:
    if isinstance(value, str):
        tokens = value.split()
    elif isinstance(value, list | tuple) and all(isinstance(one, str) for one in value):
        tokens = list(value)
    else:
        raise _refused(place, value, "a string, a list of strings, or None")
    if not tokens and directive not in WITHOUT_SOURCES:
        raise _refused(place, value, ("\"'none'\"", "\"'self'\"", "a list of sources", "None"))
    for token in tokens:
        if not re.fullmatch(_WORD, token):
            raise _refused(place, token, "sources without spaces, commas and semicolons")
        if directive in SOURCED:
            _check_source(place, token)
    if "'none'" in [token.lower() for token in tokens] and len(tokens) > 1:
        raise _refused(place, value, "'none' alone, or other sources without it")
    return " ".join(tokens)


def _check_source(place: str, token: str) -> None:
    lowered = token.lower()
    if lowered in _KEYWORDS or lowered.startswith(("nonce-", "sha256-", "sha384-", "sha512-")):
        raise _refused(place, token, f"\"'{token}'\", with its quotes: without them it is a host")
    if lowered.startswith("'nonce-"):
        raise _refused(place, token, "csp_nonce=True: a nonce has to be new in every response")
    if "'" in token or '"' in token:
        known = lowered[1:-1] in _KEYWORDS or lowered.startswith("'sha")
        if not re.fullmatch(_QUOTED, token, re.IGNORECASE) or not known:
            raise _refused(place, token, sorted(f"'{word}'" for word in _KEYWORDS))


def _refused(place: str, value: object, choices: Any) -> ConfigurationError:
    return ConfigurationError(place, f"{value!r} is not accepted", choices)
