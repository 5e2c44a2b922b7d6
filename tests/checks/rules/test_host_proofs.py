"""Where `host-header-trusted` finds a Host header that is taken for a proof of where one is."""

from __future__ import annotations

import pytest

RULE = "host-header-trusted"
TEXT = """\
from functools import wraps
from flask import Flask, abort, redirect, request
app = Flask(__name__)

def local_only(view):
    @wraps(view)
    def inner(*args, **kwargs):
        address = request.environ.get("REMOTE_ADDR", "0")
        host = request.environ.get("HTTP_HOST", "0")
        if {test}:
{carets}            return view(*args, **kwargs)
        {other}
    return inner
"""
REFUSED = 'return "Forbidden", 403'


@pytest.mark.parametrize(
    ("test", "other", "found"),
    [
        ('address == "127.0.0.1" or host in ("127.0.0.1:9666", "[::1]:9666")', REFUSED, True),
        ('address in LOCAL or request.host == "localhost"', REFUSED, True),
        (
            'request.headers.get("Host") == "localhost" or request.remote_addr == OWN',
            "abort(401)",
            True,
        ),
        ('address in ("127.0.0.1", "::1")', REFUSED, False),
        ('address in LOCAL and host == "localhost:9666"', REFUSED, False),
        ('address in LOCAL or host == "www.example.com"', REFUSED, False),
        ('host in ("localhost:9666", "127.0.0.1:9666")', REFUSED, False),
        ('address in LOCAL or host == "localhost"', 'return redirect("/")', False),
    ],
)
def test_named_host(audit, test, other, found):
    """Every client writes the header; an allowlist of hosts against rebinding asks no address."""
    carets = " " * 11 + "^" * len(test) + " Whoever names this machine\n" if found else ""

    audit(RULE, TEXT.format(test=test, other=other, carets=carets))
