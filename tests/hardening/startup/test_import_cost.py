"""What ``from hardening import harden`` must not import: an app that never uses it pays nothing."""

from __future__ import annotations

import subprocess
import sys

import pytest

WRAPPED = """
policy = globals().get("policy")
import secrets
from flask import Flask
from flask_login import LoginManager
app = Flask("shop")
app.secret_key = secrets.token_hex(32)
LoginManager(app)
harden(app, store="memory://", policy=policy)
"""
# Not at import: the first of its kind that an app uses brings it.
LATE = (
    "flask_hardening_keys",
    "hardening.cli",
    "hardening.csp.collector",
    "hardening.csp.markup",
    "hardening.devices",
    "hardening.facts",
    "hardening.logins.census",
    "hardening.logins.levelling",
    "hardening.logins.limiter",
    "hardening.logins.reach",
    "hardening.passwords.answers",
    "hardening.passwords.api",
    "hardening.passwords.columns",
    "hardening.passwords.formats.base",
    "hardening.passwords.hasher",
    "hardening.passwords.legacy",
    "hardening.passwords.missed",
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


def test_commands_bring_nothing_that_loads_apps() -> None:
    """Every ``flask`` command loads ours, and needs nothing that ``audit --app`` does."""
    assert [name for name in loaded("import hardening.cli\n") if "hardening.live" in name] == []


def test_known_libraries_bring_no_hash_format() -> None:
    """An app that has bcrypt, argon2-cffi or passlib loaded still starts without our formats."""
    libraries = "import argon2, bcrypt, flask_bcrypt, passlib.context\n"

    assert sorted(loaded(libraries + WRAPPED) & set(LATE)) == []


FIRST_LOGINS = """
import sys, threading
from argon2 import PasswordHasher
from werkzeug.security import check_password_hash
HASH = "pbkdf2:sha256:1000$salt$" + __import__("hashlib").pbkdf2_hmac(
    "sha256", b"right", b"salt", 1000).hex()
start, answers = threading.Barrier(16), []
def login(password):
    start.wait()
    with app.test_request_context("/"):
        import werkzeug.security
        answers.append((password, werkzeug.security.check_password_hash(HASH, password)))
def ask(name):
    start.wait()
    import hardening.passwords
    answers.append((name, callable(getattr(hardening.passwords, name))))
threads = [threading.Thread(target=login, args=(word,)) for word in ("right", "wrong") * 6]
threads += [threading.Thread(target=ask, args=(name,)) for name in hardening.passwords.__all__[:4]]
sys.setswitchinterval(1e-6)
for each in threads: each.start()
for each in threads: each.join()
ok = len(answers) == 16 and all(found == (what != "wrong") for what, found in answers)
print("every-answer-was-right" if ok else answers)
"""


def test_first_logins_at_once_get_right_answers() -> None:
    """What the first login loads is whole for every thread that asks meanwhile."""
    unlimited = "from hardening import Policy\npolicy = Policy(guards={'throttle': False})\n"
    code = unlimited + WRAPPED + "import hardening.passwords\n" + FIRST_LOGINS

    assert "every-answer-was-right" in loaded(code)


def test_public_names_are_there_when_asked_for() -> None:
    """``hardening.passwords`` lists and gives its names, and no others."""
    import hardening.passwords as passwords

    assert {*passwords.__all__} <= {*dir(passwords)}
    assert all(callable(getattr(passwords, name)) for name in passwords.__all__)
    with pytest.raises(AttributeError, match="no attribute 'verify'"):
        _ = passwords.verify  # type: ignore[attr-defined]  # that is what is tested


def test_the_audit_stays_out() -> None:
    """The two packages never import each other."""
    assert not [name for name in loaded("") if name.partition(".")[0] == "checks"]
