"""`password-hash-outdated`: sound hashes that Argon2id has replaced."""

# ruff: noqa: E501  # a line of carets underlines one whole line of source

from __future__ import annotations

import pytest

RULE = "password-hash-outdated"
HEAD = """
import bcrypt, hashlib, os
from argon2 import PasswordHasher
from flask import Flask, request
from flask_bcrypt import Bcrypt
from passlib.context import CryptContext
from passlib.hash import argon2, pbkdf2_sha256
from werkzeug.security import check_password_hash, generate_password_hash

app = Flask(__name__)
rounds = Bcrypt(app)
"""


def view(body):
    """Return a registration view with this body; carets keep their columns."""
    lines = "\n".join(f"    {line}" for line in body.strip("\n").split("\n"))
    return f'\n@app.post("/register")\ndef register():\n    password = request.form["password"]\n{lines}\n    return "ok"\n'


OFFENCES = {
    "Werkzeug": '''
h = generate_password_hash(password)
    ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ Passwords are hashed with Werkzeug's scrypt
''',
    "Werkzeug's PBKDF2": '''
h = generate_password_hash(password, method="pbkdf2:sha256:1000000")
    ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ Passwords are hashed with PBKDF2
''',
    "bcrypt": '''
h = bcrypt.hashpw(password.encode(), bcrypt.gensalt())
    ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ Passwords are hashed with bcrypt
''',
    "Flask-Bcrypt": '''
h = rounds.generate_password_hash(password).decode()
    ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
''',
    "hashlib": '''
h = hashlib.pbkdf2_hmac("sha256", password.encode(), os.urandom(16), 700_000)
    ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ Passwords are hashed with PBKDF2
''',
    "passlib": '''
h = CryptContext(schemes=["bcrypt"]).hash(password)
    ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
''',
}  # fmt: skip


@pytest.mark.parametrize("body", OFFENCES.values(), ids=OFFENCES)
def test_sound_hashes(audit, body):
    """Each library's sound hash is reported, gently and to careful shops only."""
    (finding,) = audit(RULE, HEAD + view(body))

    assert (finding.severity, finding.audience) == ("low", "strict")


def test_setting(audit):
    """Flask-Security's choice is one of the configuration."""
    audit(
        RULE,
        HEAD
        + """
app.config["SECURITY_PASSWORD_HASH"] = "bcrypt"
                                       ^^^^^^^^ SECURITY_PASSWORD_HASH chooses bcrypt
""",
    )


NEAR_MISSES = {
    "argon2-cffi": "h = PasswordHasher().hash(password)",
    "passlib's Argon2": "h = argon2.hash(password)",
    "context of Argon2": 'h = CryptContext(schemes=["argon2", "bcrypt"]).hash(password)',
    "below the floor": 'h = generate_password_hash(password, method="pbkdf2:sha256:1000")',
    "default of passlib, below the floor": "h = pbkdf2_sha256.hash(password)",
    "check": 'ok = check_password_hash("x", password)',
    "check by hashing again": "ok = bcrypt.hashpw(password.encode(), user.password_hash)",
    "derived key": 'k = hashlib.pbkdf2_hmac("sha256", master, os.urandom(16), 700_000)',
    "unknown method": 'h = generate_password_hash(password, method=app.config["METHOD"])',
}


@pytest.mark.parametrize("body", NEAR_MISSES.values(), ids=NEAR_MISSES)
def test_near_misses(audit, body):
    """Argon2, checks, keys, and what another rule reports are left alone."""
    audit(RULE, HEAD + view(body))


def test_wrapped(audit):
    """An app that `harden` wraps moves to Argon2id by itself, unless that guard is off."""
    body = view("h = generate_password_hash(password)")
    audit(RULE, HEAD + "from hardening import harden\nharden(app)\n" + body)
    marked = body.replace("(password)\n", "(password)\n        ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^\n")
    off = 'from hardening import Policy, harden\nharden(app, policy=Policy(guards={"passwords": False}))\n'
    audit(RULE, HEAD + off + marked)
