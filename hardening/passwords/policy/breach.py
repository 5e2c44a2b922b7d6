"""Whether a password has leaked, asked without telling which password is meant.

The service of Pwned Passwords, or any that speaks its range protocol, is given the first five hex
digits of the password's SHA-1 and answers with all leaked ones that begin so. The answer is padded,
so that its size tells nothing either. https://haveibeenpwned.com/API/v3#PwnedPasswords

Fails open: where the service cannot be asked, the event ``password_breach_unknown`` says why.
"""

from __future__ import annotations

import hashlib
import time
from functools import partial
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from hardening.errors import ConfigurationError, HardeningError
from hardening.events import emit
from hardening.passwords.current import calls_here

if TYPE_CHECKING:
    from urllib.request import OpenerDirector

URL = "https://api.pwnedpasswords.com/range/"
TIMEOUT_S = 2.0  # our own: what somebody who sets a password may wait
_PREFIX = 5  # hex digits: the protocol's
_MOST_BYTES = 1024 * 1024  # 1 MiB: a padded answer has about 40 KiB
_LOOPBACK = ("127.0.0.1", "::1", "localhost")


class _UnusableError(HardeningError):
    """The service answered something else than the protocol says."""


def breached(password: str, *, url: str = URL, timeout_s: float = TIMEOUT_S) -> int | None:
    """Return how often `password` is known to have leaked; None where nobody could be asked.

    Args:
        password: exactly as received.
        url: the address of ranges, ending in ``/``; https, or http to this machine.
        timeout_s: how long to wait in all, in seconds.

    Raises:
        ConfigurationError: `url` is no such address.
    """
    _check(url)
    digest = hashlib.sha1(password.encode("utf-8", "replace"), usedforsecurity=False)
    mark = digest.hexdigest().upper()
    try:
        return _count(_ask(url + mark[:_PREFIX], timeout_s), mark[_PREFIX:])
    except (OSError, ValueError, _UnusableError) as error:  # urllib's and http.client's own
        calls = calls_here()
        report = calls.context.report if calls else partial(emit, None)
        report("password_breach_unknown", "warning", error=type(error).__name__)
        return None


def _check(url: str) -> None:
    parts = urlsplit(url)
    local = parts.scheme == "http" and parts.hostname in _LOOPBACK
    if not (parts.scheme == "https" or local) or not parts.hostname or not url.endswith("/"):
        choices = f"an https address that ends in /, such as {URL}"
        raise ConfigurationError("url", f"{url!r} is not accepted", choices)


def _ask(url: str, timeout_s: float) -> str:
    from http.client import HTTPException
    from urllib.request import Request

    end = time.monotonic() + timeout_s
    headers = {"Add-Padding": "true", "User-Agent": "flask-hardening"}
    answer = b""
    try:
        with _opener().open(Request(url, headers=headers), timeout=timeout_s) as response:  # noqa: S310  # `_check` has looked at it
            if response.status != 200:
                raise _UnusableError
            while part := response.read1(65536):
                answer += part
                if len(answer) > _MOST_BYTES or time.monotonic() > end:
                    raise _UnusableError
    except HTTPException as error:  # not an OSError
        raise _UnusableError from error
    return answer.decode("ascii")


def _opener() -> OpenerDirector:
    """Return what opens http and https, through the environment's proxy, and follows nothing."""
    from urllib import request

    opener = request.OpenerDirector()
    for handler in (
        request.ProxyHandler(),
        request.HTTPHandler(),
        request.HTTPSHandler(),
        request.UnknownHandler(),
    ):
        opener.add_handler(handler)
    return opener


def _count(answer: str, rest: str) -> int:
    for line in answer.splitlines():
        suffix, _, number = line.partition(":")
        if suffix.strip().upper() == rest:
            return int(number)  # 0 is padding
    return 0
