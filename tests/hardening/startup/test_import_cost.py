"""What ``from hardening import harden`` must not import: an app that never uses it pays nothing."""

from __future__ import annotations

import subprocess
import sys

import pytest

WRAPPED = """
import secrets
from flask import Flask
from flask_login import LoginManager
app = Flask("shop")
app.secret_key = secrets.token_hex(32)
LoginManager(app)
harden(app, store="memory://")
"""
# Not at import: the first of its kind that an app uses brings it.
LATE = (
    "hardening.cli",
    "hardening.devices",
    "hardening.facts",
    "hardening.logins.limiter",
    "hardening.logins.reach",
    "hardening.passwords.columns",
    "hardening.passwords.sql",
    "hardening.storage.cached",
    "hardening.storage.redis",
    "hardening.storage.redis_url",
    "hardening.storage.sqlite",
    "hardening.submitted",
    "hardening.whatwg",
)
FOREIGN = (
    "argon2",
    "bandit",
    "bcrypt",
    "flask_limiter",
    "flask_sqlalchemy",
    "flask_talisman",
    "limits",
    "redis",
    "rich",
    "sqlalchemy",
    "sqlite3",
    "ua_parser",
    "yaml",
)


def loaded(code: str) -> set[str]:
    """Return the modules that `code` leaves in a Python of its own."""
    shown = f"import sys\nfrom hardening import harden\n{code}\nprint(*sys.modules)"
    done = subprocess.run([sys.executable, "-c", shown], capture_output=True, text=True, check=True)
    return set(done.stdout.split())


@pytest.mark.parametrize("code", ["", WRAPPED], ids=["import", "harden"])
def test_nothing_is_imported_that_may_not_be_used(code: str) -> None:
    """Neither the import nor ``harden(app)`` with a store in memory brings what is for others."""
    present = loaded(code)

    assert "hardening.extension" in present
    assert sorted(present & {*LATE, *FOREIGN}) == []


def test_the_audit_stays_out() -> None:
    """The two packages never import each other."""
    assert not [name for name in loaded("") if name.partition(".")[0] == "checks"]
