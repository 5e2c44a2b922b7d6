"""How the value of a setting is judged: one small function for each kind of value."""

from __future__ import annotations

import ipaddress
import os
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from urllib.parse import urlsplit

from hardening import hash_notation
from hardening.csp.directives import content_policy
from hardening.errors import ConfigurationError

Check = Callable[[str, Any], Any]

# OWASP Password Storage: each line is as strong as the others; nothing below them is accepted.
ARGON2_FLOOR = ((47104, 1), (19456, 2), (12288, 3))  # (KiB, passes)
ARGON2_MOST_KIB = 1024 * 1024  # 1 GiB: our own; beyond it one login can exhaust a small machine

_UNIT_S = {
    "second": 1,
    "minute": 60,
    "hour": 3600,
    "day": 86400,
    "month": 2592000,
    "year": 31104000,
}
_LIMIT = re.compile(
    r"\s*(\d+)\s*(?:/|\s+per\s+)\s*(\d+)?\s*(second|minute|hour|day|month|year)s?\s*",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Limit:
    """So many attempts in so many seconds."""

    amount: int
    window_s: int


def parse_limits(notation: str) -> tuple[Limit, ...]:
    """Return the limits that `notation` names, in the notation of the package ``limits``.

    That package reads the same strings but takes a third of Flask's own import time, so it is
    imported only by apps that use `Hardening.limiter`.

    Raises:
        ValueError: the notation is not understood.
    """
    found = []
    for part in re.split(r"[;,|]", notation):
        match = _LIMIT.fullmatch(part)
        if match is None:
            raise ValueError(part)
        amount, multiple, unit = match.groups()
        found.append(Limit(int(amount), int(multiple or 1) * _UNIT_S[unit.lower()]))
    if any(limit.amount < 1 or limit.window_s < 1 for limit in found):
        raise ValueError(notation)
    return tuple(found)


def refuse(name: str, value: object, choices: Iterable[str] | str) -> ConfigurationError:
    """Return the error that says what was given and what would have been accepted."""
    return ConfigurationError(name, f"{value!r} is not accepted", choices)


def flag(name: str, value: Any) -> bool:
    if not isinstance(value, bool):
        raise refuse(name, value, ("True", "False"))
    return value


def one_of(*choices: str) -> Check:
    def check(name: str, value: Any) -> str:
        if not isinstance(value, str) or value not in choices:
            raise refuse(name, value, map(repr, choices))
        return value

    return check


def whole(least: int, most: int, unit: str, *, optional: bool = False) -> Check:
    def check(name: str, value: Any) -> int | None:
        if optional and value is None:
            return None
        if isinstance(value, bool) or not isinstance(value, int) or not least <= value <= most:
            none = ", or None" if optional else ""
            raise refuse(name, value, f"a whole number from {least} to {most} ({unit}){none}")
        return value

    return check


def limits(name: str, value: Any) -> str:
    try:
        parse_limits(value)
    except (ValueError, TypeError):
        raise refuse(name, value, "the limits notation, such as '5/minute;20/hour'") from None
    return str(value)


def names(name: str, value: Any) -> tuple[str, ...]:
    parts = (value,) if isinstance(value, str) else value
    if not isinstance(parts, list | tuple | set | frozenset) or not all(
        isinstance(part, str) and part.strip() for part in parts
    ):
        raise refuse(name, value, "a list of names")
    return tuple(part.strip() for part in parts)


def stored_formats(name: str, value: Any) -> tuple[str, ...]:
    found = names(name, value)
    for text in found:
        try:
            hash_notation.read(text)
        except ValueError:
            raise refuse(name, text, hash_notation.FORM) from None
    return found


def check_password_formats(formats: Sequence[str], attribute: str | None) -> None:
    """Refuse declared formats where nothing says which attribute they are in.

    A user's attribute is otherwise found by its value; but a plain password may be the user's name
    as well, and an upgrade must not replace that.
    """
    if formats and attribute is None:
        raise ConfigurationError(
            "password_formats",
            f"{tuple(formats)!r} needs password_attribute as well",
            "password_attribute='...', the attribute of a user that holds the stored password",
        )


def hosts(name: str, value: Any) -> tuple[str, ...]:
    found = tuple(host.lower() for host in names(name, value))
    if any("/" in host or "@" in host or " " in host for host in found):
        raise refuse(name, value, "host names without scheme or path, such as 'www.example.com'")
    return found


def origins(name: str, value: Any) -> tuple[str, ...]:
    found = tuple(origin.lower().rstrip("/") for origin in names(name, value))
    for origin in found:
        parts = urlsplit(origin)
        if parts.scheme not in ("http", "https") or not parts.netloc or parts.path or parts.query:
            raise refuse(name, value, "origins, such as 'https://app.example.com'")
    return found


def proxies(name: str, value: Any) -> int | tuple[str, ...] | None:
    if value is None:
        return None
    if isinstance(value, int) and not isinstance(value, bool):
        if 0 <= value <= 16:  # our own: nobody chains more proxies on purpose
            return value
    elif isinstance(value, str | list | tuple | set | frozenset):
        try:
            networks = [ipaddress.ip_network(part, strict=False) for part in names(name, value)]
        except ValueError:
            pass
        else:
            return tuple(str(network) for network in networks)
    raise refuse(name, value, "a number of proxies from 0 to 16, a list of networks, or None")


def hsts(name: str, value: Any) -> str | int:
    choices = ("ramp", "strict", "preload", "off")
    if isinstance(value, str) and value in choices:
        return value
    if isinstance(value, int) and not isinstance(value, bool) and 0 <= value <= 63072000:
        return value
    raise refuse(name, value, (*map(repr, choices), "a number of seconds up to 63072000 (2 years)"))


def day(name: str, value: Any) -> date | None:
    if value is None:
        return None
    if isinstance(value, datetime):
        return value.date()
    if isinstance(value, date):
        return value
    if isinstance(value, str):
        try:
            return date.fromisoformat(value)
        except ValueError:
            pass
    raise refuse(name, value, "a date such as '2026-12-31', or None")


def text(name: str, value: Any) -> str | None:
    if value is None or (isinstance(value, str) and value.isidentifier()):
        return value
    raise refuse(name, value, "the name of an attribute, or None")


def function(name: str, value: Any) -> Callable[..., Any] | None:
    if value is None or callable(value):
        checked: Callable[..., Any] | None = value
        return checked
    raise refuse(name, value, "a function of user, old hash and new hash, or None")


def path(name: str, value: Any) -> str | None:
    if value is None or (isinstance(value, str) and value.strip()):
        return value
    if isinstance(value, os.PathLike):
        return os.fsdecode(value)
    raise refuse(name, value, "the path of a file, or None")


def switches(name: str, value: Any, known: tuple[str, ...]) -> Mapping[str, bool] | None:
    """Return which guards are on; a bare list of names means those are off."""
    if value is None:
        return None
    if isinstance(value, Mapping):
        chosen = {key: flag(f"{name}[{key!r}]", on) for key, on in value.items()}
    else:
        chosen = dict.fromkeys(names(name, value), False)
    for key in chosen:
        if key not in known:
            raise refuse(name, key, known)
    return chosen


def check_session_times(idle_s: int, absolute_s: int) -> None:
    if idle_s > absolute_s:
        raise refuse("session_idle_s", idle_s, f"at most session_absolute_s ({absolute_s} seconds)")


def check_argon2(memory_kib: int, time: int) -> None:
    if not any(memory_kib >= kib and time >= passes for kib, passes in ARGON2_FLOOR):
        floor = " or ".join(f"{kib} KiB with argon2_time {passes}" for kib, passes in ARGON2_FLOOR)
        raise refuse("argon2_memory_kib", memory_kib, f"at least {floor} (OWASP)")


CHECKS: Mapping[str, Check] = {
    "trusted_proxies": proxies,
    "trusted_hosts": hosts,
    "trusted_origins": origins,
    "redirect_hosts": hosts,
    "https": flag,
    "hsts": hsts,
    "csp": one_of("report-only", "enforce", "off"),
    "csp_policy": content_policy,
    "csp_nonce": flag,
    "clear_site_data": flag,
    "weak_secret_key": one_of("refuse", "warn"),
    "session_idle_s": whole(60, 366 * 86400, "seconds"),
    "session_absolute_s": whole(60, 366 * 86400, "seconds"),
    "session_limit": whole(1, 10_000, "sessions", optional=True),
    "session_limit_action": one_of("evict", "refuse"),
    "binding": one_of("off", "basic", "strong", "strict"),
    "remember_s": whole(60, 400 * 86400, "seconds"),  # browsers cut cookies at 400 days
    "adopt_until": day,
    "login_endpoints": names,
    "identifier_fields": names,
    "limit_pair": limits,
    "limit_account": limits,
    "limit_address": limits,
    "known_device": flag,
    "password_attribute": text,
    "password_upgrade": flag,
    "password_writer": function,
    "password_formats": stored_formats,
    "argon2_memory_kib": whole(8, ARGON2_MOST_KIB, "KiB"),
    "argon2_time": whole(1, 100, "passes"),
    "argon2_lanes": whole(1, 64, "lanes"),
    "pepper_file": path,
    # At least 64 characters are always allowed: NIST SP 800-63B-4.
    "password_length": whole(8, 64, "characters"),
    "password_length_second_factor": whole(8, 64, "characters"),
    "hash_concurrency": whole(1, 1024, "hashes at once", optional=True),
}
