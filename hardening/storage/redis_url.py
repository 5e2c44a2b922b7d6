"""Reads the URL of a Redis or Valkey store. Needs no client library, and never repeats a URL.

A refusal names the scheme and what is wrong, not the text: whatever is wrong with a URL may
have put its password into any other part of it.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal
from urllib.parse import parse_qsl, unquote

from hardening.errors import ConfigurationError

Form = Literal["server", "sentinel", "cluster"]

MOST_CACHE_S = 5  # longest time for which another process may miss a revocation: our own

_SCHEMES: dict[str, tuple[Form, bool]] = {  # scheme: form, whether over TLS
    "redis": ("server", False),
    "rediss": ("server", True),
    "redis+sentinel": ("sentinel", False),
    "rediss+sentinel": ("sentinel", True),
    "redis+cluster": ("cluster", False),
    "rediss+cluster": ("cluster", True),
    "valkey": ("server", False),
    "valkeys": ("server", True),
}
FORMS = (
    "'redis://host:port/db'",
    "'redis+sentinel://host:port,host:port/service/db'",
    "'redis+cluster://host:port,host:port'",
    "each with 'rediss' for TLS",
)
_PORTS: dict[Form, int] = {"server": 6379, "sentinel": 26379, "cluster": 6379}
_TLS = ("ssl_ca_certs", "ssl_certfile", "ssl_keyfile", "ssl_cert_reqs")
_OPTIONS = ("cache", "prefix", "sentinel_username", "sentinel_password", *_TLS)
_HOST = re.compile(r"(?:\[(?P<six>[0-9A-Fa-f:.]+)\]|(?P<name>[A-Za-z0-9._-]+))(?::(?P<port>\d+))?")
_PREFIX = re.compile(r"[A-Za-z0-9_.:-]{1,80}")  # no braces: they choose a cluster's slot


@dataclass(frozen=True, slots=True)
class Place:
    """Where a Redis or Valkey store is, and how to reach it."""

    form: Form
    """One server, Sentinels that name it, or nodes of a cluster."""
    hosts: tuple[tuple[str, int], ...]
    """Hosts and ports of the server, the Sentinels, or some nodes."""
    service: str
    """The name that Sentinels know the master by; otherwise empty."""
    db: int
    username: str | None = field(repr=False)
    password: str | None = field(repr=False)
    sentinel_username: str | None = field(repr=False)
    sentinel_password: str | None = field(repr=False)
    tls: Mapping[str, str] | None
    """Names of files and what to verify, as redis-py calls them; None: not over TLS."""
    prefix: str
    """What every key begins with, so that apps can share a server."""
    cache_s: int
    """Seconds for which a look-up may be answered from this process's memory; 0: never."""


def is_redis(spec: object) -> bool:
    """Return whether `spec` is a URL of a Redis or Valkey store, well-formed or not."""
    return isinstance(spec, str) and spec.partition(":")[0].lower() in _SCHEMES


def read_url(url: str, *, app_name: str) -> Place:
    """Return what `url` says.

    Args:
        url: its scheme must be one that `is_redis` knows. Characters with a meaning in URLs
            (``/ ? # @ : %``) are percent-encoded in names and passwords.
        app_name: part of the keys' prefix where `url` gives none.

    Raises:
        ConfigurationError: it is malformed, or has an option that does not exist.
    """
    scheme, _, rest = url.partition(":")
    scheme = scheme.lower()
    form, over_tls = _SCHEMES[scheme]
    found = re.fullmatch(r"//([^/?#]*)([^?#]*)(?:\?([^#]*))?", rest)
    if found is None:
        raise _refused(scheme, "it is no URL; percent-encode the password")
    authority, path, query = found[1], found[2], found[3] or ""
    userinfo, at, hosts = authority.rpartition("@")
    username, _, password = userinfo.partition(":")
    service, db = _path(scheme, form, path.strip("/").split("/") if path.strip("/") else [])
    options = _options(scheme, query, over_tls=over_tls, sentinel=form == "sentinel")
    return Place(
        form=form,
        hosts=_hosts(scheme, form, hosts),
        service=service,
        db=db,
        username=unquote(username) or None if at else None,
        password=unquote(password) or None if at else None,
        sentinel_username=options.get("sentinel_username"),
        sentinel_password=options.get("sentinel_password"),
        tls={name: options[name] for name in _TLS if name in options} if over_tls else None,
        prefix=options.get("prefix", f"hardening:{app_name}"),
        cache_s=int(options.get("cache", "0")),
    )


def _hosts(scheme: str, form: Form, text: str) -> tuple[tuple[str, int], ...]:
    hosts = []
    for part in text.split(","):
        found = _HOST.fullmatch(part)
        if found is None:
            raise _refused(scheme, "a host is not of the form host:port; percent-encode passwords")
        port = int(found["port"] or _PORTS[form])
        if not 0 < port < 65536:
            raise _refused(scheme, "a port is not between 1 and 65535")
        hosts.append((found["six"] or found["name"], port))
    if form == "server" and len(hosts) > 1:
        raise _refused(scheme, "it names more than one server")
    return tuple(hosts)


def _path(scheme: str, form: Form, parts: list[str]) -> tuple[str, int]:
    service = ""
    if form == "sentinel":
        if not parts:
            raise _refused(scheme, "the name of the service is missing")
        service, parts = unquote(parts[0]), parts[1:]
    if len(parts) > 1 or any(not part.isascii() or not part.isdigit() for part in parts):
        raise _refused(scheme, "the database is no number")
    db = int(parts[0]) if parts else 0
    if form == "cluster" and db:
        raise _refused(scheme, "a cluster has only database 0")
    return service, db


def _options(scheme: str, query: str, *, over_tls: bool, sentinel: bool) -> dict[str, str]:
    try:
        pairs = parse_qsl(query, keep_blank_values=True, strict_parsing=True) if query else []
    except ValueError:  # its text repeats the query
        raise _refused(scheme, "the options are not of the form name=value") from None
    options = dict(pairs)
    if len(options) < len(pairs) or not set(options) <= set(_OPTIONS):
        raise _refused(scheme, f"options are, once each: {', '.join(_OPTIONS)}")
    if not over_tls and any(name in _TLS for name in options):
        raise _refused(scheme, "ssl_ options need a scheme that begins with 'rediss'")
    if not sentinel and any(name.startswith("sentinel_") for name in options):
        raise _refused(scheme, "sentinel_ options need a Sentinel")
    if options.get("ssl_cert_reqs", "required") not in ("required", "none"):
        raise _refused(scheme, "ssl_cert_reqs is 'required' or 'none'")
    if not re.fullmatch(rf"[0-{MOST_CACHE_S}]", options.get("cache", "0")):
        raise _refused(scheme, f"cache is a whole number of seconds from 0 to {MOST_CACHE_S}")
    if not _PREFIX.fullmatch(options.get("prefix", "x")):
        raise _refused(scheme, "prefix is 1 to 80 letters, digits and _.:-")
    return options


def _refused(scheme: str, problem: str) -> ConfigurationError:
    return ConfigurationError("store", f"{scheme}://***: {problem}", FORMS)
