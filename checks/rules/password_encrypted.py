"""A password is kept in a form that can be turned back.

What it does
------------
Follows typed passwords through base64 and hex, Fernet, AES and other ciphers, RSA and JWT, and
reports where an account, a table, a document or a file keeps the result. Also reports a stored
password that is decrypted or decoded to be compared with the typed one, and account columns of
an encrypted type. A digest that is written as base64, a hash that is encrypted afterwards, and a
password for another service, which is needed as it is, are left alone.

Why it is bad
-------------
base64 is no protection at all. Encryption is one as long as nobody gets the key, and the app has
the key at hand: whoever takes over the server, or copies its configuration with the database,
has every password as it was typed.

Bad
---
```python
import base64

from flask import Flask, request
from flask_login import UserMixin
from flask_sqlalchemy import SQLAlchemy

app = Flask(__name__)
db = SQLAlchemy(app)


class User(UserMixin, db.Model):
    id = db.Column(db.Integer, primary_key=True)
    password = db.Column(db.String(255))


@app.post("/register")
def register():
    encoded = base64.b64encode(request.form["password"].encode())
    db.session.add(User(password=encoded))
    db.session.commit()
    return "welcome"
```

Good
----
```python
from flask import Flask, request
from flask_login import UserMixin
from flask_sqlalchemy import SQLAlchemy
from werkzeug.security import generate_password_hash

app = Flask(__name__)
db = SQLAlchemy(app)


class User(UserMixin, db.Model):
    id = db.Column(db.Integer, primary_key=True)
    password = db.Column(db.String(255))


@app.post("/register")
def register():
    db.session.add(User(password=generate_password_hash(request.form["password"])))
    db.session.commit()
    return "welcome"
```

How to fix
----------
Hash passwords with `hardening.passwords.hash_password` or `generate_password_hash`. The stored
ones can be turned back once more: hash all of them in one migration, then destroy the key. To
protect hashes further, encrypt the hash and not the password, as `pepper_file` does.

References
----------
- https://cwe.mitre.org/data/definitions/257.html
- https://cheatsheetseries.owasp.org/cheatsheets/Password_Storage_Cheat_Sheet.html
- OWASP ASVS 5.0, requirement 11.4.2
"""

from __future__ import annotations

from collections.abc import Iterator

from checks.finding import Finding
from checks.found import found
from checks.passwords.reversible import Reversible
from checks.passwords.study import study
from checks.project import Project
from checks.rule import Meta

RULE = Meta(
    severity="high",
    confidence="high",
    cwe=257,
    asvs=("11.4.2",),
    summary="password kept in a form that can be turned back",
    why="Whoever has the database and the key, or needs none, has every password as typed.",
    fix="Hash passwords with hash_password or generate_password_hash, which nobody can reverse.",
)


def check(project: Project) -> Iterator[Finding]:
    """Yield one finding for each password that is encoded, encrypted or turned back."""
    for use in Reversible(study(project)).find():
        yield found(RULE, use.what, use.spot, confidence=use.confidence, related=use.related)
