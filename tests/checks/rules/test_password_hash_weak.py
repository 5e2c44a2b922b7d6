"""`password-hash-weak`: costs below the floor, at the floor, and unknown ones."""

# ruff: noqa: E501  # a line of carets underlines one whole line of source

from __future__ import annotations

import pytest

RULE = "password-hash-weak"
HEAD = """
import hashlib, os
import argon2, bcrypt
from argon2 import PasswordHasher
from flask import Flask
from flask_bcrypt import Bcrypt
from passlib.context import CryptContext
from passlib.hash import md5_crypt, pbkdf2_sha256, hex_sha1, ldap_md5, argon2 as passlib_argon2
from passlib.hash import sha256_crypt, sha512_crypt
from pwdlib.hashers.bcrypt import BcryptHasher
from werkzeug.security import generate_password_hash

app = Flask(__name__)
flask_bcrypt = Bcrypt(app)
ROUNDS = 1000
UNKNOWN = int(os.environ["ROUNDS"])
SALT = b"pepper and salt!"

def f(password, salt):
    x = """

WEAK = {
    'generate_password_hash(password, method="pbkdf2:sha256:1000")': "1,000 PBKDF2 rounds of SHA-256, the floor is 600,000",
    'generate_password_hash(password, "pbkdf2:sha1")': "1,000,000 PBKDF2 rounds of SHA-1",
    'generate_password_hash(password, "pbkdf2:sha512:100000")': "100,000 PBKDF2 rounds of SHA-512",
    'generate_password_hash(password, "plain")': "no hash at all",
    'generate_password_hash(password, "sha256")': "a single round of SHA-256",
    'generate_password_hash(password, method="md5")': "a single round of MD5",
    'generate_password_hash(password, method="pbkdf2:sha256", salt_length=8)': "a salt of 8 characters, the floor is 16",
    'generate_password_hash(password, "scrypt:1024:8:1")': "scrypt with N=1,024, r=8, p=1",
    'generate_password_hash(password, f"pbkdf2:sha256:{ROUNDS}")': "1,000 PBKDF2 rounds",
    "bcrypt.gensalt(4)": "bcrypt with a cost of 4, the floor is 10",
    "bcrypt.gensalt(rounds=8)": "bcrypt with a cost of 8",
    "flask_bcrypt.generate_password_hash(password, 4)": "bcrypt with a cost of 4",
    "flask_bcrypt.generate_password_hash(password, rounds=5)": "bcrypt with a cost of 5",
    'hashlib.pbkdf2_hmac("sha256", password.encode(), salt, 100_000)': "100,000 PBKDF2 rounds",
    'hashlib.pbkdf2_hmac("sha1", password.encode(), salt, iterations=ROUNDS)': "1,000 PBKDF2 rounds of SHA-1",
    'hashlib.pbkdf2_hmac("sha256", password.encode(), SALT, 600000)': "one salt for everybody",
    "hashlib.scrypt(password, salt=salt, n=2**14, r=8, p=1)": "scrypt with N=16,384, r=8, p=1",
    "PasswordHasher(time_cost=1, memory_cost=8192)": "Argon2 with 8,192 KiB and 1 pass",
    "argon2.PasswordHasher(2, 1024)": "Argon2 with 1,024 KiB and 2 passes",
    "PasswordHasher(salt_len=8)": "a salt of 8 bytes",
    "BcryptHasher(rounds=6)": "bcrypt with a cost of 6",
    'CryptContext(schemes=["md5_crypt"])': "md5_crypt",
    'CryptContext(schemes=["plaintext", "bcrypt"])': "no hash at all",
    'CryptContext(["argon2", "hex_md5"], default="hex_md5")': "hex_md5",
    'CryptContext(schemes=["pbkdf2_sha256"], pbkdf2_sha256__rounds=1000)': "1,000 PBKDF2 rounds",
    'CryptContext(schemes=["pbkdf2_sha256"])': "29,000 PBKDF2 rounds",
    "pbkdf2_sha256.hash(password)": "29,000 PBKDF2 rounds",
    "md5_crypt.hash(password)": "md5_crypt",
    "hex_sha1.hash(password)": "hex_sha1",
    "ldap_md5.encrypt(password)": "ldap_md5",
    "passlib_argon2.using(memory_cost=512, rounds=1)": "Argon2 with 512 KiB and 1 pass",
    "sha512_crypt.hash(password, salt=salt, rounds=5000)": "5,000 rounds of sha512_crypt, the floor is 656,000",
    "sha256_crypt.using(rounds=80000)": "80,000 rounds of sha256_crypt",
    'CryptContext(["sha512_crypt"], sha512_crypt__rounds=ROUNDS)': "1,000 rounds of sha512_crypt",
}  # fmt: skip
FINE = [
    "sha512_crypt.hash(password)",
    "sha256_crypt.using(rounds=535000).hash(password)",
    "sha512_crypt.hash(password, rounds=UNKNOWN)",
    'CryptContext(["sha512_crypt"], sha512_crypt__rounds=656000)',
    "generate_password_hash(password)",
    'generate_password_hash(password, method="scrypt")',
    'generate_password_hash(password, method="scrypt:32768:8:1")',
    'generate_password_hash(password, method="scrypt:131072:8:1", salt_length=16)',
    'generate_password_hash(password, method="pbkdf2:sha256")',
    'generate_password_hash(password, method="pbkdf2")',
    'generate_password_hash(password, method="pbkdf2:sha256:600000")',
    'generate_password_hash(password, method="pbkdf2:sha512:210000")',
    'generate_password_hash(password, method=app.config["METHOD"])',
    'generate_password_hash(password, method=f"pbkdf2:sha256:{UNKNOWN}")',
    'generate_password_hash(password, salt_length=UNKNOWN)',
    "generate_password_hash(password, **salt)",
    "generate_password_hash(*salt)",
    "bcrypt.gensalt()",
    "bcrypt.gensalt(10)",
    "bcrypt.gensalt(UNKNOWN)",
    "bcrypt.gensalt(4 if app.testing else 12)",
    "flask_bcrypt.generate_password_hash(password)",
    "flask_bcrypt.generate_password_hash(password, 13)",
    'hashlib.pbkdf2_hmac("sha256", password.encode(), salt, 600_000)',
    'hashlib.pbkdf2_hmac("sha256", password.encode(), salt, UNKNOWN)',
    'hashlib.pbkdf2_hmac(salt, password.encode(), salt, 1000)',
    'hashlib.pbkdf2_hmac("sha256", app.secret_key, b"cookie", 1)',
    "hashlib.scrypt(password, salt=salt, n=2**15, r=8, p=1)",
    "hashlib.scrypt(password, salt=salt, n=2**14, r=8, p=5)",
    "PasswordHasher()",
    "PasswordHasher(time_cost=2, memory_cost=19456, parallelism=1)",
    "PasswordHasher(time_cost=1, memory_cost=47104)",
    "PasswordHasher(time_cost=UNKNOWN, memory_cost=8)",
    "PasswordHasher(**salt)",
    'CryptContext(schemes=["argon2", "md5_crypt"], deprecated="auto")',
    'CryptContext(schemes=["bcrypt"], bcrypt__rounds=12)',
    'CryptContext(schemes=["pbkdf2_sha256"], pbkdf2_sha256__default_rounds=600000)',
    "CryptContext(schemes=salt)",
    "md5_crypt.verify(password, salt)",
    "pbkdf2_sha256.using(rounds=700000).hash(password)",
]  # fmt: skip


@pytest.mark.parametrize(("call", "reason"), WEAK.items(), ids=WEAK)
def test_below_the_floor(audit, call, reason):
    """Each library's way to say less than the floor is found, and the message says what is weak."""
    (finding,) = audit(RULE, f"{HEAD}{call}\n{' ' * 8}{'^' * len(call)}\n")

    assert reason in finding.message
    assert finding.message.endswith(".")


@pytest.mark.parametrize("call", FINE)
def test_near_misses(audit, call):
    """At the floor, at a good default, for something else or unknown: silent."""
    audit(RULE, f"{HEAD}{call}\n")


def test_two_reasons_are_one_finding(audit):
    """A call that is weak twice is found once, with both reasons."""
    (finding,) = audit(
        RULE,
        """
        from werkzeug.security import generate_password_hash

        def register(password):
            return generate_password_hash(password, "pbkdf2:sha256:1000", 8)
                   ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
        """,
    )

    assert "1,000 PBKDF2 rounds" in finding.message
    assert "a salt of 8 characters" in finding.message


def test_settings(audit):
    """Flask-Bcrypt and Flask-Security take their cost from the configuration."""
    audit(
        RULE,
        """
        from flask import Flask
        app = Flask(__name__)
        app.config["BCRYPT_LOG_ROUNDS"] = 4
                                          ^ BCRYPT_LOG_ROUNDS hashes passwords with bcrypt
        app.config["SECURITY_PASSWORD_HASH"] = "plaintext"
                                               ^^^^^^^^^^^ SECURITY_PASSWORD_HASH hashes
        """,
    )


def test_settings_for_tests(audit):
    """A cheap hash in the configuration for tests is right."""
    audit(
        RULE,
        """
        from flask import Flask

        class Config:
            BCRYPT_LOG_ROUNDS = 12

        class TestingConfig(Config):
            BCRYPT_LOG_ROUNDS = 4

        app = Flask(__name__)
        app.config.from_object(Config)
        """,
    )


def test_tests_are_left_alone(audit):
    """A test suite hashes as cheaply as it likes."""
    audit(RULE, {"tests/test_x.py": "import bcrypt\nsalt = bcrypt.gensalt(4)\n"})


KEPT = """
from werkzeug.security import generate_password_hash
class {cls}:
    def keep(self, password):
        {target} = generate_password_hash(password, "pbkdf2:sha256:1000")
"""


@pytest.mark.parametrize(
    ("cls", "target", "found"),
    [
        ("Token", "self.password", False),
        ("ApiKey", "self.value", False),
        ("UserAppPassword", "self.password", False),
        ("User", "self._credential_cache[self.name]", False),
        ("User", "self.password", True),
        ("Tokenizer", "self.password", True),
        ("User", "self.hashes[self.name]", True),
    ],
)
def test_what_nobody_guesses(audit, cls, target, found):
    """What chance made, and what stays in memory for a while, need no slow hash."""
    call = 'generate_password_hash(password, "pbkdf2:sha256:1000")'
    text = KEPT.format(cls=cls, target=target)
    marks = " " * (8 + len(target) + 3) + "^" * len(call) + "\n" if found else ""
    audit(RULE, text + marks)


@pytest.mark.parametrize(
    ("rounds", "use", "more", "found"),
    [
        ("100000", "return kdf.derive(password.encode())", "", True),
        ("100000", "kdf.verify(password.encode(), stored)", "", True),
        ("600000", "return kdf.derive(password.encode())", "", False),
        ("100000", "return kdf.derive(token)", "", False),
        ("100000", "return Fernet(kdf.derive(password.encode()))", "import Fernet\n", False),
        ("100000", "return kdf.derive(password.encode())", "encrypt_password = None\n", True),
        ("100000", "return seal.encrypt(kdf.derive(password.encode()))", "", False),
    ],
)
def test_derived_hashes(audit, rounds, use, more, found):
    """PBKDF2 of cryptography is judged where it hashes a password, not where it makes a key."""
    made = f"PBKDF2HMAC(hashes.SHA256(), 32, salt, iterations={rounds})"
    mark = (
        " " * 10 + "^" * len(made) + f" Passwords are hashed with {int(rounds):,} PBKDF2\n"
        if found
        else ""
    )
    audit(
        RULE,
        "from cryptography.hazmat.primitives import hashes\n"
        "from cryptography.hazmat.primitives.kdf.pbkdf2 import PBKDF2HMAC\n"
        f"{more}def hashed(password, salt, stored, token):\n    kdf = {made}\n{mark}    {use}\n",
    )


def test_hash_that_another_service_asks_for(audit):
    """What goes to another service is hashed as that one says."""
    audit(
        RULE,
        "import hashlib\ndef sign_in(password):\n"
        '    sent = hashlib.pbkdf2_hmac("sha256", password, password, 1000)\n'
        '    return load("https://api.example.com/login", post={"password": sent})\n',
    )


@pytest.mark.parametrize(
    ("made", "found"),
    [
        ("partial(generate_password_hash, method='pbkdf2:sha256:5000')", True),
        ("functools.partial(generate_password_hash, salt_length=4)", True),
        ("partial(bcrypt.gensalt, 4)", True),
        ("partial(PasswordHasher, 1, 1024, 1)", True),
        ("partial(generate_password_hash, method='scrypt')", False),
        ("partial(generate_password_hash)", False),
        ("partial(bcrypt.gensalt, 12)", False),
        ("partial(render, method='pbkdf2:sha256:5000')", False),
    ],
)
def test_partial(outcome, made, found):
    """What ``functools.partial`` prepares hashes as the call would."""
    text = (
        "import bcrypt, functools\nfrom functools import partial\nfrom argon2 import PasswordHasher\n"
        f"from werkzeug.security import generate_password_hash\nmake = {made}\n"
    )

    assert bool(outcome({"app.py": text}, select=(RULE,)).findings) is found
