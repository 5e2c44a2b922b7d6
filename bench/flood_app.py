"""The app that `flood.py` floods; gunicorn imports it. Counts the password hashes it computes."""

from __future__ import annotations

import functools
import hashlib
import os
import threading
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import argon2
from argon2 import low_level

_here = threading.local()  # hashes that this thread's present request has computed
_all = {"computed": 0, "for_refused": 0}
_lock = threading.Lock()


def _counting(function: Callable[..., Any]) -> Callable[..., Any]:
    @functools.wraps(function)
    def counted(*args: Any, **options: Any) -> Any:
        _here.computed = getattr(_here, "computed", 0) + 1
        return function(*args, **options)

    return counted


# Before anything imports them by name. OpenSSL's and Argon2's: there are no others here.
hashlib.scrypt = _counting(hashlib.scrypt)
hashlib.pbkdf2_hmac = _counting(hashlib.pbkdf2_hmac)
low_level.hash_secret_raw = argon2.low_level.hash_secret_raw = _counting(low_level.hash_secret_raw)
_HASHER: Any = argon2.PasswordHasher
_HASHER.verify, _HASHER.hash = _counting(_HASHER.verify), _counting(_HASHER.hash)

import stacks  # noqa: E402  # after the counters

from hardening import Policy, harden  # noqa: E402


class Counted:
    """Adds up what each request computed, in front of the wrapped app.

    Args:
        inner: the wrapped app's WSGI application.
    """

    def __init__(self, inner: stacks.Wsgi) -> None:
        self._inner = inner

    def __call__(self, environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        """Answer one request; everything is computed before the answer begins."""
        refused = False

        def start(status: str, *rest: Any) -> Any:
            nonlocal refused
            refused = status.startswith("429")
            return start_response(status, *rest)

        _here.computed = 0
        answer = self._inner(environ, start)
        with _lock:
            _all["computed"] += _here.computed
            _all["for_refused"] += _here.computed if refused else 0
        return answer


app = stacks.flask_login(Path(os.environ["FLOOD_FOLDER"]))
app.add_url_rule("/computed", "computed", lambda: dict(_all))
# The flood's senders have addresses of their own, as behind a proxy.
harden(app, policy=Policy(trusted_proxies=1), store=os.environ.get("FLOOD_STORE"))
app.wsgi_app = Counted(app.wsgi_app)  # type: ignore[method-assign]
