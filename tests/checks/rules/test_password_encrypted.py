"""`password-encrypted`: passwords that can be turned back, and encodings of other things."""

# ruff: noqa: E501  # a line of carets underlines one whole line of source

from __future__ import annotations

import pytest

RULE = "password-encrypted"
HEAD = """
import base64, binascii, hashlib, hmac, sqlite3
from Crypto.Cipher import AES
from cryptography.fernet import Fernet
from flask import Flask, request
from flask_login import UserMixin, current_user
from flask_sqlalchemy import SQLAlchemy
from werkzeug.security import generate_password_hash

app = Flask(__name__)
db = SQLAlchemy(app)
fernet = Fernet(app.config["KEY"])
users = {}

class User(UserMixin, db.Model):
    id = db.Column(db.Integer, primary_key=True)
    name = db.Column(db.String(80))
    password = db.Column(db.String(255))
"""


def view(body):
    """Return a registration view with this body; carets keep their columns."""
    lines = "\n".join(f"    {line}" for line in body.strip("\n").split("\n"))
    return f'\n@app.post("/register")\ndef register():\n    password = request.form["password"]\n{lines}\n    return "ok"\n'


OFFENCES = {
    "base64": '''
User(name="x", password=base64.b64encode(password.encode()).decode())
                        ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ A password is kept as b64encode makes it
''',
    "Fernet": '''
current_user.password = fernet.encrypt(password.encode())
                        ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ A password is kept as encrypt makes it
''',
    "AES": '''
cipher = AES.new(app.config["KEY"], AES.MODE_EAX)
secret, tag = cipher.encrypt_and_digest(password.encode())
              ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
current_user.password = secret
''',
    "hex in SQL": '''
word = binascii.hexlify(password.encode())
       ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
sqlite3.connect("x").execute("INSERT INTO users (name, password) VALUES (?, ?)", ("x", word))
''',
    "document": '''
mongo.db.users.insert_one({"name": "x", "password": base64.b64encode(password.encode())})
                                                    ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
''',
    "dictionary of users": '''
users[request.form["name"]] = fernet.encrypt(password.encode())
                              ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
''',
    "decrypted to compare": '''
ok = fernet.decrypt(current_user.password).decode() == password
     ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ A stored password is turned back
''',
    "decoded to compare": '''
stored = base64.b64decode(current_user.password).decode("utf-8")
         ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
ok = hmac.compare_digest(stored, password)
''',
}  # fmt: skip


@pytest.mark.parametrize("body", OFFENCES.values(), ids=OFFENCES)
def test_views(audit, body):
    """Encoded or encrypted passwords of accounts are found where they are made, or turned back."""
    audit(RULE, HEAD + view(body))


def test_setter(audit):
    """A property that encrypts is found in the model."""
    audit(
        RULE,
        HEAD + '''
class Member(UserMixin, db.Model):
    secret_password = db.Column(db.String(255))

    @property
    def password(self):
        return fernet.decrypt(self.secret_password)

    @password.setter
    def password(self, password):
        self.secret_password = fernet.encrypt(password.encode())
                               ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
''',
    )  # fmt: skip


def test_helper(audit):
    """A helper in another file that encrypts is where it is reported."""
    audit(
        RULE,
        {
            "locker.py": """
            from cryptography.fernet import Fernet

            def lock(word):
                return Fernet(b"x").encrypt(word.encode())
                       ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
            """,
            "app.py": HEAD + "from locker import lock\n" + view("User(password=lock(password))"),
        },
    )


def test_column_type(audit):
    """A column type that encrypts is found at the column."""
    audit(
        RULE,
        HEAD + '''
from sqlalchemy_utils import EncryptedType
class Member(UserMixin, db.Model):
    password = db.Column(EncryptedType(db.Unicode, "key"))
               ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
''',
    )  # fmt: skip


NEAR_MISSES = {
    "hash": "User(password=generate_password_hash(password))",
    "hash, encoded": 'digest = hashlib.scrypt(password.encode(), salt=b"x", n=2, r=8, p=1)\nUser(password=base64.b64encode(digest))',
    "hash, encrypted": "User(password=fernet.encrypt(generate_password_hash(password).encode()))",
    "digest as hex": "User(password=binascii.hexlify(hashlib.sha256(password.encode()).digest()))",
    "header": 'import requests\nrequests.get("x", headers={"Authorization": base64.b64encode(password.encode())})',
    "password for another service": 'account = current_user\naccount.smtp_password = fernet.encrypt(request.form["smtp_password"].encode())',
    "another field": 'User(name=base64.b64encode(request.form["name"].encode()))',
    "nothing keeps it": "word = base64.b64encode(password.encode())",
    "token": 'ok = fernet.decrypt(request.form["token"]) == b"x"',
}


@pytest.mark.parametrize("body", NEAR_MISSES.values(), ids=NEAR_MISSES)
def test_near_misses(audit, body):
    """Hashes, headers, and passwords that are needed as they are, are left alone."""
    audit(RULE, HEAD + view(body))


def test_type_that_keeps_a_hash(audit):
    """A column that encrypts a hash protects it further."""
    audit(
        RULE,
        HEAD + """
from sqlalchemy_utils import EncryptedType
class Member(UserMixin, db.Model):
    password_hash = db.Column(EncryptedType(db.Unicode, "key"))

def change(member, word):
    member.password_hash = generate_password_hash(word)
""" + view("change(current_user, password)"),
    )  # fmt: skip


PADDED = """
from Crypto.Util.Padding import pad
class Account(UserMixin, db.Model):
    id = db.Column(db.Integer, primary_key=True)
    _password = db.Column("password", db.LargeBinary)
    @property
    def password(self):
        raise AttributeError
    @password.setter
    def password(self, plain):
        aes = AES.new(KEY, AES.MODE_CBC)
        self._password = {value}
"""


def test_padded_in_a_setter(audit):
    """A setter that pads and encrypts is found; one that hashes is not."""
    call = "aes.encrypt(pad(plain.encode(), 16))"
    line = f"aes.iv + {call}\n{' ' * 34}{'^' * len(call)}"
    audit(RULE, HEAD + PADDED.format(value=line))

    audit(RULE, HEAD + PADDED.format(value="generate_password_hash(plain)"))
