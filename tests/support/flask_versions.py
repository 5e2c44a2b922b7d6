"""What older versions of Flask and Werkzeug lack, for tests of what needs it."""

from __future__ import annotations

from importlib.metadata import version

import pytest
from flask import Flask

from hardening import cache

ROTATES = "SECRET_KEY_FALLBACKS" in Flask.default_config
"""Whether Flask reads session cookies of older keys, which it does since 3.1."""

rotates = pytest.mark.skipif(not ROTATES, reason="Flask reads no cookies of older keys before 3.1")
partitions = pytest.mark.skipif(
    "SESSION_COOKIE_PARTITIONED" not in Flask.default_config,
    reason="Flask sends no Partitioned cookies before 3.1",
)
marks_reads = pytest.mark.skipif(
    not cache._FLASK_MARKS_READS, reason="Flask does not tell whether a session was read"
)
odd_hosts = pytest.mark.skipif(
    version("werkzeug").startswith("3.0."),
    reason="before 3.1 Werkzeug's test client fails for such a host, whatever was answered",
)
