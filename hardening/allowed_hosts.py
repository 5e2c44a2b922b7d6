"""Hosts that the app itself lets a redirect lead to, by the settings of its extensions.

Whoever set one meant it, so the app wins. Read are Flask-AppBuilder's ``FAB_SAFE_REDIRECT_HOSTS``
(patterns of `fnmatch`) and Flask-Security's ``SECURITY_REDIRECT_ALLOW_SUBDOMAINS``,
``SECURITY_REDIRECT_BASE_DOMAIN`` and ``SECURITY_REDIRECT_ALLOWED_SUBDOMAINS``. What they are held
against is the host as browsers read it; each extension's own reading is not repeated here.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from fnmatch import fnmatchcase
from typing import Any

from hardening.hosts import Host, matches


def app_allows(host: Host, config: Mapping[str, Any]) -> bool:
    """Return whether a setting of the app names `host`.

    Args:
        host: where a redirect leads.
        config: the app's configuration, read at every use: it may still change.
    """
    patterns = config.get("FAB_SAFE_REDIRECT_HOSTS")
    if any(fnmatchcase(str(host), pattern.lower()) for pattern in _texts(patterns)):
        return True
    return matches(host, _of_flask_security(config))


def _of_flask_security(config: Mapping[str, Any]) -> Iterator[str]:
    name = config.get("SERVER_NAME")
    if config.get("SECURITY_REDIRECT_ALLOW_SUBDOMAINS") is True and isinstance(name, str) and name:
        yield "." + name.lower()
    base = config.get("SECURITY_REDIRECT_BASE_DOMAIN")
    if not isinstance(base, str) or not base:
        return
    for part in _texts(config.get("SECURITY_REDIRECT_ALLOWED_SUBDOMAINS")):
        yield (base if part == "." else f"{part}.{base}").lower()


def _texts(value: object) -> Iterable[str]:
    """Return the texts of a list; a text alone would be taken for a list of letters."""
    if isinstance(value, str):
        return (value,)
    if not isinstance(value, list | tuple | set | frozenset):
        return ()
    return [text for text in value if isinstance(text, str) and text]
